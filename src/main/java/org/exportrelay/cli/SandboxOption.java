package org.exportrelay.cli;

import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.Settings;
import picocli.CommandLine.Option;

/** {@code --sandbox} of the commands that use a ledger. */
final class SandboxOption {

    @Option(names = "--sandbox", description = "Use the ledger of 'run --sandbox' instead of your own.")
    private boolean sandbox;

    /** The settings, which point to the data directory of the sandbox if the option is there. */
    RelaySettings settings() {
        RelaySettings settings = Settings.load();
        if (!sandbox) {
            return settings;
        }
        SandboxHost.directories(settings).forEach(System::setProperty);
        return Settings.load();
    }
}
