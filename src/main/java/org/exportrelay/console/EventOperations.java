package org.exportrelay.console;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.exportrelay.ledger.Event;
import org.exportrelay.ledger.EventJson;
import org.exportrelay.ledger.EventKind;
import org.exportrelay.ledger.Events;

/** What happened: {@code events}. */
@Singleton
final class EventOperations {

    private final Events events;

    @Inject
    EventOperations(Events events) {
        this.events = events;
    }

    List<Operation> operations() {
        return List.of(
                Operation.get("/events", Parameters.ofList("export", "destination", "kind", "since"), this::events));
    }

    Map<String, Object> events(Call call) {
        Parameters query = call.query();
        int limit = query.limit();
        List<Event> found = new ArrayList<>();
        events.forEach(
                new Events.Choice(
                        query.text("export"),
                        query.text("destination"),
                        kinds(query),
                        query.time("since"),
                        limit + 1L,
                        query.cursor(Cursor::event)),
                found::add);
        List<Event> shown = found.subList(0, Math.min(limit, found.size()));
        Event last = found.size() > limit ? shown.get(limit - 1) : null;
        return DeliveryOperations.page(
                shown.stream().map(EventJson::columns).toList(),
                last == null ? null : Cursor.ofEvent(last.at(), last.id()));
    }

    static List<String> kinds(Parameters query) {
        try {
            return query.list("kind").stream()
                    .map(kind -> EventKind.of(kind.strip()).text())
                    .toList();
        } catch (IllegalArgumentException e) {
            throw Parameters.wrong("the parameter kind: " + Texts.shortened(e.getMessage()));
        }
    }
}
