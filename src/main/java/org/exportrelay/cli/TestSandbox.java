package org.exportrelay.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.exportrelay.ledger.ScratchLedger;
import org.exportrelay.routetest.ExportSource;
import org.exportrelay.routetest.GivenExport;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxExport;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;

/**
 * The simulated API, the ledger and the data directory of {@code test}, to which the settings point until it is closed.
 * One in a process: Quarkus starts the application in between.
 */
final class TestSandbox implements AutoCloseable {

    private static final int MOST_REQUESTS = 1_000_000;
    private static final Duration URL_LIFETIME = Duration.ofDays(1);

    private static volatile TestSandbox running;

    private final Sandbox sandbox;
    private final ScratchDirectory scratch;
    private final Properties before;

    private TestSandbox(Sandbox sandbox, ScratchDirectory scratch, Properties before) {
        this.sandbox = sandbox;
        this.scratch = scratch;
        this.before = before;
    }

    /** Nothing of the operator's is polled, delivered, opened or changed. */
    static TestSandbox startAndPointTo() {
        ScratchDirectory scratch;
        try {
            scratch = new ScratchDirectory(ScratchLedger.createDirectory());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Sandbox sandbox = SandboxHost.start(options());
        Properties before = (Properties) System.getProperties().clone();
        settings(sandbox, scratch.path()).forEach(System::setProperty);
        running = new TestSandbox(sandbox, scratch, before);
        return running;
    }

    /** Lists what it is given, as often as it is asked. */
    static SandboxOptions options() {
        return SandboxOptions.defaults()
                .withExports(0)
                .withArrivalPeriod(Duration.ZERO)
                // Each test polls, and there may be more of them than a minute allows requests.
                .withRequestsPerMinute(MOST_REQUESTS)
                .withRequestsPerDay(MOST_REQUESTS);
    }

    /**
     * What points a process to a simulated API, and keeps it from what is the operator's.
     *
     * @param directory for its ledger and its data
     */
    static Map<String, String> settings(Sandbox sandbox, Path directory) {
        return Map.ofEntries(
                Map.entry("relay.api.url", sandbox.apiUrl().toString()),
                Map.entry("relay.api.key", sandbox.key()),
                Map.entry("relay.api.key-file", ""),
                Map.entry("relay.api.budget-share", "1"),
                Map.entry("relay.download.allowed-hosts", sandbox.storeUrl().getAuthority()),
                Map.entry("relay.data-dir", directory.toString()),
                Map.entry("relay.ledger.url", ScratchLedger.url(directory)),
                // Each test starts the poll once.
                Map.entry("relay.poll.period", "1h"),
                Map.entry("relay.delivery.retry-delay", "1ms"),
                Map.entry("relay.delivery.max-retry-delay", "5ms"),
                Map.entry("otel.sdk.disabled", "true"),
                // Each test loads the routes that it needs.
                Map.entry("camel.main.routes-include-pattern", "file:" + directory + "/*.camel.yaml"));
    }

    /** The API of the tests in this process. */
    static ExportSource exports() {
        Sandbox sandbox = running.sandbox;
        return new ExportSource(
                export -> {
                    sandbox.add(simulated(export));
                    if (export.damaged()) {
                        sandbox.damage(export.id());
                    }
                },
                sandbox::remove);
    }

    static SandboxExport simulated(GivenExport export) {
        Instant now = Instant.now();
        List<SandboxFile> files = export.files().stream()
                .map(file -> new SandboxFile(file.filename(), file.records(), file.csv()))
                .toList();
        return new SandboxExport(
                export.id(),
                export.name(),
                export.createdAt(),
                export.createdAt(),
                export.createdAt(),
                export.failed(),
                export.expired() ? now.minus(URL_LIFETIME) : now.plus(URL_LIFETIME),
                files);
    }

    @Override
    public void close() {
        running = null;
        System.setProperties(before);
        sandbox.close();
        scratch.close();
    }
}
