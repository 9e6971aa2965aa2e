package org.exportrelay.ledger;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.exportrelay.ledger.database.LedgerDatabase;

/** The databases that a ledger may be on: tests run on each. */
enum TestDatabase {
    SQLITE {
        @Override
        LedgerSettings settings(Path directory) {
            return LedgerSettings.of("jdbc:sqlite:" + directory.resolve("new/ledger.db"));
        }
    },
    POSTGRESQL {
        @Override
        LedgerSettings settings(Path directory) {
            return Server.newDatabase();
        }
    };

    /** Where an empty ledger may be created. */
    abstract LedgerSettings settings(Path directory);

    /** An empty ledger. */
    LedgerDatabase open(Path directory) {
        return LedgerDatabase.openForWork(settings(directory));
    }

    /** One server for all tests of a process, whose end ends it. */
    static final class Server {

        private static final EmbeddedPostgres POSTGRES = start();
        private static final AtomicInteger DATABASES = new AtomicInteger();

        private Server() {}

        private static EmbeddedPostgres start() {
            try {
                return EmbeddedPostgres.start();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        static LedgerSettings newDatabase() {
            String name = "ledger" + DATABASES.incrementAndGet();
            try (Connection connection = POSTGRES.getPostgresDatabase().getConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute("CREATE DATABASE " + name);
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
            return settings(name, "secret");
        }

        static LedgerSettings settings(String database, String password) {
            return new LedgerSettings(
                    "jdbc:postgresql://127.0.0.1:" + POSTGRES.getPort() + "/" + database,
                    Optional.of("postgres"),
                    Optional.of(password));
        }
    }
}
