package org.exportrelay.sandbox;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The organisation's budget of requests: windows of a clock minute and a UTC day. A refused request
 * costs nothing. Thread-safe.
 */
final class RateLimit {

    private final InstantSource clock;
    private final Window minute;
    private final Window day;

    RateLimit(SandboxOptions options, InstantSource clock) {
        this.clock = clock;
        this.minute = new Window("minute", Duration.ofMinutes(1), options.requestsPerMinute());
        this.day = new Window("day", Duration.ofDays(1), options.requestsPerDay());
    }

    /** The budget after a request: the headers, and the reason if the request is refused. */
    record State(Map<String, String> headers, Optional<ErrorBody> refusal) {}

    /** The budget as it is, for an answer that costs nothing. */
    synchronized State current() {
        roll();
        return new State(headers(), Optional.empty());
    }

    /** Spends one request, or refuses it. */
    synchronized State spend() {
        return spend(Optional.empty());
    }

    /**
     * Spends one request, or refuses it.
     *
     * @param error what the answer will be; for an exceeded rate limit, the organisation's other
     *     users spend what is left of the minute or the day first
     */
    synchronized State spend(Optional<DocumentedError> error) {
        Instant now = roll();
        error.ifPresent(this::spendByOthers);
        for (Window window : new Window[] {day, minute}) {
            if (window.used >= window.limit) {
                long seconds = Math.max(1, window.end().getEpochSecond() - now.getEpochSecond());
                return new State(headers(), Optional.of(ErrorBody.rateLimited(window.name, seconds)));
            }
        }
        minute.used++;
        day.used++;
        return new State(headers(), Optional.empty());
    }

    private void spendByOthers(DocumentedError error) {
        switch (error) {
            case RATE_LIMIT_EXCEEDED -> minute.used = minute.limit;
            case RATE_LIMIT_EXCEEDED_DAY -> day.used = day.limit;
            default -> {
                // Every other error costs its caller one request.
            }
        }
    }

    private Instant roll() {
        Instant now = clock.instant();
        minute.roll(now);
        day.roll(now);
        return now;
    }

    private Map<String, String> headers() {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("X-RateLimit-Limit", Integer.toString(minute.limit));
        headers.put("X-RateLimit-Remaining", Integer.toString(minute.limit - minute.used));
        headers.put("X-RateLimit-Reset", Long.toString(minute.end().getEpochSecond()));
        headers.put("X-RateLimit-Day-Limit", Integer.toString(day.limit));
        headers.put("X-RateLimit-Day-Remaining", Integer.toString(day.limit - day.used));
        return headers;
    }

    private static final class Window {

        private final String name;
        private final long seconds;
        private final int limit;
        private long number;
        private int used;

        Window(String name, Duration length, int limit) {
            this.name = name;
            this.seconds = length.toSeconds();
            this.limit = limit;
        }

        void roll(Instant now) {
            long current = Math.floorDiv(now.getEpochSecond(), seconds);
            if (current != number) {
                number = current;
                used = 0;
            }
        }

        Instant end() {
            return Instant.ofEpochSecond((number + 1) * seconds);
        }
    }
}
