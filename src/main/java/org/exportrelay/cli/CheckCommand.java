package org.exportrelay.cli;

import java.util.concurrent.Callable;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.Settings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code check}. */
@Command(
        name = "check",
        description =
                "Tries the API key, the server of each destination, its PGP keys, the disk and the ledger for real; a line"
                        + " each. Where that is harmless something is written and removed again. Also reports the"
                        + " destinations that are down, paused or without a route. Safe beside a running relay.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Exit codes: 0 all works, 1 something does not, 2 wrong settings or routes, 3 the API cannot be used."
        })
public final class CheckCommand implements Callable<Integer> {

    @Mixin
    private CheckOptions options;

    @Override
    public Integer call() {
        RelaySettings settings = Settings.load();
        TemporaryDirectory.check(settings.ledger());
        Settings.requireKey(settings);
        return RelayProcess.run(CheckApplication.class, true, options.arguments());
    }
}
