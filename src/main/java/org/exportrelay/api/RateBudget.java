package org.exportrelay.api;

import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalLong;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpMessage;

/**
 * Keeps every call to the API, list or by id, within its documented limits: 60 requests a minute and
 * 5,000 a day, shared with the organisation's other users, whose spending shows only in the
 * {@code X-RateLimit-*} headers. The budget believes the stricter of its own count and the headers.
 *
 * <p>Thread-safe. A caller waits at most {@value #LONGEST_WAIT_SECONDS} s; a longer wait, such as
 * for the day limit, is an error that says when to come back.
 */
@Singleton
public final class RateBudget {

    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final int LONGEST_WAIT_SECONDS = 65;

    private final Deque<Instant> spent = new ArrayDeque<>();
    private long limit = 60;
    private Instant notBefore = Instant.EPOCH;

    /**
     * Waits until one more request may be sent, and spends it.
     *
     * @throws InterruptedIOException if the waiting thread is interrupted
     * @throws IOException if the wait would be too long
     */
    void acquire() throws IOException {
        while (true) {
            Duration wait = spendOrWait(Instant.now());
            if (wait.isZero()) {
                return;
            }
            if (wait.toSeconds() > LONGEST_WAIT_SECONDS) {
                throw new IOException("its rate limit is used up for another " + wait.toMinutes() + " minutes");
            }
            try {
                Thread.sleep(wait.toMillis() + 1);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("stopped while waiting for the API's rate limit");
            }
        }
    }

    private synchronized Duration spendOrWait(Instant now) {
        while (!spent.isEmpty() && spent.peekFirst().plus(MINUTE).isBefore(now)) {
            spent.removeFirst();
        }
        if (now.isBefore(notBefore)) {
            return Duration.between(now, notBefore);
        }
        if (spent.size() >= limit) {
            return Duration.between(now, spent.peekFirst().plus(MINUTE)).plusMillis(1);
        }
        spent.addLast(now);
        return Duration.ZERO;
    }

    /** Learns from the headers of an answer. */
    synchronized void observe(HttpMessage answer) {
        number(answer, "X-RateLimit-Limit").ifPresent(stated -> limit = Math.max(1, stated));
        OptionalLong remaining = number(answer, "X-RateLimit-Remaining");
        OptionalLong reset = number(answer, "X-RateLimit-Reset");
        if (remaining.isPresent() && remaining.getAsLong() <= 0 && reset.isPresent()) {
            waitUntil(Instant.ofEpochSecond(
                    Math.min(reset.getAsLong(), Instant.now().plus(MINUTE).getEpochSecond())));
        }
        number(answer, "Retry-After")
                .ifPresent(seconds -> waitUntil(Instant.now().plusSeconds(seconds)));
    }

    private void waitUntil(Instant instant) {
        notBefore = instant.isAfter(notBefore) ? instant : notBefore;
    }

    private static OptionalLong number(HttpMessage answer, String name) {
        Header header = answer.getFirstHeader(name);
        return header != null && header.getValue().matches("\\d{1,12}")
                ? OptionalLong.of(Long.parseLong(header.getValue()))
                : OptionalLong.empty();
    }
}
