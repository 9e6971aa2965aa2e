package org.exportrelay.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.List;
import org.exportrelay.json.JsonText;
import org.exportrelay.ledger.Event;
import org.exportrelay.ledger.EventJson;
import org.exportrelay.ledger.EventKind;
import org.exportrelay.ledger.Events;
import org.exportrelay.ledger.database.LedgerDatabase;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** {@code history}. */
@Command(
        name = "history",
        description =
                "Shows what happened, newest first: failures, outages, and who did what. --json: an object a line. Reads the ledger, also while a"
                        + " relay runs.",
        mixinStandardHelpOptions = true,
        footer = {"", "Exit codes: 0 done, 2 no such destination, no ledger, or wrong usage or settings."})
public final class HistoryCommand extends LedgerCommand {

    @Mixin
    private SelectionOptions selection;

    @Mixin
    private ListOptions list;

    @Option(
            names = "--kind",
            split = ",",
            converter = Kind.class,
            description = "Only of these kinds, comma-separated, for example parked,replayed,destination-down.")
    private List<EventKind> kinds = List.of();

    @Override
    int call(LedgerDatabase database, PrintWriter out) {
        Events.Choice choice = new Events.Choice(
                selection.export(),
                selection.destination(database),
                kinds.stream().map(EventKind::text).toList(),
                selection.since(),
                list.limit());
        Instant now = Instant.now();
        JsonMapper mapper = JsonText.mapper();
        new Events(database)
                .forEach(choice, event -> out.println(list.json() ? EventJson.of(mapper, event) : text(event, now)));
        return RelayProcess.DELIVERED;
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
            try {
                return EventKind.of(value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
