package org.exportrelay.api;

import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.InterruptedIOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.camel.spi.CamelEvent.CamelContextStoppingEvent;
import org.jboss.logging.Logger;

/**
 * Says when not to ask the API at all: it refuses the key, or a limit is used up for longer than a
 * caller can wait. Told once when it begins, not at every poll. Thread-safe.
 */
@Singleton
public final class ApiPause {

    private static final Logger LOG = Logger.getLogger(ApiPause.class);
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneId.systemDefault());

    private static final BooleanSupplier NEVER = () -> false;

    private final CountDownLatch stopping = new CountDownLatch(1);
    private final Clock clock = Clock.systemUTC();
    private Instant until = Instant.MIN;
    private String reason = "";
    private BooleanSupplier over = NEVER;

    /** Nobody asks before then. */
    synchronized void begin(Instant end, String because) {
        begin(end, because, NEVER);
    }

    /**
     * Nobody asks before then, or before what caused it is gone.
     *
     * @param gone asked whenever someone would like to ask the API
     */
    synchronized void begin(Instant end, String because, BooleanSupplier gone) {
        if (!isActive() || !because.equals(reason)) {
            LOG.warnf("the API is not asked before %s: %s", TIME.format(end), because);
        }
        until = end;
        reason = because;
        over = gone;
    }

    /** The API has answered as it should. */
    synchronized void end() {
        until = Instant.MIN;
        reason = "";
        over = NEVER;
    }

    /** Why not to ask now; empty if one may. */
    public synchronized Optional<String> reason() {
        return isActive() ? Optional.of("not asking before " + TIME.format(until) + ": " + reason) : Optional.empty();
    }

    /** Nobody waits for the API any more. */
    void stop(@Observes CamelContextStoppingEvent event) {
        stopping.countDown();
    }

    /** Whether the relay is stopping, so that a failure to ask is no news. */
    public boolean isStopping() {
        return stopping.getCount() == 0;
    }

    /**
     * Waits before the API is asked.
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

    private boolean isActive() {
        return clock.instant().isBefore(until) && !over.getAsBoolean();
    }
}
