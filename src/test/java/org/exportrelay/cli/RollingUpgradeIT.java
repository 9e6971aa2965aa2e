package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxExport;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.Postgres;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Running;
import org.exportrelay.testing.RelayLedger;
import org.exportrelay.testing.Version010Instance;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** An instance of version 0.1.0 and one of this version work on one PostgreSQL ledger; then the old one stops. */
@Execution(ExecutionMode.CONCURRENT)
class RollingUpgradeIT {

    private static final Duration PATIENCE = Duration.ofSeconds(90);
    /** A checkout of the last commit of version 0.1.0, in which {@code mvn package} has run. */
    private static final String OLD_PROGRAM = System.getProperty("relay.version-0.1.0", "");

    private static final int BATCH = 30;
    private static final int ROUNDS = 5;

    @TempDir
    private Path directory;

    /** The program of 0.1.0 is in no repository, so its statements are executed here. */
    @Test
    void bothVersionsDeliverBesideEachOtherAndEachExportOnce() throws Exception {
        try (EmbeddedPostgres postgres = Postgres.start();
                Sandbox sandbox = sandbox()) {
            RelayLedger ledger = RelayLedger.of(postgres);
            Version010Instance old = new Version010Instance(ledger);
            old.createLedger();
            old.startRoute();
            record(sandbox, old, "before");
            old.work();
            List<Long> before = List.copyOf(old.delivered());
            assertThat(before).isNotEmpty();

            AtomicBoolean isStopped = new AtomicBoolean();
            ExecutorService thread = Executors.newSingleThreadExecutor();
            Future<?> work = thread.submit(() -> {
                while (!isStopped.get()) {
                    old.work();
                    TimeUnit.MILLISECONDS.sleep(20);
                }
                return null;
            });
            RelayChild relay = relay(sandbox, postgres);
            Running running = relay.start("run");
            try {
                await().atMost(PATIENCE).until(() -> version(ledger) > 3);
                // Both meet new exports: some recorded by the old instance, some by the new one.
                record(sandbox, old, "old");
                add(sandbox, "new");
                await().atMost(PATIENCE).until(() -> delivered(ledger) == 3 * BATCH);
                assertThat(old.delivered()).hasSizeGreaterThan(before.size());
                assertThat(relay.archived()).isNotEmpty();

                isStopped.set(true);
                work.get(30, TimeUnit.SECONDS);
                int oldOnes = old.delivered().size();
                add(sandbox, "after");
                await().atMost(PATIENCE).until(() -> delivered(ledger) == 4 * BATCH);

                assertThat(ledger.number("SELECT count(*) FROM delivery")).isEqualTo(4 * BATCH);
                assertThat(ledger.number("SELECT count(*) FROM delivery WHERE attempts <> 1 OR claims <> 1"))
                        .isZero();
                assertThat(old.delivered()).doesNotHaveDuplicates();
                assertThat(relay.archived()).hasSize(4 * BATCH - oldOnes);
                assertThat(running.output()).doesNotContain("ERROR").doesNotContain("already exists");
                assertThat(relay.run("status").exitCode()).isZero();
            } finally {
                isStopped.set(true);
                thread.shutdown();
                running.stop();
            }
        }
    }

