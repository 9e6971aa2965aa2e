package org.exportrelay.cli;

import org.exportrelay.config.Counts;
import org.exportrelay.ledger.DestinationControl;
import picocli.CommandLine.Command;

/** {@code retire}. */
@Command(
        name = "retire",
        description =
                "Ends the waiting deliveries of a destination whose route was removed, as skipped, and creates no more"
                        + " for it. If a route with its name starts later, it begins as a new destination.")
public final class RetireCommand extends DestinationCommand {

    @Override
    String act(DestinationControl control, String destination) {
        return "retired; "
                + Counts.text(
                        control.retire(destination, actor()), "waiting delivery ended", "waiting deliveries ended")
                + " as skipped";
    }
}
