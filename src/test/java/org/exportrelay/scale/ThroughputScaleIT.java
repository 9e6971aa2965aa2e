package org.exportrelay.scale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Running;
import org.exportrelay.testing.RelayLedger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How many small files a second the packaged relay downloads, verifies and delivers to a directory. */
@Tag("scale")
class ThroughputScaleIT {

    /** So many that the time for compiling the code hardly counts. */
    private static final int FILES = Integer.getInteger("scale.files", 10_000);

    private static final int SLOW_FILES = FILES / 5;
    /** So long that two instances do not use up two cores. */
    private static final int SLOW_MILLIS = 200;

    /** Delivered before the measurement by a destination that answers slowly. */
    private static final int SLOW_WARM_UP = SLOW_FILES / 5;

    private static final Duration PATIENCE = Duration.ofMinutes(4);

    @TempDir
    private Path directory;

    @Test
    void oneInstanceOnSqlite() throws Exception {
        try (Sandbox sandbox = Sandbox.start(quiet())) {
            RelayChild relay = relay("one", sandbox, 0);
            assertThat(rate("SQLite, 1 instance", sandbox, relay.ledger(), List.of(relay), FILES, FILES))
                    .isGreaterThan(100);
        }
    }

    @Test
    void oneInstanceOnPostgresqlIsNotBoundByItsPeriods() throws Exception {
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start();
                Sandbox sandbox = Sandbox.start(quiet())) {
            RelayChild relay = relay("one", sandbox, 0).withLedger(postgres);
            assertThat(rate("PostgreSQL, 1 instance", sandbox, relay.ledger(), List.of(relay), FILES, FILES))
                    .isGreaterThan(100);
        }
    }

    @Test
    void twoInstancesShareWhatADestinationThatAnswersSlowlyCannotTakeFromOne() throws Exception {
        double one = slowDestination(1);
        double two = slowDestination(2);
        System.out.printf(
                "PostgreSQL, destination of %d ms: two instances deliver %.2f times as much%n", SLOW_MILLIS, two / one);
        assertThat(two / one).isGreaterThan(1.6);
    }

    private double slowDestination(int instances) throws Exception {
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start();
                Sandbox sandbox = Sandbox.start(quiet())) {
            List<RelayChild> relays = new ArrayList<>();
            for (int i = 0; i < instances; i++) {
                relays.add(relay("slow-" + instances + "-" + i, sandbox, SLOW_MILLIS)
                        .withLedger(postgres));
            }
            return rate(
                    "PostgreSQL, destination of " + SLOW_MILLIS + " ms, " + instances + " instances",
                    sandbox,
                    RelayLedger.of(postgres),
                    relays,
                    SLOW_WARM_UP,
                    SLOW_FILES);
        }
    }

    /**
     * Files a second, from the first to the last delivery as the ledger has recorded them. As many were delivered before,
     * or a part of them by a destination that answers slowly, so that the code is compiled: the figure is of a relay that
     * has been running for some minutes.
     */
    private double rate(
            String name, Sandbox sandbox, RelayLedger ledger, List<RelayChild> relays, int warmUp, int files)
            throws Exception {
        List<Running> instances = new ArrayList<>();
        try {
            for (RelayChild relay : relays) {
                instances.add(relay.start("run"));
            }
            await().atMost(PATIENCE)
                    .until(() -> instances.stream().allMatch(i -> i.output().contains("delivering to archive")));
            double start = processorSeconds(instances);
            add(sandbox, warmUp);
            awaitDelivered(ledger, warmUp);
            double before = processorSeconds(instances);
            print(name + ", the first", warmUp, seconds(ledger, 0), before - start);
            add(sandbox, files);
            awaitDelivered(ledger, warmUp + files);
            double seconds = seconds(ledger, warmUp);
            print(name, files, seconds, processorSeconds(instances) - before);
            assertThat(ledger.number("SELECT count(*) FROM delivery WHERE attempts <> 1"))
                    .isZero();
            return files / seconds;
        } finally {
            instances.forEach(Running::stop);
        }
    }

    private static void print(String name, int files, double seconds, double processorSeconds) {
        System.out.printf(
                "%s: %,d files in %.1f s, %.0f files/s, %.1f ms of the relay's processor time for each%n",
                name, files, seconds, files / seconds, 1000 * processorSeconds / files);
    }

    /** Whatever else this machine does meanwhile. */
    private static double processorSeconds(List<Running> instances) {
        return instances.stream()
                .mapToDouble(instance -> instance.process()
                                .toHandle()
                                .info()
                                .totalCpuDuration()
                                .orElseThrow()
                                .toMillis()
                        / 1000.0)
                .sum();
    }

    private static double seconds(RelayLedger ledger, int warmUp) throws SQLException {
        List<String> ends = ledger.column("SELECT finished_at FROM delivery ORDER BY finished_at");
        return Duration.between(instant(ends.get(warmUp)), instant(ends.get(ends.size() - 1)))
                        .toMillis()
                / 1000.0;
    }

    /** As SQLite or PostgreSQL writes it. */
    private static Instant instant(String text) {
        return OffsetDateTime.parse(text.replace(' ', 'T').replaceAll("([+-]\\d\\d)$", "$1:00"))
                .toInstant();
    }

    private static void awaitDelivered(RelayLedger ledger, int exports) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(500))
                .ignoreExceptions()
                .until(() -> ledger.number("SELECT count(*) FROM delivery WHERE state = 'delivered'") == exports);
    }

    private RelayChild relay(String name, Sandbox sandbox, int millis) throws IOException {
        RelayChild relay = RelayChild.in(directory.resolve(name))
                .at(sandbox)
                .withJava("-XX:TieredStopAtLevel=4")
                .with("archive.directory", directory.resolve("archive"))
                .with("relay.poll.period", "1s");
        Path file = relay.directory().resolve("routes/deliver-to-file.camel.yaml");
        String slow =
                """
                      steps:
                        - delay:
                            expression:
                              constant:
                                expression: "%d"
                """
                        .formatted(millis);
        if (millis > 0) {
            Files.writeString(file, Files.readString(file).replace("      steps:\n", slow));
        }
        return relay;
    }

    private static void add(Sandbox sandbox, int exports) {
        IntStream.range(0, exports)
                .forEach(i -> sandbox.addFinished("properties_export", new SandboxFile("properties.csv.gz", 10)));
    }

    private static SandboxOptions quiet() {
        return SandboxOptions.defaults()
                .withArrivalPeriod(Duration.ZERO)
                .withExports(0)
                .withRequestsPerMinute(1_000_000)
                .withRequestsPerDay(100_000_000);
    }
}
