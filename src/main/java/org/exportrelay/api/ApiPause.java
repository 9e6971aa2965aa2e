package org.exportrelay.api;

import jakarta.inject.Singleton;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jboss.logging.Logger;

/**
 * A time without any request to the API: it refuses the key, or a limit is used up for longer than a
 * caller can wait. Logged when it begins, not at every poll. Its length follows the monotonic clock.
 * Thread-safe.
 */
@Singleton
public final class ApiPause {

    private static final Logger LOG = Logger.getLogger(ApiPause.class);
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneId.systemDefault());

    private final CountDownLatch stopping = new CountDownLatch(1);
    private Optional<Pause> current = Optional.empty();

    /** Begins a pause of a length, or replaces the one that there is. */
    void begin(Duration length, String cause) {
        begin(length, cause, () -> false);
    }

    /**
     * Begins a pause, or replaces the one that there is.
     *
     * @param isOver whether its cause has gone before its end; called at each request
     */
    synchronized void begin(Duration length, String cause, BooleanSupplier isOver) {
        Pause pause =
                new Pause(System.nanoTime() + length.toNanos(), Instant.now().plus(length), cause, isOver);
        boolean continues = current.filter(Pause::isActive)
                .filter(before -> before.cause().equals(cause))
                .isPresent();
        current = Optional.of(pause);
        if (!continues) {
            LOG.warn(pause.text());
        }
    }

    /** The API has answered as it should. */
    synchronized void end() {
        current = Optional.empty();
    }

    /** Why no request may be sent now; empty if one may. */
    public synchronized Optional<String> reason() {
        return current.filter(Pause::isActive).map(Pause::text);
    }

    /** Ends the waiting of every caller. */
    public void stop() {
        stopping.countDown();
    }

    /** Whether the relay is stopping, so that a failed request is not worth a log line. */
    public boolean isStopping() {
        return stopping.getCount() == 0;
    }

    /**
     * Waits before a request.
     *
     * @throws InterruptedIOException if the relay stops meanwhile
     */
    void await(Duration wait) throws InterruptedIOException {
        try {
            if (!stopping.await(wait.toMillis() + 1, TimeUnit.MILLISECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new InterruptedIOException("the relay stops");
    }

    private record Pause(long endNanos, Instant end, String cause, BooleanSupplier isOver) {

        boolean isActive() {
            return System.nanoTime() - endNanos < 0 && !isOver.getAsBoolean();
        }

        String text() {
            return "no requests to the API before " + TIME.format(end) + ": " + cause;
        }
    }
}
