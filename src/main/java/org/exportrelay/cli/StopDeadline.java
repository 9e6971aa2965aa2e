package org.exportrelay.cli;

import java.time.Duration;
import org.exportrelay.config.Durations;
import org.exportrelay.log.LogEvent;
import org.jboss.logging.Logger;

/**
 * Bounds the whole of a stop, whatever hangs in it. Ending the process loses nothing: a delivery whose outcome is not
 * recorded is still claimed in the ledger, and is retried when its lease has ended or, on SQLite, at the next start.
 */
final class StopDeadline {

    private static final Logger LOG = Logger.getLogger("org.exportrelay");

    private static final Duration LONGEST_MARGIN = Duration.ofSeconds(1);

    private StopDeadline() {}

    /**
     * Ends the process in a while, unless it has ended by then.
     *
     * @param timeout relay.shutdown-timeout
     * @param exitCode of the process
     */
    static void begin(Duration timeout, int exitCode) {
        // A thread of its own, not one of Camel's, which ends before the process does.
        Thread deadline = new Thread(() -> end(timeout, exitCode), "stop-deadline");
        deadline.setDaemon(true);
        deadline.start();
    }

    private static void end(Duration timeout, int exitCode) {
        try {
            Thread.sleep(timeout.minus(margin(timeout)).toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        LogEvent.RELAY_STOP_OVERDUE
                .on(LOG)
                .warn(
                        "not everything has stopped within relay.shutdown-timeout; the process ends now, and retries deliveries in flight"
                                + " after its next start");
        Runtime.getRuntime().halt(exitCode);
    }

    /** The process itself needs a moment to end. */
    private static Duration margin(Duration timeout) {
        Duration share = timeout.dividedBy(4);
        return Durations.shorter(share, LONGEST_MARGIN);
    }

    /** The share for deliveries in flight; the rest is for releasing and closing. */
    static Duration forDeliveries(Duration timeout) {
        return timeout.minus(margin(timeout)).multipliedBy(2).dividedBy(3);
    }
}
