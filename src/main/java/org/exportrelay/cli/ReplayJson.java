package org.exportrelay.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import org.exportrelay.json.JsonText;
import org.exportrelay.json.ReplayItemJson;
import org.exportrelay.ledger.Replay;
import org.exportrelay.ledger.Replay.Chosen;
import org.exportrelay.ledger.Replay.Group;

/** What {@code replay} did, or would do, for programs: one document, whose fields docs/operating.md lists. */
final class ReplayJson {

    private final PrintWriter out;

    ReplayJson(PrintWriter out) {
        this.out = out;
    }

    /**
     * Lists what would be made due again. Memory is constant.
     *
     * @param expired how many cannot be delivered any more
     */
    void preview(Replay replay, Replay.Choice choice, long expired) throws IOException {
        try (JsonGenerator json = start(true)) {
            groups(json, replay, choice);
            json.writeArrayFieldStart("deliveries");
            replay.forEach(choice, item -> delivery(json, item));
            json.writeEndArray();
            end(json, 0, expired);
        }
        out.println();
    }

    /**
     * Makes them due again.
     *
     * @param by who asks for it
     */
    void replay(Replay replay, Replay.Choice choice, long expired, String by) throws IOException {
        try (JsonGenerator json = start(false)) {
            groups(json, replay, choice);
            end(json, replay.replay(choice, by), expired);
        }
        out.println();
    }

    private JsonGenerator start(boolean isDryRun) throws IOException {
        JsonGenerator json = JsonText.mapper().createGenerator(out);
        json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
        json.writeStartObject();
        json.writeBooleanField("dry_run", isDryRun);
        return json;
    }

    private static void groups(JsonGenerator json, Replay replay, Replay.Choice choice) throws IOException {
        json.writeArrayFieldStart("chosen");
        for (Group group : replay.preview(choice)) {
            json.writeObject(ReplayItemJson.group(group));
        }
        json.writeEndArray();
    }

    private static void delivery(JsonGenerator json, Chosen item) {
        try {
            json.writeObject(ReplayItemJson.delivery(item));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void end(JsonGenerator json, long replayed, long expired) throws IOException {
        json.writeNumberField("replayed", replayed);
        json.writeNumberField("expired", expired);
        json.writeEndObject();
    }
}
