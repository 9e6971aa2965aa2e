package org.exportrelay.api;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
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
 *
 * <p>Of each window, one request per period of the poll is reserved for the list, so that polls continue whatever else
 * is requested; where the period is too short for the limit, one as often as three quarters of the limit allow. Since
 * only one process polls at a time, these requests are counted nowhere. While download URLs are requested, a quarter is
 * reserved for them, so that a long list does not delay them. All other requests share the rest.
 */
@Singleton
public final class RateBudget {

    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration DAY = RequestLog.DAY;
    /** No header has the time at which the day's limit is renewed, so a request now and then finds out. */
    private static final Duration NEXT_TRY = Duration.ofMinutes(15);
    /** Of a limit, for polls. */
    private static final double MOST_FOR_POLLS = 0.75;
    /** Of a limit, for download URLs while some are requested; at most half of what polls leave. */
    private static final double FOR_URLS = 0.25;

    private static final Duration SHORTEST_WAIT = Duration.ofMillis(1);
    /** A poll may begin this much earlier than its period. */
    private static final double EARLIEST_POLL = 0.9;

    private final double share;
    private final Duration pollPeriod;
    private final Clock clock;
    private final Limit ofMinute = new Limit("minute", MINUTE, 60);
    private final List<Limit> limits = List.of(ofMinute, new Limit("day", DAY, 5000));
    /** Requests of this process that no limit counts, since they are reserved, in the last minute; oldest first. */
    private final Deque<Instant> polls = new ArrayDeque<>();

    private RequestLog requests;
    /** When the list took more than its first page. */
    private Instant pagesRequestedAt = Instant.EPOCH;

    private Instant urlsRequestedAt = Instant.EPOCH;
    private Instant notBefore = Instant.MIN;

    @Inject
    RateBudget(RelaySettings settings, ApiClock clock) {
        this(settings.api().budgetShare(), settings.poll().period(), clock);
    }

    /** Without polls. */
    RateBudget(double share, Clock clock) {
        this(share, Duration.ZERO, clock);
    }

    /**
     * @param pollPeriod between two polls; zero if there are none
     * @param clock the API's: its headers give instants, and setting this machine's clock must not
     *     lengthen a wait
     */
    RateBudget(double share, Duration pollPeriod, Clock clock) {
        this.share = share;
        this.pollPeriod = pollPeriod;
        this.clock = clock;
        this.requests = new OwnRequests(clock);
    }

    /** From now on, this process and others share the limits. */
    public synchronized void shareThrough(RequestLog shared) {
        requests = shared;
    }

    /** How long a request for the list would have to wait now; zero if it may be sent. */
    Duration waiting() {
        return waiting(Purpose.LIST);
    }

    /** How long a request would have to wait now; zero if it may be sent. */
    synchronized Duration waiting(Purpose purpose) {
        Instant now = clock.instant();
        List<Limit> unreserved = unreserved(purpose, now);
        return unreserved.isEmpty()
                ? until(now, notBefore)
                : until(now, retryAt(purpose, unreserved, requests.freeIn(windows(purpose, unreserved, now)), now));
    }

    /** As below, for the list. */
    Duration spendOrWait() {
        return spendOrWait(Purpose.LIST);
    }

    /**
     * Spends one request, if it may be sent now.
     *
     * @return zero if so, or how long to wait before the next call of this method
     */
    synchronized Duration spendOrWait(Purpose purpose) {
        Instant now = clock.instant();
        urlsRequestedAt = purpose == Purpose.URLS ? now : urlsRequestedAt;
        if (notBefore.isAfter(now)) {
            return until(now, notBefore);
        }
        List<Limit> unreserved = unreserved(purpose, now);
        if (!unreserved.isEmpty()) {
            Optional<Duration> free = requests.add(purpose == Purpose.URLS, windows(purpose, unreserved, now));
            if (free.isPresent()) {
                // Never zero, which would mean that it was recorded.
                return Durations.longer(until(now, retryAt(purpose, unreserved, free, now)), SHORTEST_WAIT);
            }
        }
        if (purpose == Purpose.LIST) {
            sent(unreserved, now);
        }
        return Duration.ZERO;
    }

    private void sent(List<Limit> unreserved, Instant now) {
        if (unreserved.contains(ofMinute)) {
            pagesRequestedAt = ofMinute.isPollDue(now) ? pagesRequestedAt : now;
        } else {
            polls.addLast(now);
        }
        limits.stream().filter(limit -> limit.isPollDue(now)).forEach(limit -> limit.pollAt = now);
    }

    /** Whether a poll of several pages may have used what is reserved for the next polls: then these are counted. */
    private boolean hasBorrowed(Limit limit, Instant now) {
        return limit == ofMinute && pagesRequestedAt.plus(MINUTE).isAfter(now);
    }

    /** The limits of which nothing is reserved for a request now. */
    private List<Limit> unreserved(Purpose purpose, Instant now) {
        return purpose == Purpose.URLS
                ? limits
                : limits.stream()
                        .filter(limit -> !limit.isPollDue(now) || hasBorrowed(limit, now))
                        .toList();
    }

