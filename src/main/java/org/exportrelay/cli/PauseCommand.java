package org.exportrelay.cli;

import org.exportrelay.ledger.DestinationControl;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code pause}. */
@Command(
        name = "pause",
        description =
                "Lets the deliveries of a destination wait until it is resumed, also after restarts. Their files are"
                        + " downloaded before their URLs expire.",
        mixinStandardHelpOptions = true)
public final class PauseCommand extends DestinationCommand {

    @Option(names = "--note", paramLabel = "TEXT", description = "Why, for those who read status.")
    private String note;

    @Override
    String act(DestinationControl control, String destination) {
        return control.pause(destination, actor(), note)
                ? "paused; deliveries in flight end, the others wait until 'resume " + destination + "'"
                : "was paused already";
    }
}
