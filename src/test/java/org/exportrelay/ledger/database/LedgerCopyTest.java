package org.exportrelay.ledger.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.exportrelay.config.SettingsException;
import org.exportrelay.ledger.LedgerSettings;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sqlite.SQLiteDataSource;

class LedgerCopyTest {

    private static final String VERSIONS = "SELECT version FROM flyway_schema_history ORDER BY installed_rank";

    private static final String TABLES = "SELECT sql FROM sqlite_master ORDER BY name";

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"1", "3", "4"})
    void isPutAsideBeforeAnUpgrade(String version) throws Exception {
        LedgerSettings ledger = ledger(version);
        List<String> before = column(ledger, VERSIONS);
        List<String> tables = column(ledger, TABLES);
        LedgerDatabase.openForWork(ledger).close();
        assertThat(files())
                .contains("ledger.db", "ledger.db.v" + version + ".bak")
                .noneMatch(name -> name.endsWith(".part"));
        LedgerSettings copy = ledger.with(ledger.url() + ".v" + version + ".bak");
        assertThat(column(copy, VERSIONS)).isEqualTo(before);
        assertThat(column(copy, TABLES)).isEqualTo(tables);
        assertThat(column(ledger, VERSIONS)).hasSizeGreaterThan(before.size());

        // Going back: the copy takes the place of the ledger, and is upgraded again.
        Files.copy(path("ledger.db.v" + version + ".bak"), path("other.db"));
        LedgerDatabase.openForWork(ledger.with("jdbc:sqlite:" + path("other.db")))
                .close();
    }

    @Test
    void isNotMadeOfANewLedgerNorWithoutAnUpgrade() throws IOException {
        LedgerSettings ledger = LedgerSettings.of("jdbc:sqlite:" + path("ledger.db"));
        LedgerDatabase.openForWork(ledger).close();
        LedgerDatabase.openForWork(ledger).close();
        assertThat(files()).noneMatch(name -> name.contains(".bak"));
    }

    @Test
    void replacesAnEarlierCopyOfTheSameVersion() throws Exception {
        LedgerSettings ledger = ledger("3");
        Files.writeString(path("ledger.db.v3.bak"), "an earlier copy");
        Files.writeString(path("ledger.db.v3.bak.part"), "half an earlier copy");
        LedgerDatabase.openForWork(ledger).close();
        assertThat(column(ledger.with(ledger.url() + ".v3.bak"), VERSIONS)).hasSize(3);
    }

    @Test
    void needsSpaceForItselfAndTheUpgrade() {
        LedgerSettings ledger = ledger("3");
        SQLiteDataSource dataSource = new SQLiteDataSource();
        dataSource.setUrl(ledger.url());
        assertThatThrownBy(
                        () -> new LedgerCopy(dataSource, any -> 10_000_000).create(MigrationVersion.fromVersion("3")))
                .isInstanceOf(LedgerVersionException.class)
                .hasMessageMatching(
                        "of version 3 must be upgraded, and copied to .*/ledger.db.v3.bak before; this needs"
                                + " [\\d,]+ bytes, but .* has 10,000,000 free; free some space, then start again");
        assertThat(path("ledger.db.v3.bak")).doesNotExist();
    }

    @Test
    void isNeededForAnUpgrade() throws Exception {
        LedgerSettings ledger = ledger("3");
        Files.createDirectories(path("ledger.db.v3.bak.part/x"));
        assertThatThrownBy(() -> LedgerDatabase.openForWork(ledger))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("the ledger of version 3 must be upgraded, but the copy "
                        + path("ledger.db.v3.bak") + " cannot be created before (")
                .message()
                .doesNotContain("\n");
        assertThat(column(ledger, VERSIONS)).hasSize(3);
    }

    private LedgerSettings ledger(String version) {
        String url = "jdbc:sqlite:" + path("ledger.db");
        Flyway.configure()
                .dataSource(url, null, null)
                .locations("classpath:db/migration", Dialect.SQLITE.migrations())
                .placeholders(Dialect.SQLITE.placeholders())
                .target(version)
                .load()
                .migrate();
        return LedgerSettings.of(url);
    }

    private Path path(String name) {
        return directory.resolve(name);
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    private static List<String> column(LedgerSettings ledger, String sql) throws SQLException {
        try (Connection connection = ledger.connect();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            List<String> values = new ArrayList<>();
            while (result.next()) {
                values.add(result.getString(1));
            }
            return values;
        }
    }
}
