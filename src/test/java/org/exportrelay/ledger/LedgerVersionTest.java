package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.exportrelay.config.SettingsException;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A ledger of another version: commands change nothing, and a program does not work on a newer one. */
@ParameterizedClass(name = "{0}")
@EnumSource(TestDatabase.class)
class LedgerVersionTest {

    private static final String HISTORY = "flyway_schema_history";

    @Parameter
    private TestDatabase on;

    @TempDir
    private Path directory;

    @Test
    void commandsRefuseAnOlderLedgerAndLeaveItAsItIs() throws SQLException {
        LedgerSettings settings = on.settings(directory);
        LedgerDatabase.openForWork(settings).close();
        settings.execute("DELETE FROM " + HISTORY + " WHERE version = '13'");
        assertThatThrownBy(() -> LedgerDatabase.open(settings))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("the ledger is of version 12, and this program reads version 13")
                .hasMessageContaining("start the relay of this program once")
                .message()
                .doesNotContain("\n");
        assertThat(versions(settings)).isEqualTo(12);
    }

    @Test
    void commandsAndRelaysRefuseANewerLedger() throws SQLException {
        LedgerSettings settings = on.settings(directory);
        LedgerDatabase.openForWork(settings).close();
        settings.execute(
                "INSERT INTO " + HISTORY + " SELECT 99, '99', 'later', type, 'V99__later.sql', 1, installed_by,"
                        + " installed_on, execution_time, success FROM " + HISTORY + " WHERE version = '1'");
        assertThatThrownBy(() -> LedgerDatabase.open(settings))
                .hasMessageContaining("the ledger is of version 99, and this program knows only up to version 13");
        assertThatThrownBy(() -> LedgerDatabase.openForWork(settings))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("use the newer program that upgraded it");
        assertThat(versions(settings)).isEqualTo(14);
    }

    @Test
    void commandsCreateNothingWhereThereIsNoLedger() {
        LedgerSettings settings = on.settings(directory);
        assertThatThrownBy(() -> LedgerDatabase.open(settings))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("run or once creates");
        assertThat(directory.resolve("new")).doesNotExist();
    }

    @Test
    void aRelayThatWasRefusedHoldsNoLock() throws Exception {
        LedgerSettings settings = on.settings(directory);
        LedgerDatabase.openForWork(settings).close();
        settings.execute("UPDATE " + HISTORY + " SET version = '98' WHERE version = '13'");
        assertThatThrownBy(() -> LedgerDatabase.openForWork(settings)).isInstanceOf(SettingsException.class);
        settings.execute("UPDATE " + HISTORY + " SET version = '13' WHERE version = '98'");
        LedgerDatabase.openForWork(settings).close();
        LedgerDatabase.open(settings).close();
        assertThat(Files.exists(directory)).isTrue();
    }

    private static long versions(LedgerSettings settings) throws SQLException {
        try (Connection connection = settings.connect();
                Statement statement = connection.createStatement();
                var rows = statement.executeQuery("SELECT count(*) FROM " + HISTORY)) {
            rows.next();
            return rows.getLong(1);
        }
    }
}
