package org.exportrelay.cli;

import org.exportrelay.ledger.DestinationControl;
import picocli.CommandLine.Command;

/** {@code retry}. */
@Command(
        name = "retry",
        description =
                "Tries now what waits for its next attempt. If the destination is down, one delivery is tried now.",
        mixinStandardHelpOptions = true)
public final class RetryCommand extends DestinationCommand {

    @Override
    String act(DestinationControl control, String destination) {
        int retried = control.retry(destination);
        return "the next attempt of " + retried + (retried == 1 ? " delivery is" : " deliveries is")
                + " now, or when a relay runs";
    }
}
