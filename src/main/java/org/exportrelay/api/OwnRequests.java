package org.exportrelay.api;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/** The requests of this process, in memory. Thread-safe. */
final class OwnRequests implements RequestLog {

    private final Clock clock;
    /** Oldest first. */
    private final Deque<Sent> sent = new ArrayDeque<>();

    OwnRequests(Clock clock) {
        this.clock = clock;
    }

    @Override
    public synchronized Optional<Duration> add(boolean isForUrls, List<Window> windows) {
        Optional<Duration> later = freeIn(windows);
        if (later.isEmpty()) {
            sent.addLast(new Sent(clock.instant(), isForUrls));
        }
        return later;
    }

    @Override
    public synchronized Optional<Duration> freeIn(List<Window> windows) {
        Instant now = clock.instant();
        while (!sent.isEmpty() && !sent.peekFirst().at().plus(DAY).isAfter(now)) {
            sent.removeFirst();
        }
        return windows.stream()
                .flatMap(window -> freeAt(window, now).stream())
                .max(Instant::compareTo)
                .map(free -> Duration.between(now, free));
    }

    @Override
    public synchronized long sent(Duration length) {
        Instant start = clock.instant().minus(length);
        return sent.stream().filter(request -> request.at().isAfter(start)).count();
    }

    /** When the oldest request leaves the window, if it is full. */
    private Optional<Instant> freeAt(Window window, Instant now) {
        Instant start = now.minus(window.length());
        long requests = 0;
        long forUrls = 0;
        Instant oldest = now;
        for (Iterator<Sent> latest = sent.descendingIterator(); latest.hasNext(); ) {
            Sent request = latest.next();
            if (!request.at().isAfter(start)) {
                break;
            }
            requests++;
            forUrls += request.isForUrls() ? 1 : 0;
            oldest = request.at();
        }
        return window.isFull(requests, forUrls) ? Optional.of(oldest.plus(window.length())) : Optional.empty();
    }

    private record Sent(Instant at, boolean isForUrls) {}
}
