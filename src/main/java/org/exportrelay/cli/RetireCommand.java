package org.exportrelay.cli;

import org.exportrelay.ledger.DestinationControl;
import picocli.CommandLine.Command;

/** {@code retire}. */
@Command(
        name = "retire",
        description =
                "Ends what a destination without a route is owed, as skipped, and creates no more deliveries for it.",
        mixinStandardHelpOptions = true)
public final class RetireCommand extends DestinationCommand {

    @Override
    String act(DestinationControl control, String destination) {
        return "retired; " + control.retire(destination, actor()) + " waiting deliveries ended as skipped";
    }
}
