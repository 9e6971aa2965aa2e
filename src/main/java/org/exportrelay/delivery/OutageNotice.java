package org.exportrelay.delivery;

import java.time.Duration;
import org.exportrelay.config.Counts;
import org.exportrelay.config.Durations;
import org.exportrelay.log.LogEvent;
import org.exportrelay.log.LogField;
import org.jboss.logging.Logger;

/**
 * A destination went down, is still down, or is up again.
 *
 * @param kind which of these
 * @param destination its name
 * @param lasted how long it has been down
 * @param reason one line; of the last outage
 * @param waiting deliveries that wait for it
 * @param nextProbe until one of them is tried; zero if it is up, negative if its probe is due
 */
public record OutageNotice(
        Kind kind, String destination, Duration lasted, String reason, long waiting, Duration nextProbe) {

    /** What has changed. */
    public enum Kind {
        DOWN,
        STILL_DOWN,
        UP
    }

    /** Logs it in one line. */
    public void log(Logger log) {
        LogEvent event =
                switch (kind) {
                    case DOWN -> LogEvent.DESTINATION_DOWN;
                    case STILL_DOWN -> LogEvent.DESTINATION_STILL_DOWN;
                    case UP -> LogEvent.DESTINATION_UP;
                };
        event.on(log)
                .with(LogField.DESTINATION, destination)
                .log(kind == Kind.UP ? Logger.Level.INFO : Logger.Level.ERROR, text());
    }

    /** As it is logged. */
    public String text() {
        return "exports:" + destination + ": "
                + switch (kind) {
                    case DOWN -> "down: " + reason + "; " + count() + ", no attempt is counted; " + probe();
                    case STILL_DOWN -> "still down after " + Durations.rounded(lasted) + ": " + reason + "; " + count()
                            + "; " + probe();
                    case UP -> "up again after " + Durations.rounded(lasted) + "; " + count();
                };
    }

    private String probe() {
        if (nextProbe.isNegative()) {
            return "next probe now";
        }
        return "next probe in "
                + (nextProbe.toSeconds() == 0 ? Durations.text(nextProbe) : Durations.rounded(nextProbe));
    }

    private String count() {
        return Counts.waitingDeliveries(waiting);
    }
}
