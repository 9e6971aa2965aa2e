package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.exportrelay.delivery.FileName;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxExport;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.Postgres;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.exportrelay.testing.RelayChild.Running;
import org.exportrelay.testing.RelayLedger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Several processes of the packaged jar on one PostgreSQL ledger, delivering into one directory. */
class InstancesIT {

    /** Deliveries in flight in the shipped route. */
    private static final int PARALLEL = 8;

    /** Work for many seconds: an instance that loads its classes slowly must still take a share. */
    private static final int EXPORTS = 2000;

    @TempDir
    private Path directory;

    @Test
    void shareTheDeliveriesMakeEachOnceAndFinishWhatAKilledOneLeft() throws Exception {
        try (EmbeddedPostgres postgres = Postgres.start();
                Sandbox sandbox = Sandbox.start(quiet())) {
            RelayLedger ledger = RelayLedger.of(postgres);
            List<Running> instances = new ArrayList<>();
            for (String name : List.of("one", "two", "three")) {
                instances.add(instance(name, sandbox, postgres, 100).start("run"));
            }
            try {
                await().atMost(Duration.ofSeconds(90))
                        .until(() -> instances.stream().allMatch(i -> i.output().contains("delivering to archive")));
                addExports(sandbox, EXPORTS);
                await().atMost(Duration.ofSeconds(90)).until(() -> delivered(instances) == EXPORTS);
                assertArchiveIsExact(sandbox);
                assertThat(instances).allMatch(instance -> delivered(instance) >= EXPORTS / 10);
                assertThat(ledger.number("SELECT count(*) FROM delivery WHERE state = 'delivered' AND attempts = 1"))
                        .isEqualTo(EXPORTS);
                assertThat(sandbox.downloads()).isEqualTo(EXPORTS);

                addExports(sandbox, EXPORTS);
                Running victim = instances.get(0);
                long before = delivered(victim);
                await().atMost(Duration.ofSeconds(30)).until(() -> delivered(victim) > before + 5);
                victim.process().destroyForcibly().waitFor();
                await().atMost(Duration.ofSeconds(90))
                        .until(() -> ledger.number("SELECT count(*) FROM delivery WHERE state <> 'delivered'") == 0);
                assertArchiveIsExact(sandbox);
                assertThat(ledger.number("SELECT count(*) FROM delivery")).isEqualTo(2 * EXPORTS);
                // What the killed one had in hand, and nothing else, took a second attempt.
                assertThat(ledger.number("SELECT count(*) FROM delivery WHERE attempts > 1"))
                        .isLessThanOrEqualTo(PARALLEL);
                assertThat(delivered(instances)).isBetween(2L * EXPORTS - PARALLEL, 2L * EXPORTS + PARALLEL);

                long sofar = delivered(instances);
                Ended replay = instance("replay", sandbox, postgres, 0)
                        .run(
                                "replay",
                                "--state",
                                "delivered",
                                "--export",
                                sandbox.exports().get(0).id());
                assertThat(replay.out()).as(replay.err()).contains("replay: 1 delivery will be made again");
                await().atMost(Duration.ofSeconds(15)).until(() -> delivered(instances) == sofar + 1);
                assertArchiveIsExact(sandbox);
            } finally {
                instances.forEach(Running::stop);
            }
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void aSlowDeliveryKeepsItsLeaseAndAPausedInstanceSettlesNothingThatAnotherHasTaken() throws Exception {
        try (EmbeddedPostgres postgres = Postgres.start();
                Sandbox sandbox = Sandbox.start(quiet())) {
            RelayLedger ledger = RelayLedger.of(postgres);
            Running one = instance("one", sandbox, postgres, 8000).start("run");
            Running two = instance("two", sandbox, postgres, 8000).start("run");
            try {
                await().atMost(Duration.ofSeconds(90)).until(() -> Stream.of(one, two)
                        .allMatch(i -> i.output().contains("delivering to archive")));
                deliverWith(one, two, sandbox, ledger);
                await().atMost(Duration.ofSeconds(30)).until(() -> delivered(one) == 2);
                assertThat(ledger.number("SELECT max(attempts) FROM delivery"))
                        .as("longer than the lease, beside another instance")
                        .isEqualTo(1);

                deliverWith(one, two, sandbox, ledger);
                one.pause();
                await().atMost(Duration.ofSeconds(90))
                        .until(() -> ledger.number(
                                        "SELECT count(*) FROM delivery WHERE attempts = 2 AND state = 'in_progress'")
                                == 2);
                one.resume();
                await().atMost(Duration.ofSeconds(10))
                        .until(() -> one.output().contains("another instance has claimed it"));
                await().atMost(Duration.ofSeconds(90))
                        .until(() -> ledger.number("SELECT count(*) FROM delivery WHERE state <> 'delivered'") == 0);
                await().untilAsserted(() ->
                        assertThat(delivered(one) + delivered(two)).isEqualTo(4));
                assertArchiveIsExact(sandbox);
            } finally {
                one.resume();
                one.stop();
                two.stop();
            }
        }
    }

    @Test
    void aSecondProcessOnTheSameSqliteFileRefusesInOneLine() {
        Path ledger = directory.resolve("shared.db");
        Running first = RelayChild.in(directory.resolve("one"))
                .with("relay.ledger.url", "jdbc:sqlite:" + ledger)
                .with("relay.api.url", "http://127.0.0.1:1")
                .with("relay.api.key", "dm_sk_live_x")
                .start("run");
        try {
            await().atMost(Duration.ofSeconds(30)).until(() -> first.output().contains("delivering to archive"));
            Ended second = RelayChild.in(directory.resolve("two"))
                    .with("relay.ledger.url", "jdbc:sqlite:" + ledger)
                    .with("relay.api.url", "http://127.0.0.1:1")
                    .with("relay.api.key", "dm_sk_live_x")
                    .run("run");
            assertThat(second.exitCode()).isEqualTo(2);
            assertThat(second.err().lines())
                    .singleElement()
                    .asString()
                    .contains("relay.ledger.url=")
                    .contains("another Export Relay process uses this ledger");
        } finally {
            assertThat(first.stop().exitCode()).isZero();
        }
    }

    private RelayChild instance(String name, Sandbox sandbox, EmbeddedPostgres postgres, long millis)
            throws IOException {
        RelayChild relay = RelayChild.in(directory.resolve(name))
                .at(sandbox)
                .withLedger(postgres)
                .with("archive.directory", archive())
                .with("relay.delivery.lease", "5s")
                .with("relay.poll.period", "2s");
        Path file = relay.directory().resolve("routes/deliver-to-file.camel.yaml");
        Files.writeString(
                file,
                Files.readString(file)
                        .replace(
                                "      steps:\n",
                                """
                                      steps:
                                        - delay:
                                            expression:
                                              constant:
                                                expression: "%d"
                                """
                                        .formatted(millis)));
        return relay;
    }

    private Path archive() {
        return directory.resolve("archive");
    }

    private static void addExports(Sandbox sandbox, int exports) {
        for (int i = 0; i < exports; i++) {
            sandbox.addFinished("properties_export", new SandboxFile("properties_export_2026-02-17.csv.gz", 50 + i));
        }
    }

    private static long delivered(Running instance) {
        return instance.output()
                .lines()
                .filter(line -> line.contains("exports:archive: delivered"))
                .count();
    }

    private static long delivered(List<Running> instances) {
        return instances.stream().mapToLong(InstancesIT::delivered).sum();
    }

    /** Gives two deliveries into the hands of one instance, by holding up the other meanwhile. */
    private static void deliverWith(Running one, Running other, Sandbox sandbox, RelayLedger ledger) throws Exception {
        other.pause();
        addExports(sandbox, 2);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> ledger.number("SELECT count(*) FROM delivery WHERE state = 'in_progress'") == 2);
        other.resume();
    }

    /** Every file of every export is there, byte for byte, and nothing else, nothing temporary either. */
    private void assertArchiveIsExact(Sandbox sandbox) throws IOException {
        List<Path> expected = new ArrayList<>();
        for (SandboxExport export : sandbox.exports()) {
            Path file = archive().resolve(FileName.withId("properties_export_2026-02-17.csv.gz", export.id()));
            assertThat(file).hasBinaryContent(sandbox.content(export.id(), 0));
            expected.add(file);
        }
        try (Stream<Path> archive = Files.list(archive())) {
            assertThat(archive.toList()).containsExactlyInAnyOrderElementsOf(expected);
        }
    }

    private static SandboxOptions quiet() {
        return SandboxOptions.defaults()
                .withArrivalPeriod(Duration.ZERO)
                .withExports(0)
                .withRequestsPerMinute(100_000)
                .withRequestsPerDay(1_000_000);
    }
}
