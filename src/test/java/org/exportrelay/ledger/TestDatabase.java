package org.exportrelay.ledger;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.testing.PgBouncer;
import org.exportrelay.testing.Postgres;

/** The databases that a ledger may be on: tests run on each. */
public enum TestDatabase {
    SQLITE {
        @Override
        public LedgerSettings settings(Path directory) {
            return LedgerSettings.of(SQLITE_URL + directory.resolve("new/ledger.db"));
        }

        @Override
        public LedgerSettings withTables(Path directory) {
            LedgerSettings settings = settings(directory);
            createTables(settings);
            return settings;
        }
    },
    POSTGRESQL {
        @Override
        public LedgerSettings settings(Path directory) {
            return Server.newDatabase();
        }

        @Override
        public LedgerSettings withTables(Path directory) {
            return Server.newDatabase(Server.port(), PostgresqlTables.DATABASE);
        }
    },
    /** PostgreSQL behind PgBouncer, which lends each transaction another connection; skipped where it is missing. */
    PGBOUNCER {
        @Override
        public LedgerSettings settings(Path directory) {
            PgBouncer.assumeInstalled();
            return Server.newDatabase(Pooler.PGBOUNCER.port());
        }

        @Override
        public LedgerSettings withTables(Path directory) {
            PgBouncer.assumeInstalled();
            return Server.newDatabase(Pooler.PGBOUNCER.port(), PostgresqlTables.DATABASE);
        }
    };

    private static final String SQLITE_URL = "jdbc:sqlite:";

    /** Where an empty ledger may be created. */
    public abstract LedgerSettings settings(Path directory);

    /** Where an empty ledger is. Its tables are a copy: to create them takes longer than most tests. */
    public abstract LedgerSettings withTables(Path directory);

    /** An empty ledger. */
    LedgerDatabase open(Path directory) {
        return LedgerDatabase.openForWork(withTables(directory));
    }

    /** Copies the tables to a ledger on SQLite, unless it exists. */
    public static void createTables(RelaySettings.Ledger ledger) {
        Path file = Path.of(ledger.url().substring(SQLITE_URL.length()));
        if (Files.exists(file)) {
            return;
        }
        try {
            Files.createDirectories(file.getParent());
            Files.write(file, SqliteTables.FILE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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
            return newDatabase(port, "template1");
        }

        /**
         * @param template the database that it is a copy of
         */
        static LedgerSettings newDatabase(int port, String template) {
            String name = "ledger" + DATABASES.incrementAndGet();
            try (Connection connection = POSTGRES.getPostgresDatabase().getConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute("CREATE DATABASE " + name + " TEMPLATE " + template);
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

    /** An empty ledger on SQLite that tests copy. */
    private static final class SqliteTables {

        static final byte[] FILE = create();

        private SqliteTables() {}

        private static byte[] create() {
            try {
                Path directory = Files.createTempDirectory("tables");
                Path file = directory.resolve("ledger.db");
                LedgerDatabase.openForWork(LedgerSettings.of(SQLITE_URL + file)).close();
                byte[] tables = Files.readAllBytes(file);
                try (Stream<Path> files = Files.list(directory)) {
                    for (Path each : files.toList()) {
                        Files.delete(each);
                    }
                }
                Files.delete(directory);
                return tables;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** An empty ledger on PostgreSQL that tests copy. */
    private static final class PostgresqlTables {

        static final String DATABASE = create();

        private PostgresqlTables() {}

        private static String create() {
            LedgerSettings settings = Server.newDatabase();
            LedgerDatabase.openForWork(settings).close();
            return settings.url().substring(settings.url().lastIndexOf('/') + 1);
        }
    }

    /** One for all tests of a process. */
    private static final class Pooler {

        private static final PgBouncer PGBOUNCER = PgBouncer.start(Server.port(), "pool_mode = transaction");

        private Pooler() {}
    }
}
