package org.exportrelay.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.ledger.database.LedgerDatabase;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command that needs the ledger and nothing else, also while a relay runs. */
abstract class LedgerCommand implements Callable<Integer> {

    @Mixin
    private SandboxOption sandbox;

    @Spec
    private CommandSpec spec;

    @Override
    public final Integer call() throws Exception {
        return call(sandbox.settings().ledger());
    }

    final int call(RelaySettings.Ledger settings) throws Exception {
        TemporaryDirectory.check(settings);
        try (LedgerDatabase database = LedgerDatabase.open(settings)) {
            PrintWriter out = spec.commandLine().getOut();
            int exitCode = call(database, out);
            out.flush();
            return exitCode;
        }
    }

    abstract int call(LedgerDatabase database, PrintWriter out) throws Exception;

    /** Who acts, as events record it. */
    static String actor() {
        return System.getProperty("user.name");
    }
}
