package org.exportrelay.cli;

import org.exportrelay.ledger.DestinationControl;
import picocli.CommandLine.Command;

/** {@code resume}. */
@Command(
        name = "resume",
        description = "Ends the pause of a destination. A running relay resumes its deliveries within 5 seconds.")
public final class ResumeCommand extends DestinationCommand {

    @Override
    String act(DestinationControl control, String destination) {
        return control.resume(destination, actor()) ? "resumed" : "was not paused";
    }
}
