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
import org.exportrelay.log.LogEvent;
import org.jboss.logging.Logger;

/**
 * A time without any request to the API, or without those for download URLs: it refuses the key, or a limit is used up
 * for longer than a caller can wait. Logged when it begins, not at every poll. Its length follows the monotonic clock.
 * Thread-safe.
 */
@Singleton
public final class ApiPause {

    private static final Logger LOG = Logger.getLogger(ApiPause.class);
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneId.systemDefault());

    private final CountDownLatch stopping = new CountDownLatch(1);
    private Optional<Pause> current = Optional.empty();
    private Optional<Pause> ofUrls = Optional.empty();
    private Optional<String> refusal = Optional.empty();
    private boolean answered;

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
        current = Optional.of(replace(current, Pause.of("requests to the API", length, cause, isOver)));
    }

    /** Begins a pause of the requests for download URLs only; polls continue. */
    synchronized void beginForUrls(Duration length, String cause) {
        ofUrls = Optional.of(replace(ofUrls, Pause.of("requests for download URLs", length, cause, () -> false)));
    }

    private static Pause replace(Optional<Pause> before, Pause pause) {
        boolean continues = before.filter(Pause::isActive)
                .filter(same -> same.cause().equals(pause.cause()))
                .isPresent();
        if (!continues) {
            LogEvent.API_PAUSED.on(LOG).warn(pause.text());
        }
        return pause;
    }

    /** Begins a pause because the API has refused a request, and would refuse others. */
    synchronized void refused(Duration length, String cause, BooleanSupplier isOver) {
        refusal = Optional.of(cause);
        begin(length, cause, isOver);
    }

    /** The API has answered as it should. */
    synchronized void end() {
        current = Optional.empty();
        refusal = Optional.empty();
        answered = true;
    }

    /** Why the API refuses requests, until it has answered one again; empty if it does not. */
    public synchronized Optional<String> refusal() {
        return refusal;
    }

    /** Whether the API has answered this process as it should, and not refused a request since. */
    public synchronized boolean isAnswering() {
        return answered && refusal.isEmpty();
    }

    /** Why no request may be sent now; empty if one may. */
    public synchronized Optional<String> reason() {
        return current.filter(Pause::isActive).map(Pause::text);
    }

    /** Why no download URL may be requested now; empty if one may. */
    public synchronized Optional<String> reasonForUrls() {
        return reason().or(() -> ofUrls.filter(Pause::isActive).map(Pause::text));
    }

    Optional<String> reason(Purpose purpose) {
        return purpose == Purpose.URLS ? reasonForUrls() : reason();
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

    private record Pause(String subject, long endNanos, Instant end, String cause, BooleanSupplier isOver) {

        static Pause of(String subject, Duration length, String cause, BooleanSupplier isOver) {
            return new Pause(
                    subject, System.nanoTime() + length.toNanos(), Instant.now().plus(length), cause, isOver);
        }

        boolean isActive() {
            return System.nanoTime() - endNanos < 0 && !isOver.getAsBoolean();
        }

        String text() {
            return "no " + subject + " before " + TIME.format(end) + ": " + cause;
        }
    }
}
