package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
}
