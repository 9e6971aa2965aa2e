package org.exportrelay.cli;

import java.io.PrintWriter;
import java.time.Clock;
import org.exportrelay.ledger.DestinationControl;
import org.exportrelay.ledger.database.LedgerDatabase;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** A command that acts on one destination. */
@Command(
        mixinStandardHelpOptions = true,
        footer = {"", "Exit codes: 0 done, 2 no such destination, no ledger, or wrong usage or settings."})
abstract class DestinationCommand extends LedgerCommand {

    @Parameters(paramLabel = "NAME", description = "The name in exports:NAME.")
    private String name;

    @Override
    final int call(LedgerDatabase database, PrintWriter out) {
        out.println("exports:" + name + ": " + act(new DestinationControl(database, Clock.systemUTC()), name));
        return RelayProcess.DELIVERED;
    }

    /** Returns what was done, for the operator. */
    abstract String act(DestinationControl control, String destination);
}
