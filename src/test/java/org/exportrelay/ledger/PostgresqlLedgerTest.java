package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.sql.Connection;
import java.sql.Statement;
import java.util.Optional;
import org.exportrelay.config.SettingsException;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class PostgresqlLedgerTest extends LedgerContract {

    private static EmbeddedPostgres postgres;
    private static int databases;

    @BeforeAll
    static void startServer() throws Exception {
        postgres = EmbeddedPostgres.start();
    }

    @AfterAll
    static void stopServer() throws Exception {
        postgres.close();
    }

    @Override
    LedgerDatabase open() {
        String name = "ledger" + ++databases;
        try (Connection connection = postgres.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + name);
        } catch (java.sql.SQLException e) {
            throw new IllegalStateException(e);
        }
        return LedgerDatabase.open(settings(name, "secret"));
    }

    @Test
    void saysInOneLineWhichDatabaseIsMissingAndNeverThePassword() {
        assertThatThrownBy(() -> LedgerDatabase.open(settings("nowhere", "s3cret")))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("relay.ledger.url=jdbc:postgresql://")
                .hasMessageContaining("\"nowhere\" does not exist")
                .message()
                .doesNotContain("s3cret")
                .doesNotContain("\n");
    }

    private static LedgerSettings settings(String database, String password) {
        return new LedgerSettings(
                "jdbc:postgresql://127.0.0.1:" + postgres.getPort() + "/" + database,
                Optional.of("postgres"),
                Optional.of(password));
    }
}
