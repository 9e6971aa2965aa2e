package org.exportrelay.cli;

import org.exportrelay.ledger.DestinationControl;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code pause}. */
@Command(
        name = "pause",
        description =
                "Pauses a destination until 'resume', also after restarts and for all instances. Deliveries in flight"
                        + " finish; the others wait. Their files are downloaded before the URLs expire, and kept.")
public final class PauseCommand extends DestinationCommand {

    @Option(names = "--note", paramLabel = "TEXT", description = "The reason, which status shows.")
    private String note;

    @Override
    String act(DestinationControl control, String destination) {
        if (control.pause(destination, actor(), note)) {
            return "paused; deliveries in flight finish, the others wait until 'resume " + destination + "'";
        }
        return note == null ? "was paused already" : "was paused already; the note is new";
    }
}
