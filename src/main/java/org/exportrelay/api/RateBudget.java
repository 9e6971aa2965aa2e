package org.exportrelay.api;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalLong;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpMessage;
import org.exportrelay.config.Durations;
import org.exportrelay.config.RelaySettings;

/**
 * Keeps all requests to the API, list or by id, within a share ({@code relay.api.budget-share}) of its
 * limits: 60 requests a minute and 5,000 a day as documented, or those of its {@code X-RateLimit-*}
 * headers. The limits belong to the whole organisation; what others have spent shows only in the
 * headers, so no request is sent either while these report that nothing is left. Thread-safe.
 */
@Singleton
public final class RateBudget {

    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration DAY = Duration.ofDays(1);
    /** No header has the time at which the day's limit is renewed, so a request now and then finds out. */
    private static final Duration NEXT_TRY = Duration.ofMinutes(15);

    private final double share;
    private final Clock clock;
    private final Window minute = new Window(MINUTE, 60);
    private final Window day = new Window(DAY, 5000);
    private Instant notBefore = Instant.MIN;

    @Inject
    RateBudget(RelaySettings settings, ApiClock clock) {
        this(settings.api().budgetShare(), clock);
    }

    /**
     * @param clock the API's: its headers give instants, and setting this machine's clock must not
     *     lengthen a wait
     */
    RateBudget(double share, Clock clock) {
        this.share = share;
        this.clock = clock;
    }

    /** How long a caller would have to wait now; zero if a request may be sent. */
    synchronized Duration waiting() {
        Instant now = clock.instant();
        Instant free = latest(notBefore, latest(minute.freeAt(now, share), day.freeAt(now, share)));
        return free.isAfter(now) ? Duration.between(now, free) : Duration.ZERO;
    }

    /**
     * Spends one request, if it may be sent now.
     *
     * @return zero if so, or how long to wait before the next call of this method
     */
    synchronized Duration spendOrWait() {
        Duration wait = waiting();
        if (wait.isZero()) {
            minute.spend(clock.instant());
            day.spend(clock.instant());
        }
        return wait;
    }

    /** Learns from the headers of an answer. */
    synchronized void observe(HttpMessage answer) {
        Instant now = clock.instant();
        number(answer, "X-RateLimit-Limit").ifPresent(minute::limit);
        number(answer, "X-RateLimit-Day-Limit").ifPresent(day::limit);
        OptionalLong reset = number(answer, "X-RateLimit-Reset");
        if (number(answer, "X-RateLimit-Remaining").orElse(1) <= 0 && reset.isPresent()) {
            // At most a minute, which is the length of the window, whatever the header holds.
            notBefore = latest(notBefore, earliest(Instant.ofEpochSecond(reset.getAsLong()), now.plus(MINUTE)));
        }
        if (number(answer, "X-RateLimit-Day-Remaining").orElse(1) <= 0) {
            notBefore = latest(notBefore, now.plus(NEXT_TRY));
        }
        RetryAfter.of(answer, now)
                .map(wait -> Durations.shorter(wait, DAY))
                .ifPresent(wait -> notBefore = latest(notBefore, now.plus(wait)));
    }

    private static Instant latest(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    private static Instant earliest(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }

    private static OptionalLong number(HttpMessage answer, String name) {
        Header header = answer.getFirstHeader(name);
        return header != null && header.getValue().matches("\\d{1,12}")
                ? OptionalLong.of(Long.parseLong(header.getValue()))
                : OptionalLong.empty();
    }

    /** The requests of the last minute or day. */
    private static final class Window {

        private final Duration length;
        private final Deque<Instant> spent = new ArrayDeque<>();
        private long limit;

        Window(Duration length, long limit) {
            this.length = length;
            this.limit = limit;
        }

        void limit(long stated) {
            limit = stated;
        }

        void spend(Instant now) {
            spent.addLast(now);
        }

        Instant freeAt(Instant now, double share) {
            while (!spent.isEmpty() && !spent.peekFirst().plus(length).isAfter(now)) {
                spent.removeFirst();
            }
            long allowed = Math.max(1, (long) (limit * share));
            return spent.size() < allowed ? now : spent.peekFirst().plus(length);
        }
    }
}
