package org.exportrelay.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.exportrelay.config.NearestName;
import org.exportrelay.ledger.DestinationControl;
import org.exportrelay.ledger.Event;
import org.exportrelay.ledger.EventKind;
import org.exportrelay.ledger.Events;
import org.exportrelay.ledger.database.LedgerDatabase;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** {@code history}. */
@Command(
        name = "history",
        description =
                "Shows what happened, newest first: failures, outages, and who did what. Reads the ledger, also while a"
                        + " relay runs.",
        mixinStandardHelpOptions = true,
        footer = {"", "Exit codes: 0 done, 2 no such destination, no ledger, or wrong usage or settings."})
public final class HistoryCommand extends LedgerCommand {

    @Option(names = "--export", paramLabel = "ID", description = "Only of this export.")
    private String export;

    @Option(names = "--destination", paramLabel = "NAME", description = "Only of this destination.")
    private String destination;

    @Option(
            names = "--kind",
            split = ",",
            converter = Kind.class,
            description = "Only of these kinds, comma-separated, for example parked,replayed,destination-down.")
    private List<EventKind> kinds = List.of();

    @Option(
            names = "--since",
            paramLabel = "TIME",
            converter = TimeOption.class,
            description = "Only then or later: " + TimeOption.FORMS + ".")
    private Instant since;

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "20",
            description = "How many; 0: all (default: ${DEFAULT-VALUE}).")
    private long limit;

    @Option(names = "--json", description = "One JSON object a line and nothing else on standard output.")
    private boolean json;

    @Override
    int call(LedgerDatabase database, PrintWriter out) {
        if (destination != null) {
            new DestinationControl(database, Clock.systemUTC()).require(destination);
        }
        Events.Choice choice = new Events.Choice(
                export, destination, kinds.stream().map(EventKind::text).toList(), since, Math.max(0, limit));
        Instant now = Instant.now();
        JsonMapper mapper = JsonLines.mapper();
        new Events(database).forEach(choice, event -> out.println(json ? line(mapper, event) : text(event, now)));
        return RelayProcess.DELIVERED;
    }

    static String line(JsonMapper mapper, Event event) {
        try {
            return mapper.writeValueAsString(fields(mapper, event));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The columns of the table, in its order and with its names. */
    static Map<String, Object> fields(JsonMapper mapper, Event event) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("id", event.id());
        fields.put("at", event.at().toString());
        fields.put("kind", event.kind());
        fields.put("actor", event.actor());
        fields.put("destination", event.destination());
        fields.put("export_id", event.exportId());
        fields.put("file_id", event.fileId());
        fields.put("delivery_id", event.deliveryId());
        fields.put("attempt", event.attempt());
        fields.put("message", event.message());
        try {
            fields.put("detail", event.detail() == null ? null : mapper.readTree(event.detail()));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
        return fields;
    }

    /** What happened and when; below it to what, by whom and why. */
    static String text(Event event, Instant now) {
        StringBuilder text =
                new StringBuilder(TimeText.of(event.at(), now)).append("  ").append(event.kind());
        if (event.destination() != null) {
            text.append("  ").append(event.destination());
        }
        if (!event.actor().equals(Event.RELAY)) {
            text.append("  by ").append(event.actor());
        }
        if (event.exportId() != null) {
            text.append("\n    export ").append(event.exportId());
            if (event.attempt() != null) {
                text.append(", attempt ").append(event.attempt());
            }
        }
        if (!event.message().isEmpty()) {
            text.append("\n    ").append(event.message().replaceAll("\\p{Cntrl}+", " "));
        }
        return text.toString();
    }

    static final class Kind implements ITypeConverter<EventKind> {

        @Override
        public EventKind convert(String value) {
            List<String> known =
                    Stream.of(EventKind.values()).map(EventKind::text).toList();
            if (!known.contains(value)) {
                throw new TypeConversionException("'" + value + "' is not a kind of event"
                        + NearestName.of(value, known)
                                .map(near -> "; did you mean " + near + "?")
                                .orElse("")
                        + "; write " + String.join(", ", known));
            }
            return EventKind.of(value);
        }
    }
}