    private List<RequestLog.Window> windows(Purpose purpose, List<Limit> unreserved, Instant now) {
        if (purpose == Purpose.URLS) {
            return unreserved.stream().map(limit -> limit.window(false)).toList();
        }
        boolean isForUrls = urlsRequestedAt.plus(MINUTE).isAfter(now);
        while (!polls.isEmpty() && !polls.peekFirst().plus(MINUTE).isAfter(now)) {
            polls.removeFirst();
        }
        // A day is never borrowed from: its polls would be counted for a day.
        return unreserved.stream()
                .map(limit -> limit == ofMinute && !isForUrls ? limit.window(polls.size()) : limit.window(isForUrls))
                .toList();
    }

    /** When the log has room again, or when the next poll is due in every window. */
    private Instant retryAt(Purpose purpose, List<Limit> unreserved, Optional<Duration> free, Instant now) {
        Instant retryAt = latest(notBefore, free.map(now::plus).orElse(Instant.MIN));
        Instant nextPoll = unreserved.stream()
                .map(limit ->
                        hasBorrowed(limit, now) ? Instant.MAX : limit.nextPoll().orElse(Instant.MAX))
                .max(Instant::compareTo)
                .orElse(Instant.MAX);
        return purpose == Purpose.LIST ? latest(notBefore, earliest(retryAt, nextPoll)) : retryAt;
    }

    private static Duration until(Instant now, Instant end) {
        return end.isAfter(now) ? Duration.between(now, end) : Duration.ZERO;
    }

    /** Learns from the headers of an answer. */
    synchronized void observe(HttpMessage answer) {
        Instant now = clock.instant();
        number(answer, "X-RateLimit-Limit").ifPresent(limits.get(0)::set);
        number(answer, "X-RateLimit-Day-Limit").ifPresent(limits.get(1)::set);
        OptionalLong reset = number(answer, "X-RateLimit-Reset");
        limits.get(0).report(number(answer, "X-RateLimit-Remaining"), now);
        limits.get(1).report(number(answer, "X-RateLimit-Day-Remaining"), now);
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

    /**
     * What is left for requests that no reservation covers, of the smallest window first. Waits for the ledger if
     * instances share the limits.
     */
    public synchronized List<Remaining> remaining() {
        Instant now = clock.instant();
        return limits.stream()
                .map(limit -> {
                    long most = limit.window(false).most();
                    long own = most - requests.sent(limit.length);
                    long left = Math.min(own, limit.reportedRemaining(now).orElse(own));
                    return new Remaining(limit.name, most, Math.max(0, left));
                })
                .toList();
    }

    /**
     * What is left of a limit.
     *
     * @param window {@code minute} or {@code day}
     * @param limit requests within it that no reservation covers
     * @param requests of these that may still be sent; fewer if others have used the organisation's limit
     */
    public record Remaining(String window, long limit, long requests) {}

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

    /** A limit of the API, and what is reserved of it for polls. */
    private final class Limit {

        private final String name;
        private final Duration length;
        private long stated;
        private Instant pollAt = Instant.EPOCH;
        private long reported;
        private Instant reportedAt = Instant.EPOCH;

        Limit(String name, Duration length, long stated) {
            this.name = name;
            this.length = length;
            this.stated = stated;
        }

        void set(long limit) {
            stated = limit;
        }

        void report(OptionalLong remaining, Instant now) {
            remaining.ifPresent(left -> {
                reported = left;
                reportedAt = now;
            });
        }

        /** What the API has last reported, while the window has hardly changed since. */
        OptionalLong reportedRemaining(Instant now) {
            return reportedAt.plus(Durations.shorter(length, NEXT_TRY)).isAfter(now)
                    ? OptionalLong.of(reported)
                    : OptionalLong.empty();
        }

        private long allowed() {
            return Math.max(1, (long) (stated * share));
        }

        private long mostPolls() {
            return pollPeriod.isZero() ? 0 : (long) (allowed() * MOST_FOR_POLLS);
        }

        /** Between two polls that are reserved. */
        private Duration interval() {
            Duration shortest = length.dividedBy(mostPolls());
            Duration period = Duration.ofMillis((long) (pollPeriod.toMillis() * EARLIEST_POLL));
            return period.compareTo(shortest) > 0 ? period : shortest;
        }

        Optional<Instant> nextPoll() {
            return mostPolls() == 0 ? Optional.empty() : Optional.of(pollAt.plus(interval()));
        }

        boolean isPollDue(Instant now) {
            return nextPoll().filter(due -> !due.isAfter(now)).isPresent();
        }

        private long reserved() {
            return mostPolls() == 0
                    ? 0
                    : Math.min(mostPolls(), length.toMillis() / interval().toMillis() + 1);
        }

        /** All but some requests that are not counted. */
        RequestLog.Window window(int uncounted) {
            return new RequestLog.Window(length, Math.max(1, allowed() - uncounted), 0);
        }

        /**
         * What is left for other requests.
         *
         * @param isForUrls whether a part of it is reserved for download URLs
         */
        RequestLog.Window window(boolean isForUrls) {
            long most = Math.max(1, allowed() - reserved());
            return new RequestLog.Window(
                    length, most, isForUrls ? Math.min(most / 2, (long) (allowed() * FOR_URLS)) : 0);
        }
    }
}
