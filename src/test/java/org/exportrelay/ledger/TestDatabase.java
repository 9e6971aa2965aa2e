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
import org.exportrelay.testing.PgBouncer;
import org.exportrelay.testing.Postgres;

/** The databases that a ledger may be on: tests run on each. */
public enum TestDatabase {
    SQLITE {
        @Override
        public LedgerSettings settings(Path directory) {
            return LedgerSettings.of("jdbc:sqlite:" + directory.resolve("new/ledger.db"));
        }
    },
    POSTGRESQL {
        @Override
        public LedgerSettings settings(Path directory) {
            return Server.newDatabase();
        }
    },
    /** PostgreSQL behind PgBouncer, which lends each transaction another connection; skipped where it is missing. */
    PGBOUNCER {
        @Override
        public LedgerSettings settings(Path directory) {
            PgBouncer.assumeInstalled();
            return Server.newDatabase(Pooler.PGBOUNCER.port());
        }
    };

    /** Where an empty ledger may be created. */
    public abstract LedgerSettings settings(Path directory);

    /** An empty ledger. */
    LedgerDatabase open(Path directory) {
        return LedgerDatabase.openForWork(settings(directory));
    }

    /** One server for all tests of a process, whose end ends it. */
    public static final class Server {

        private static final EmbeddedPostgres POSTGRES = start();
        private static final AtomicInteger DATABASES = new AtomicInteger();

        private Server() {}

        private static EmbeddedPostgres start() {
            try {
                return Postgres.start();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        public static int port() {
            return POSTGRES.getPort();
        }

        public static LedgerSettings newDatabase() {
            return newDatabase(port());
        }

        /**
         * @param port of the server, or of a pooler in front of it
         */
        public static LedgerSettings newDatabase(int port) {
            String name = "ledger" + DATABASES.incrementAndGet();
            try (Connection connection = POSTGRES.getPostgresDatabase().getConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute("CREATE DATABASE " + name);
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
            return settings(port, name, "secret");
        }

        public static LedgerSettings settings(String database, String password) {
            return settings(port(), database, password);
        }

        static LedgerSettings settings(int port, String database, String password) {
            return new LedgerSettings(
                    "jdbc:postgresql://127.0.0.1:" + port + "/" + database,
                    Optional.of("postgres"),
                    Optional.of(password));
        }
    }

    /** One for all tests of a process. */
    private static final class Pooler {

        private static final PgBouncer PGBOUNCER = PgBouncer.start(Server.port(), "pool_mode = transaction");

        private Pooler() {}
    }
}
