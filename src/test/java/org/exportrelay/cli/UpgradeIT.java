package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.exportrelay.testing.RelayChild.Running;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** docs/upgrade.md and docs/backup.md, by doing what they say. */
class UpgradeIT {

    /** Settings, routes and ledger of a relay of version 0.1.0 that has run against its sandbox. */
    private static final Path OLD = Path.of("src/test/resources/version-0.1.0");

    private static final String DELIVERIES = "SELECT destination, file_id, state, attempts, claims, replays,"
            + " finished_at, bytes, records, last_error FROM delivery WHERE file_id <= %d ORDER BY 1, 2";
    private static final String FILES = "SELECT file_id, export_id, filename, safe_name, size, sha256, records"
            + " FROM export_file WHERE file_id <= %d ORDER BY 1";

    @TempDir
    private Path directory;

    @Test
    void keepsEverythingOfVersion010AndACopyOfItsLedger() throws Exception {
        try (Sandbox sandbox = sandbox()) {
            RelayChild relay = RelayChild.in(directory).at(sandbox);
            copyOldFiles();
            long files = relay.ledger().number("SELECT max(file_id) FROM export_file");
            List<List<String>> deliveries = relay.ledger().rows(DELIVERIES.formatted(files));
            List<List<String>> known = relay.ledger().rows(FILES.formatted(files));
            assertThat(deliveries).extracting(row -> row.get(2)).contains("delivered", "parked");

            Ended status = relay.run("status");
            assertThat(status.exitCode()).isEqualTo(2);
            assertThat(status.err())
                    .contains("is of version 3, and this program reads version")
                    .hasLineCount(1);

            Ended once = relay.run("once");
            assertThat(once.err())
                    .contains("ledger: copied version 3 to ")
                    .contains("ledger.db.v3.bak before the upgrade")
                    .containsOnlyOnce(": delivered ");
            assertThat(relay.archived()).hasSize(1);
            assertThat(relay.ledger().rows(DELIVERIES.formatted(files))).isEqualTo(deliveries);
            assertThat(relay.ledger().rows(FILES.formatted(files))).isEqualTo(known);
            assertThat(relay.run("status").exitCode()).isZero();

            // Going back: the copy is the ledger that version 0.1.0 had.
            restore(directory.resolve("data/ledger.db.v3.bak"));
            assertThat(relay.ledger().rows(DELIVERIES.formatted(files))).isEqualTo(deliveries);
            assertThat(relay.ledger().column("SELECT max(version) FROM flyway_schema_history"))
                    .containsExactly("3");
        }
    }

    @Test
    void repeatsAfterARestoreWhatWasDeliveredAfterTheBackup() throws Exception {
        try (Sandbox sandbox = sandbox()) {
            RelayChild relay = RelayChild.in(directory).at(sandbox).with("relay.poll.period", "1s");
            Path backup = directory.resolve("ledger-backup.db");
            Running running = relay.start("run");
            try {
                await().atMost(Duration.ofSeconds(60)).until(() -> delivered(relay) == 1);
                execute(relay, "VACUUM INTO '" + backup + "'");
                sandbox.addFinished("people_export", new SandboxFile("b.csv.gz", 10));
                await().atMost(Duration.ofSeconds(60)).until(() -> delivered(relay) == 2);
            } finally {
                running.stop();
            }
            List<Path> archived = relay.archived();
            restore(backup);
            assertThat(delivered(relay)).isEqualTo(1);

            Ended once = relay.run("once");
            assertThat(once.exitCode()).as(once.err()).isZero();
            assertThat(once.err()).containsOnlyOnce(": delivered ");
            assertThat(delivered(relay)).isEqualTo(2);
            assertThat(relay.archived()).isEqualTo(archived).hasSize(2);
        }
    }

    private static Sandbox sandbox() {
        Sandbox sandbox = Sandbox.start(SandboxOptions.defaults().withExports(0).withArrivalPeriod(Duration.ZERO));
        sandbox.addFinished("properties_export", new SandboxFile("a.csv.gz", 10));
        return sandbox;
    }

    private void copyOldFiles() throws IOException {
        Files.createDirectories(directory.resolve("data"));
        Files.copy(OLD.resolve("ledger.db"), directory.resolve("data/ledger.db"));
        Files.copy(
                OLD.resolve("application.properties"),
                directory.resolve("application.properties"),
                StandardCopyOption.REPLACE_EXISTING);
        try (Stream<Path> routes = Files.list(OLD.resolve("routes"))) {
            for (Path route : routes.filter(Files::isRegularFile).toList()) {
                Files.copy(
                        route,
                        directory.resolve("routes").resolve(route.getFileName()),
                        StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private void restore(Path backup) throws IOException {
        Path ledger = directory.resolve("data/ledger.db");
        Files.deleteIfExists(ledger.resolveSibling("ledger.db-wal"));
        Files.deleteIfExists(ledger.resolveSibling("ledger.db-shm"));
        Files.copy(backup, ledger, StandardCopyOption.REPLACE_EXISTING);
    }

    private static long delivered(RelayChild relay) {
        try {
            return relay.ledger().number("SELECT count(*) FROM delivery WHERE state = 'delivered'");
        } catch (SQLException e) {
            return 0;
        }
    }

    private static void execute(RelayChild relay, String sql) throws SQLException {
        try (Connection connection = relay.ledger().connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
