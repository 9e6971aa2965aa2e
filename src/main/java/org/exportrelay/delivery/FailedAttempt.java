package org.exportrelay.delivery;

import org.exportrelay.config.Durations;
import org.exportrelay.log.LogEvent;
import org.exportrelay.log.LogField;
import org.jboss.logging.Logger;

/**
 * An attempt that did not succeed, of a download or of a delivery, and what followed.
 *
 * @param delivery which has failed in this attempt
 * @param reason one line
 * @param outcome what became of the delivery; not lost
 * @param retries of the destination
 */
public record FailedAttempt(Delivery delivery, String reason, DeliveryOutcome outcome, RetryPolicy retries) {

    /** Of the attempt; 1 or more. */
    public int number() {
        return delivery.attempt();
    }

    String destination() {
        return delivery.destination();
    }

    ExportFile file() {
        return delivery.file();
    }

    /** Logs it in one line: a warning while there are retries, an error once there is none. */
    public void log(Logger log) {
        event().on(log).with(delivery.logFields()).log(level(), text());
    }

    /**
     * Logs in one line that others failed like this one.
     *
     * @param more how many, with this one
     */
    void logMore(Logger log, long more) {
        LogEvent.DELIVERY_FAILED_ALIKE
                .on(log)
                .with(LogField.DESTINATION, destination())
                .logf(
                        level(),
                        "exports:%s: and %d more like this, the last one %s: %s; %s",
                        destination(),
                        more,
                        file().uniqueName(),
                        reason,
                        outcome.state().isFinal() ? outcome.state().text() + "; 'status' lists them" : "retrying");
    }

    private Logger.Level level() {
        if (outcome.isPostponed()) {
            return Logger.Level.DEBUG;
        }
        return outcome.state().isFinal() ? Logger.Level.ERROR : Logger.Level.WARN;
    }

    private LogEvent event() {
        if (outcome.isPostponed()) {
            return LogEvent.DELIVERY_POSTPONED;
        }
        return switch (outcome.state()) {
            case PARKED -> LogEvent.DELIVERY_PARKED;
            case EXPIRED -> LogEvent.DELIVERY_EXPIRED;
            default -> LogEvent.DELIVERY_RETRYING;
        };
    }

    /** As it is logged. */
    public String text() {
        return "exports:" + destination() + ": " + file().uniqueName() + ": " + reason + "; " + next();
    }

    private String next() {
        if (outcome.state().isFinal()) {
            return outcome.state().text() + " after attempt " + number();
        }
        String retrying = "retrying in " + Durations.text(outcome.delay());
        return outcome.counted()
                ? retrying + " (attempt " + number() + " of " + retries.maxAttempts() + " failed)"
                : retrying;
    }
}
