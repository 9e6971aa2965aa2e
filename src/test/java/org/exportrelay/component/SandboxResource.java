package org.exportrelay.component;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Stream;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;

/** A sandbox with five exports beside the application under test, and a data directory of its own. */
public final class SandboxResource implements QuarkusTestResourceLifecycleManager {

    static final int EXPORTS = 5;
    /** Of their files. */
    static final String HEADER = "id,address,city,state,zip,owner_name,estimated_value,last_sale_date,bedrooms,notes";

    private Sandbox sandbox;
    private Path directory;

    @Override
    public Map<String, String> start() {
        try {
            directory = Files.createTempDirectory("export-relay-test");
            sandbox = Sandbox.start(SandboxOptions.defaults()
                    .withExports(0)
                    .withArrivalPeriod(Duration.ZERO)
                    .withSeed(3));
            for (int i = 0; i < EXPORTS; i++) {
                sandbox.addFinished(
                        "properties_export", new SandboxFile("properties_export_2026-02-17.csv.gz", 100 + i));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Map.of(
                "relay.api.url", sandbox.apiUrl().toString(),
                "relay.api.key", sandbox.key(),
                "relay.download.allowed-hosts", sandbox.storeUrl().getAuthority(),
                "relay.poll.period", "1s",
                "relay.delivery.retry-delay", "100ms",
                "relay.delivery.max-attempts", "3",
                "relay.data-dir", directory.toString());
    }

    @Override
    public void inject(TestInjector injector) {
        injector.injectIntoFields(sandbox, field -> field.getType() == Sandbox.class);
    }

    @Override
    public void stop() {
        if (sandbox != null) {
            sandbox.close();
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
