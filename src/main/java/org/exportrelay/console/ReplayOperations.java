package org.exportrelay.console;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.NamePattern;
import org.exportrelay.json.ReplayItemJson;
import org.exportrelay.ledger.DestinationControl;
import org.exportrelay.ledger.Replay;
import org.exportrelay.ledger.database.LedgerDatabase;

/** Makes deliveries due again: {@code replays}. */
@Singleton
final class ReplayOperations {

    private static final Set<String> FIELDS =
            Set.of("dryRun", "export", "destination", "states", "since", "until", "name");
    private static final List<String> DEFAULT_STATES = List.of("parked", "expired");

    private final LedgerDatabase database;
    private final DestinationControl control;

    @Inject
    ReplayOperations(LedgerDatabase database, DestinationControl control) {
        this.database = database;
        this.control = control;
    }

    List<Operation> operations() {
        return List.of(Operation.post("/replays", this::replay));
    }

    private Map<String, Object> replay(Call call) {
        Fields body = call.fields(FIELDS);
        boolean isDryRun = body.flag("dryRun");
        Replay.Choice choice = choice(body);
        if (choice.destination() != null) {
            control.require(choice.destination());
        }
        Replay replay = new Replay(database, Clock.systemUTC());
        long expired = replay.expired(choice);
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("dry_run", isDryRun);
        fields.put(
                "chosen",
                replay.preview(choice).stream().map(ReplayItemJson::group).toList());
        fields.put("replayed", isDryRun ? 0 : replay.replay(choice, call.user().name()));
        fields.put("expired", expired);
        return fields;
    }

    private static Replay.Choice choice(Fields body) {
        String name = body.text("name");
        try {
            return new Replay.Choice(
                    body.text("export"),
                    body.text("destination"),
                    body.time("since"),
                    new TreeSet<DeliveryState>(States.parse(body.texts("states", DEFAULT_STATES))),
                    body.end("until"),
                    name == null ? null : new NamePattern(name));
        } catch (IllegalArgumentException e) {
            throw Parameters.wrong("the field states: " + Texts.shortened(e.getMessage()));
        }
    }
}
