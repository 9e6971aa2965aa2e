package org.exportrelay.cli;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.SettingsException;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxOptions;

/** The simulated API inside a command's own process. */
final class SandboxHost {

    private SandboxHost() {}

    static SandboxOptions options(RelaySettings.Sandbox settings) {
        return SandboxOptions.defaults().withFaults(settings.faults()).withArrivalPeriod(settings.arrivalPeriod());
    }

    /**
     * Starts a sandbox and turns the settings towards it, before Quarkus reads them. It gets a data
     * directory of its own, so that simulated exports never mix with real ones.
     */
    static void startAndPointTo(RelaySettings settings) {
        Sandbox sandbox = start(options(settings.sandbox()));
        Path directory = settings.dataDir().resolve("sandbox");
        Map<String, String> always = Map.of(
                "relay.api.url", sandbox.apiUrl().toString(),
                "relay.api.key", sandbox.key(),
                "relay.api.key-file", "",
                "relay.download.allowed-hosts", sandbox.storeUrl().getAuthority(),
                "relay.data-dir", directory.toString(),
                "relay.ledger.url", "jdbc:sqlite:" + directory.resolve("ledger.db"),
                "archive.directory", directory.resolve("archive").toString());
        always.forEach(System::setProperty);
        // A demonstration should be lively, unless the operator says otherwise for this run.
        setUnlessGiven("relay.poll.period", "5s");
    }

    static Sandbox start(SandboxOptions options) {
        try {
            return Sandbox.start(options);
        } catch (UncheckedIOException e) {
            throw new SettingsException(List.of(e.getMessage()));
        }
    }

    private static void setUnlessGiven(String key, String value) {
        String variable = key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
        if (System.getProperty(key) == null && System.getenv(variable) == null) {
            System.setProperty(key, value);
        }
    }
}
