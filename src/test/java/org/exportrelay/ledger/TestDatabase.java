package org.exportrelay.ledger;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.testing.PgBouncer;
import org.exportrelay.testing.Postgres;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

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
            return PostgresqlTables.emptied(Server.port());
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
            return PostgresqlTables.emptied(Pooler.PGBOUNCER.port());
        }
    };

    private LedgerDatabase lent;

    private static final String SQLITE_URL = "jdbc:sqlite:";

    /** Where an empty ledger may be created. */
    public abstract LedgerSettings settings(Path directory);

    /**
     * Where an empty ledger is. On a server it is the one of the call before, emptied: to create a database and its tables
     * takes longer than most tests.
     */
    public abstract LedgerSettings withTables(Path directory);

    /** An empty ledger. */
    LedgerDatabase open(Path directory) {
        return LedgerDatabase.openForWork(withTables(directory));
    }

    /** As {@link #open}, but on a server with the connections of the call before. To be returned with {@link #giveBack}. */
    public LedgerDatabase lend(Path directory) {
        if (this == SQLITE) {
            return open(directory);
        }
        LedgerSettings ledger = withTables(directory);
        if (lent == null) {
            lent = LedgerDatabase.openForWork(ledger);
        }
        return lent;
    }

    /**
     * @param database null where {@link #lend} skipped the test
     */
    public void giveBack(LedgerDatabase database) {
        if (database != null && database != lent) {
            database.close();
        }
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

        static DataSource dataSource(String database) {
            return POSTGRES.getDatabase("postgres", database);
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

    /** One ledger on PostgreSQL for all tests of a process. */
    private static final class PostgresqlTables {

        private static final LedgerSettings LEDGER = Server.newDatabase();
        private static final String NAME = LEDGER.url().substring(LEDGER.url().lastIndexOf('/') + 1);
        /** A schema with a copy of each table as the migrations left it. */
        private static final String ORIGINALS = "original";

        static {
            LedgerDatabase.openForWork(LEDGER).close();
            useTables((handle, tables) -> {
                handle.execute("CREATE SCHEMA " + ORIGINALS);
                tables.forEach(
                        table -> handle.execute("CREATE TABLE " + ORIGINALS + "." + table + " AS TABLE " + table));
            });
        }

        private PostgresqlTables() {}

        /**
         * @param port of the server, or of a pooler in front of it
         */
        static LedgerSettings emptied(int port) {
            useTables((handle, tables) -> {
                handle.execute("TRUNCATE " + String.join(", ", tables) + " RESTART IDENTITY");
                tables.forEach(table -> handle.execute(
                        "INSERT INTO " + table + " OVERRIDING SYSTEM VALUE SELECT * FROM " + ORIGINALS + "." + table));
            });
            return Server.settings(port, NAME, "secret");
        }

        private static void useTables(BiConsumer<Handle, List<String>> work) {
            Jdbi.create(Server.dataSource(NAME))
                    .useTransaction(handle -> work.accept(
                            handle,
                            handle.createQuery("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
                                    .mapTo(String.class)
                                    .list()));
        }
    }

    /** One for all tests of a process. */
    private static final class Pooler {

        private static final PgBouncer PGBOUNCER = PgBouncer.start(Server.port(), "pool_mode = transaction");

        private Pooler() {}
    }
}
