package org.exportrelay.cli;

import java.time.Instant;
import org.exportrelay.config.Counts;
import org.exportrelay.ledger.DestinationControl;
import org.exportrelay.ledger.DestinationState;
import picocli.CommandLine.Command;

/** {@code retry}. */
@Command(
        name = "retry",
        description =
                "Tries the failed deliveries of a destination now instead of at their next attempt. If the destination"
                        + " is down, one delivery is tried; if it succeeds, the others follow. Parked deliveries need"
                        + " replay.")
public final class RetryCommand extends DestinationCommand {

    private static final String WHEN = " within seconds, or when a relay starts";

    @Override
    String act(DestinationControl control, String destination) {
        DestinationState state = control.require(destination);
        int retried = control.retry(destination, actor());
        if (state.pause().isPresent()) {
            return "is paused; its deliveries are tried after 'resume " + destination + "'";
        }
        if (state.closedWindow().isPresent()) {
            return "is " + state.closedWindow().get().reason(Instant.now()) + "; its deliveries are tried then";
        }
        if (state.outage().isPresent()) {
            return "is down; one delivery is tried" + WHEN + "; if it succeeds, the others follow";
        }
        return retried == 0
                ? "no failed delivery waits for its next attempt"
                : Counts.text(retried, "failed delivery is", "failed deliveries are") + " tried" + WHEN;
    }
}
