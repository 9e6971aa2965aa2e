package org.exportrelay.cli;

import java.util.concurrent.Callable;
import org.exportrelay.config.SettingsException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code reconcile}. */
@Command(
        name = "reconcile",
        description =
                "Compares the files that the ledger has as delivered with those that destinations hold now: directories,"
                        + " SFTP servers, S3 buckets and Azure containers. Reports what is missing, different or unknown. Deletes and"
                        + " changes nothing there. Safe beside a running relay.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Exit codes: 0 all files are there, 1 some are missing or different, or could not be compared, 2 no such"
                    + " destination, no ledger, or wrong usage, settings or routes."
        })
public final class ReconcileCommand implements Callable<Integer> {

    @Mixin
    private ReconcileOptions options;

    @Mixin
    private SandboxOption sandbox;

    @Override
    public Integer call() {
        TemporaryDirectory.check(sandbox.settings().ledger());
        if (options.json() && options.replay() && !options.yes() && Terminal.ask() != null) {
            throw new SettingsException(
                    "reconcile --json asks no question; add --yes to act, or leave out --replay to see"
                            + " what is missing");
        }
        return RelayProcess.run(ReconcileApplication.class, true, options.arguments());
    }
}
