package org.exportrelay.cli;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.Settings;
import org.exportrelay.config.SettingsException;
import org.exportrelay.ledger.database.LedgerDatabase;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command that needs the ledger and nothing else, also while a relay runs. */
abstract class LedgerCommand implements Callable<Integer> {

    private static final String SQLITE = "jdbc:sqlite:";

    @Spec
    private CommandSpec spec;

    @Override
    public final Integer call() throws Exception {
        RelaySettings.Ledger settings = Settings.load().ledger();
        if (settings.url().startsWith(SQLITE)
                && !Files.exists(
                        Path.of(settings.url().substring(SQLITE.length()).replaceFirst("\\?.*", "")))) {
            throw new SettingsException(
                    List.of(
                            "relay.ledger.url=" + settings.url()
                                    + ": there is no ledger yet; run or once makes it (for the sandbox's, set relay.data-dir=data/sandbox)"));
        }
        try (LedgerDatabase database = LedgerDatabase.open(settings)) {
            PrintWriter out = spec.commandLine().getOut();
            int exitCode = call(database, out);
            out.flush();
            return exitCode;
        }
    }

    abstract int call(LedgerDatabase database, PrintWriter out) throws Exception;
}
