package org.exportrelay.cli;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.SettingsException;
import org.exportrelay.sandbox.DocumentedError;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxOptions;

/** The simulated API in the process of a command, to which the settings point until it is closed. */
final class SandboxHost implements AutoCloseable {

    private final Sandbox sandbox;
    private final Properties before;

    private SandboxHost(Sandbox sandbox, Properties before) {
        this.sandbox = sandbox;
        this.before = before;
    }

    static SandboxOptions options(RelaySettings.Sandbox settings) {
        SandboxOptions options = SandboxOptions.defaults()
                .withFaults(settings.faults())
                .withErrorShare(settings.errorShare())
                .withArrivalPeriod(settings.arrivalPeriod());
        if (settings.error().isPresent()) {
            options = options.withError(
                    DocumentedError.valueOf(settings.error().get().name()));
        }
        return settings.seed().isPresent() ? options.withSeed(settings.seed().getAsLong()) : options;
    }

    /**
     * Starts a sandbox and points the settings to it, before Quarkus reads them. A separate data
     * directory keeps simulated exports apart from real ones.
     */
    static SandboxHost startAndPointTo(RelaySettings settings) {
        Sandbox sandbox = start(options(settings.sandbox()));
        Properties before = (Properties) System.getProperties().clone();
        Map<String, String> always = Map.of(
                "relay.api.url", sandbox.apiUrl().toString(),
                "relay.api.key", sandbox.key(),
                "relay.api.key-file", "",
                "relay.download.allowed-hosts", sandbox.storeUrl().getAuthority());
        always.forEach(System::setProperty);
        directories(settings).forEach(System::setProperty);
        // A demonstration should show progress soon, unless the operator has set a period for this run.
        setUnlessGiven("relay.poll.period", "5s");
        return new SandboxHost(sandbox, before);
    }

    /** Settings of the sandbox's own data directory, ledger and archive. */
    static Map<String, String> directories(RelaySettings settings) {
        Path directory = settings.dataDir().resolve("sandbox");
        return Map.of(
                "relay.data-dir", directory.toString(),
                "relay.ledger.url", "jdbc:sqlite:" + directory.resolve("ledger.db"),
                "archive.directory", directory.resolve("archive").toString());
    }

    /** In dev mode, the next start in this process reads the operator's settings again. */
    @Override
    public void close() {
        System.setProperties(before);
        sandbox.close();
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
