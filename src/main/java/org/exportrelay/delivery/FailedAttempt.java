package org.exportrelay.delivery;

import org.exportrelay.config.Durations;
import org.jboss.logging.Logger;

/**
 * An attempt that did not succeed, of a download or of a delivery, and what followed.
 *
 * @param destination where to
 * @param file what
 * @param number of the attempt, 1 or more
 * @param reason one line
 * @param outcome what became of the delivery; not lost
 * @param retries of the destination
 */
public record FailedAttempt(
        String destination, ExportFile file, int number, String reason, DeliveryOutcome outcome, RetryPolicy retries) {

    /** Logs it in one line: a warning while there are retries, an error once there is none. */
    public void log(Logger log) {
        log.log(level(), text());
    }

    /**
     * Logs in one line that others failed like this one.
     *
     * @param more how many, with this one
     */
    void logMore(Logger log, long more) {
        log.logf(
                level(),
                "exports:%s: and %d more like this, the last one %s: %s; %s",
                destination,
                more,
                file.uniqueName(),
                reason,
                outcome.state().isFinal() ? outcome.state().text() + "; 'status' lists them" : "retrying");
    }

    private Logger.Level level() {
        if (outcome.isPostponed()) {
            return Logger.Level.DEBUG;
        }
        return outcome.state().isFinal() ? Logger.Level.ERROR : Logger.Level.WARN;
    }

    /** As it is logged. */
    public String text() {
        return "exports:" + destination + ": " + file.uniqueName() + ": " + reason + "; " + next();
    }

    private String next() {
        if (outcome.state().isFinal()) {
            return outcome.state().text() + " after attempt " + number;
        }
        String retrying = "retrying in " + Durations.text(outcome.delay());
        return outcome.counted()
                ? retrying + " (attempt " + number + " of " + retries.maxAttempts() + " failed)"
                : retrying;
    }
}
