package org.exportrelay.component;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Collectors;
import org.exportrelay.ledger.Event;
import org.exportrelay.ledger.EventJson;

/** What the body of an exchange from {@code export-events:} is. */
public enum EventPayload {
    /** An object as {@code history --json} prints it; with {@code digest}, a list of them. */
    json {
        @Override
        String of(Event event) {
            return EventJson.of(JSON, event);
        }

        @Override
        String of(List<Event> events) {
            return EventJson.of(JSON, events);
        }
    },
    /** A line; with {@code digest}, a line for each event. */
    text {
        @Override
        String of(Event event) {
            return line(event);
        }

        @Override
        String of(List<Event> events) {
            return events.stream().map(EventPayload::line).collect(Collectors.joining("\n"));
        }
    };

    private static final JsonMapper JSON = JsonMapper.builder().build();

    abstract String of(Event event);

    abstract String of(List<Event> events);

    /** Without control characters of texts of others, which could begin a line of a log or a header of a mail. */
    private static String line(Event event) {
        StringBuilder line = new StringBuilder()
                .append(event.at().truncatedTo(ChronoUnit.SECONDS))
                .append(' ')
                .append(event.kind());
        if (event.destination() != null) {
            line.append(" exports:").append(event.destination());
        }
        if (event.exportId() != null) {
            line.append(" export ").append(event.exportId());
        }
        if (!event.actor().equals(Event.RELAY)) {
            line.append(" by ").append(event.actor());
        }
        if (!event.message().isEmpty()) {
            line.append(": ").append(event.message());
        }
        return line.toString().replaceAll("[\\s\\p{Cntrl}\\u2028\\u2029]+", " ").strip();
    }
}
