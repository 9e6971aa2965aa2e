package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.exportrelay.config.SettingsException;
import org.exportrelay.ledger.database.Dialect;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
        settings.execute("CREATE TABLE invoices (id integer)");
        assertRefusedInOneLine(settings, "tables of another program", "a schema of its own");
    }

    @Test
    void refusesAStandby() throws SQLException {
        LedgerSettings settings = TestDatabase.Server.newDatabase();
        String database = settings.url().replaceFirst(".*/", "");
        settings.execute("ALTER DATABASE " + database + " SET default_transaction_read_only = on");
        assertRefusedInOneLine(settings, "read-only", "name the primary");
    }

    @Test
    void refusesAUserWithoutRights() throws SQLException {
        LedgerSettings settings = TestDatabase.Server.newDatabase();
        settings.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC");
        settings.execute("DROP ROLE IF EXISTS guest");
        settings.execute("CREATE ROLE guest LOGIN PASSWORD 's3cret'");
        LedgerSettings guest = new LedgerSettings(settings.url(), Optional.of("guest"), Optional.of("s3cret"));
        assertRefusedInOneLine(guest, "permission denied", "grant this user USAGE and CREATE");
    }

    @Test
    void checkRefusesAStandbyThatHasTheTables() throws SQLException {
        LedgerSettings settings = TestDatabase.Server.newDatabase();
        LedgerDatabase.openForWork(settings).close();
        settings.execute(
                "ALTER DATABASE " + settings.url().replaceFirst(".*/", "") + " SET default_transaction_read_only = on");
        assertRefusedInOneLine(() -> LedgerDatabase.check(settings), "read-only", "name the primary");
    }

    /** Otherwise a host that dies would stop the others until the server notices its broken connection. */
    @Test
    void aTransactionForWhichOtherInstancesWaitEndsWithItsHost() {
        try (LedgerDatabase database = LedgerDatabase.openForWork(TestDatabase.Server.newDatabase())) {
            Dialect dialect = database.dialect();
            for (String lock : List.of(dialect.recordLock(), dialect.appendLock(), dialect.budgetLock())) {
                String limit = database.jdbi().inTransaction(handle -> {
                    handle.execute(lock);
                    return handle.select("SHOW idle_in_transaction_session_timeout")
                            .mapTo(String.class)
                            .one();
                });
                assertThat(limit).as(lock).isEqualTo("30s");
            }
        }
    }

    @Test
    void refusesASchemaThatIsMissing() throws SQLException {
        LedgerSettings settings = TestDatabase.Server.newDatabase();
        LedgerSettings missing = settings.with(settings.url() + "?currentSchema=relay");
        assertRefusedInOneLine(missing, "would not be in the schema relay", "create this schema");
        settings.execute("CREATE SCHEMA relay");
        LedgerDatabase.openForWork(missing).close();
        settings.execute("SELECT count(*) FROM relay.delivery");
    }

    @ParameterizedTest
    @ValueSource(strings = {"LATIN1", "SQL_ASCII", "WIN1252"})
    void refusesADatabaseThatCannotStoreEveryCharacter(String encoding) throws SQLException {
        LedgerSettings settings = TestDatabase.Server.newDatabase();
        String name = "relay_" + encoding.toLowerCase(Locale.ROOT);
        settings.execute("CREATE DATABASE " + name + " ENCODING '" + encoding
                + "' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
        assertRefusedInOneLine(
                settings.with(settings.url().replaceFirst("[^/]*$", name)),
                "the encoding " + encoding,
                "createdb -E UTF8");
    }

    @Test
    void namesTheDefaultOfAUserWhoseTransactionsAreReadOnly() throws SQLException {
        LedgerSettings settings = TestDatabase.Server.newDatabase();
        LedgerDatabase.openForWork(settings).close();
        String database = settings.url().replaceFirst(".*/", "");
        settings.execute("ALTER DATABASE " + database + " SET default_transaction_read_only = on");
        assertRefusedInOneLine(
                () -> LedgerDatabase.check(settings), "read-only", "default_transaction_read_only = off");
    }

    /** By a relay and by {@code check}. */
    private static void assertRefusedInOneLine(LedgerSettings settings, String cause, String hint) {
        assertRefusedInOneLine(() -> LedgerDatabase.openForWork(settings), cause, hint);
        assertRefusedInOneLine(() -> LedgerDatabase.check(settings), "", hint);
    }

    private static void assertRefusedInOneLine(ThrowingCallable opening, String cause, String hint) {
        assertThatThrownBy(opening)
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("relay.ledger.url=")
                .hasMessageContaining(cause)
                .hasMessageContaining(hint)
                .message()
                .doesNotContain("s3cret")
                .doesNotContain("\n");
    }
}
