package org.exportrelay.cli;

import java.time.Clock;
import java.time.Instant;
import org.exportrelay.ledger.DestinationControl;
import org.exportrelay.ledger.database.LedgerDatabase;
import picocli.CommandLine.Option;

/** Which deliveries or events: the options that {@code status}, {@code history} and {@code replay} share. */
final class SelectionOptions {

    @Option(names = "--export", paramLabel = "ID", description = "Only of this export.")
    private String export;

    @Option(names = "--destination", paramLabel = "NAME", description = "Only of this destination.")
    private String destination;

    @Option(
            names = "--since",
            paramLabel = "TIME",
            converter = TimeOption.class,
            description = "Only what happened or ended then or later: " + TimeOption.FORMS + ".")
    private Instant since;

    /** Null for any. */
    String export() {
        return export;
    }

    /**
     * Null for any.
     *
     * @throws org.exportrelay.ledger.UnknownDestinationException if the ledger does not have it; with the nearest name
     */
    String destination(LedgerDatabase database) {
        if (destination != null) {
            new DestinationControl(database, Clock.systemUTC()).require(destination);
        }
        return destination;
    }

    /** Null for any time. */
    Instant since() {
        return since;
    }
}