    /** With the program itself, where it has been built from the history of this repository. */
    @Test
    void theProgramOfVersion010WorksBesideThisOne() throws Exception {
        assumeThat(OLD_PROGRAM)
                .as("-Drelay.version-0.1.0 names a checkout of version 0.1.0 in which mvn package has run")
                .isNotEmpty();
        try (EmbeddedPostgres postgres = Postgres.start();
                Sandbox sandbox = sandbox()) {
            RelayLedger ledger = RelayLedger.of(postgres);
            Path checkout = Path.of(OLD_PROGRAM);
            RelayChild oldRelay = configured(RelayChild.in(directory.resolve("old"), checkout), sandbox, postgres)
                    .withProgram(checkout.resolve("target/quarkus-app/quarkus-run.jar"));
            Running old = oldRelay.start("run");
            RelayChild relay = relay(sandbox, postgres);
            add(sandbox, "before");
            await().atMost(PATIENCE).until(() -> delivered(ledger) == BATCH);
            assertThat(version(ledger)).isEqualTo(3);
            Running running = relay.start("run");
            try {
                await().atMost(PATIENCE).until(() -> version(ledger) > 3);
                for (int round = 1; round <= ROUNDS; round++) {
                    add(sandbox, "both-" + round);
                    int expected = (1 + round) * BATCH;
                    await().atMost(PATIENCE).until(() -> delivered(ledger) == expected);
                }
                int both = oldRelay.archived().size() + relay.archived().size();
                System.out.println("0.1.0 delivered " + oldRelay.archived().size() + ", this version "
                        + relay.archived().size());
                assertThat(oldRelay.archived()).hasSizeGreaterThan(BATCH);
                assertThat(relay.archived()).isNotEmpty();
                assertThat(both).isEqualTo((1 + ROUNDS) * BATCH);

                assertThat(old.stop().exitCode()).isZero();
                add(sandbox, "after");
                await().atMost(PATIENCE).until(() -> delivered(ledger) == (2 + ROUNDS) * BATCH);
                assertThat(oldRelay.archived().size() + relay.archived().size()).isEqualTo((2 + ROUNDS) * BATCH);
                assertThat(ledger.number("SELECT count(*) FROM delivery WHERE attempts <> 1"))
                        .isZero();
                assertThat(old.output() + running.output()).doesNotContain("ERROR");

                // It does not refuse the upgraded ledger, so a restart during the upgrade does no harm.
                Running restarted = oldRelay.start("run");
                await().atMost(PATIENCE).until(() -> restarted.output().contains("polling"));
                add(sandbox, "restarted");
                await().atMost(PATIENCE).until(() -> delivered(ledger) == (3 + ROUNDS) * BATCH);
                assertThat(restarted.stop().exitCode()).isZero();
                assertThat(oldRelay.archived().size() + relay.archived().size()).isEqualTo((3 + ROUNDS) * BATCH);
            } finally {
                old.process().destroyForcibly();
                System.out.println(tail(old) + tail(running));
                running.stop();
            }
        }
    }

    private static String tail(Running relay) {
        List<String> lines = relay.output().lines().toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 5), lines.size())) + "\n";
    }

    private RelayChild relay(Sandbox sandbox, EmbeddedPostgres postgres) {
        return configured(RelayChild.in(directory.resolve("new")), sandbox, postgres);
    }

    private static RelayChild configured(RelayChild relay, Sandbox sandbox, EmbeddedPostgres postgres) {
        return relay.at(sandbox).withLedger(postgres).with("relay.poll.period", "1s");
    }

    private static Sandbox sandbox() {
        return Sandbox.start(SandboxOptions.defaults().withExports(0).withArrivalPeriod(Duration.ZERO));
    }

    private static List<SandboxExport> add(Sandbox sandbox, String name) {
        List<SandboxExport> added = new ArrayList<>();
        for (int i = 0; i < BATCH; i++) {
            added.add(sandbox.addFinished("properties_export", new SandboxFile(name + "-" + i + ".csv.gz", 10)));
        }
        return added;
    }

    private static void record(Sandbox sandbox, Version010Instance old, String name) throws SQLException {
        for (SandboxExport export : add(sandbox, name)) {
            old.record(
                    export.id(),
                    export.name(),
                    export.files().get(0).filename(),
                    export.createdAt(),
                    export.expiresAt());
        }
    }

    private static long version(RelayLedger ledger) throws SQLException {
        return ledger.number("SELECT max(installed_rank) FROM flyway_schema_history WHERE success");
    }

    /** 0 before the ledger has its tables. */
    private static long delivered(RelayLedger ledger) {
        try {
            return ledger.number("SELECT count(*) FROM delivery WHERE state = 'delivered'");
        } catch (SQLException notYet) {
            return 0;
        }
    }
}
