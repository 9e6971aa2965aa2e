package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import org.exportrelay.config.SettingsException;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.junit.jupiter.api.Test;

class PostgresqlLedgerTest {

    @Test
    void reportsInOneLineWhichDatabaseIsMissingAndNeverThePassword() {
        assertThatThrownBy(() -> LedgerDatabase.open(TestDatabase.Server.settings("nowhere", "s3cret")))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("relay.ledger.url=jdbc:postgresql://")
                .hasMessageContaining("\"nowhere\" does not exist")
                .message()
                .doesNotContain("s3cret")
                .doesNotContain("\n");
    }

    @Test
    void refusesASchemaWithTheTablesOfAnotherProgram() throws SQLException {
        LedgerSettings settings = TestDatabase.Server.newDatabase();
        execute(settings, "CREATE TABLE invoices (id integer)");
        assertRefusedInOneLine(settings, "tables of another program", "a schema of its own");
    }

    @Test
    void refusesAStandby() throws SQLException {
        LedgerSettings settings = TestDatabase.Server.newDatabase();
        String database = settings.url().replaceFirst(".*/", "");
        execute(settings, "ALTER DATABASE " + database + " SET default_transaction_read_only = on");
        assertRefusedInOneLine(settings, "read-only", "name the primary");
    }

    @Test
    void refusesAUserWithoutRights() throws SQLException {
        LedgerSettings settings = TestDatabase.Server.newDatabase();
        execute(settings, "REVOKE ALL ON SCHEMA public FROM PUBLIC");
        execute(settings, "DROP ROLE IF EXISTS guest");
        execute(settings, "CREATE ROLE guest LOGIN PASSWORD 's3cret'");
        LedgerSettings guest = new LedgerSettings(settings.url(), Optional.of("guest"), Optional.of("s3cret"));
        assertRefusedInOneLine(guest, "permission denied", "grant this user USAGE and CREATE");
    }

    private static void assertRefusedInOneLine(LedgerSettings settings, String cause, String hint) {
        assertThatThrownBy(() -> LedgerDatabase.openForWork(settings))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("relay.ledger.url=")
                .hasMessageContaining(cause)
                .hasMessageContaining(hint)
                .message()
                .doesNotContain("s3cret")
                .doesNotContain("\n");
    }

    private static void execute(LedgerSettings settings, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(settings.url(), "postgres", "secret");
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
