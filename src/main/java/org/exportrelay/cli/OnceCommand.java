package org.exportrelay.cli;

import java.time.Duration;
import java.util.concurrent.Callable;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.Settings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code once}. */
@Command(
        name = "once",
        description = "Polls once, then delivers until nothing is due.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Exit codes: 0 all delivered, except for destinations that are paused or outside their window, 1 some deliveries failed or still wait, or an"
                    + " export of the list was rejected, 2 wrong usage, settings or routes, 3 the API cannot be"
                    + " reached, refuses or answers nonsense."
        })
public final class OnceCommand implements Callable<Integer> {

    @Option(
            names = "--wait",
            defaultValue = "5m",
            converter = DurationOption.class,
            description =
                    "Also wait for retries that come due within this time, and no longer for a destination that is down"
                            + " (default: ${DEFAULT-VALUE}).")
    private Duration wait;

    @Override
    public Integer call() {
        RelaySettings settings = Settings.load();
        TemporaryDirectory.check(settings.ledger());
        Settings.requireKey(settings);
        if (System.console() != null) {
            // The bar shows the deliveries that succeed.
            System.setProperty("quarkus.log.category.\"org.exportrelay.component.DeliveryResults\".level", "WARN");
        }
        return RelayProcess.run(OnceApplication.class, true, wait.toString());
    }
}
