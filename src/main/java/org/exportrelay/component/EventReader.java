package org.exportrelay.component;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.exportrelay.ledger.Event;
import org.exportrelay.ledger.Events;

/** Reads the events that a route wants in the order of their ids, page by page. For one thread. */
final class EventReader {

    private static final int PAGE = 500;

    private final Events events;
    private final EventFilter filter;
    private final long end;
    private final Queue<Event> page = new ArrayDeque<>();
    private long fetched;
    private long position;

    /**
     * @param position the last event that was read before
     * @param end the last event to read
     */
    EventReader(Events events, EventFilter filter, long position, long end) {
        this.events = events;
        this.filter = filter;
        this.position = position;
        this.fetched = position;
        this.end = end;
    }

    /** The next event that the route wants, without reading it; null if there is none. Passes over the ones before it. */
    Event peek() {
        while (true) {
            while (!page.isEmpty()) {
                if (filter.matches(page.peek())) {
                    return page.peek();
                }
                position = page.remove().id();
            }
            if (fetched >= end) {
                position = end;
                return null;
            }
            page.addAll(events.next(fetched, end, PAGE));
            fetched = page.stream().reduce((first, last) -> last).map(Event::id).orElse(end);
        }
    }

    /** Reads the next events. */
    List<Event> next(int most) {
        List<Event> read = new ArrayList<>();
        while (read.size() < most && peek() != null) {
            position = page.peek().id();
            read.add(page.remove());
        }
        return read;
    }

    /** The last event that was read or passed over. */
    long position() {
        return position;
    }
}
