package org.exportrelay.ledger.database;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.log.LogEvent;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.postgresql.Driver;
import org.postgresql.PGConnection;
import org.postgresql.PGProperty;

/**
 * Connections to a PostgreSQL ledger, either to the server itself or to a pooler such as PgBouncer. In transaction mode
 * a pooler may run each transaction on another connection of the server. Therefore the ledger keeps nothing in a
 * session: no settings, no session-level locks, and behind a pooler no prepared statements.
 */
final class PostgresqlPool {

    private static final Logger LOG = Logger.getLogger(PostgresqlPool.class);
    private static final int MOST_CONNECTIONS = 16;

    private final RelaySettings.Ledger settings;
    private final boolean isPooled;

    private PostgresqlPool(RelaySettings.Ledger settings, boolean isPooled) {
        this.settings = settings;
        this.isPooled = isPooled;
    }

    /**
     * Checks the server and prepares the ledger, over connections whose statements may take long, as a migration does.
     *
     * @param prepare creates or checks the tables
     * @throws LedgerVersionException if the connections do not use the schema of {@code currentSchema}, or the database
     *     cannot store every character
     */
    static PostgresqlPool prepared(RelaySettings.Ledger settings, Consumer<DataSource> prepare) throws SQLException {
        boolean isPooled;
        try (HikariDataSource direct = new PostgresqlPool(settings, false).open(StatementTimeout.UNHURRIED)) {
            isPooled = isPooled(direct);
            checkEncoding(direct);
            checkSchema(settings, direct, isPooled);
            if (!isPooled) {
                prepare.accept(direct);
            }
        }
        PostgresqlPool pool = new PostgresqlPool(settings, isPooled);
        if (isPooled) {
            LogEvent.LEDGER_POOLED
                    .on(LOG)
                    .info(
                            "relay.ledger.url leads to a connection pooler such as PgBouncer: prepared statements are off");
            try (HikariDataSource unprepared = pool.open(StatementTimeout.UNHURRIED)) {
                prepare.accept(unprepared);
            }
        }
        return pool;
    }

    /** Opens connections whose statements take no longer than allowed. */
    HikariDataSource open(StatementTimeout timeout) {
        HikariConfig pool = new HikariConfig();
        pool.setPoolName(timeout.name());
        // Named, since the driver manager finds drivers only through the class loader that asked first.
        pool.setDriverClassName(Dialect.POSTGRESQL.driver());
        pool.setJdbcUrl(settings.url());
        pool.setConnectionTimeout(timeout.connection().toMillis());
        pool.setValidationTimeout(timeout.connection().toMillis());
        settings.username().ifPresent(pool::setUsername);
        settings.password().ifPresent(pool::setPassword);
        pool.setMaximumPoolSize(MOST_CONNECTIONS);
        pool.setMinimumIdle(1);
        // A server that stops answering must become a failure, which is retried. The URL may set other values.
        // As texts: Hikari ignores a property that is a number.
        pool.addDataSourceProperty(PGProperty.TCP_KEEP_ALIVE.getName(), "true");
        set(pool, PGProperty.SOCKET_TIMEOUT, timeout.silence());
        set(pool, PGProperty.CONNECT_TIMEOUT, timeout.connection());
        set(pool, PGProperty.CANCEL_SIGNAL_TIMEOUT, timeout.connection());
        if (isPooled) {
            pool.addDataSourceProperty(PGProperty.PREPARE_THRESHOLD.getName(), "0");
        }
        return new HikariDataSource(pool);
    }

    private static void set(HikariConfig pool, PGProperty timeout, Duration duration) {
        pool.addDataSourceProperty(timeout.getName(), Long.toString(duration.toSeconds()));
    }

    /**
     * A pooler gives each client a process id of its own, since clients and server connections are not paired. In a
     * transaction, so that a pooler that supports none is refused here.
     */
    private static boolean isPooled(HikariDataSource dataSource) throws SQLException {
        try (Handle handle = Jdbi.open(dataSource)) {
            PGConnection connection = handle.getConnection().unwrap(PGConnection.class);
            int threshold = connection.getPrepareThreshold();
            // Otherwise the driver prepares even the first COMMIT.
            connection.setPrepareThreshold(0);
            int server = handle.inTransaction(transaction -> transaction
                    .createQuery("SELECT pg_backend_pid()")
                    .mapTo(Integer.class)
                    .one());
            connection.setPrepareThreshold(threshold);
            return server != connection.getBackendPID();
        }
    }

    private static void checkEncoding(HikariDataSource dataSource) {
        String encoding = Jdbi.create(dataSource)
                .withHandle(handle -> handle.createQuery("SELECT current_setting('server_encoding')")
                        .mapTo(String.class)
                        .one());
        if (!encoding.equals("UTF8")) {
            throw new LedgerVersionException("would be in a database with the encoding " + encoding
                    + ", which cannot store every file name; create one with createdb -E UTF8 -T template0 NAME");
        }
    }

    /** A pooler may be set to ignore the parameter: the tables would then be created in another schema. */
    private static void checkSchema(RelaySettings.Ledger settings, HikariDataSource dataSource, boolean pooled) {
        Properties parameters = Driver.parseURL(settings.url(), null);
        String wanted = parameters == null ? null : PGProperty.CURRENT_SCHEMA.getOrDefault(parameters);
        if (wanted == null) {
            return;
        }
        String found = Jdbi.create(dataSource)
                .withHandle(handle -> handle.createQuery("SELECT coalesce(current_schema(), '')")
                        .mapTo(String.class)
                        .one());
        if (Stream.of(wanted.split(",")).noneMatch(name -> isNamed(name.strip(), found))) {
            throw new LedgerVersionException("would not be in the schema " + wanted + " of currentSchema"
                    + (found.isEmpty() ? "" : ", but in " + found) + "; "
                    + (pooled
                            ? "the connection pooler ignores currentSchema: remove it from relay.ledger.url, and run"
                                    + " ALTER ROLE USER SET search_path = " + wanted
                            : "create this schema, and grant the user USAGE and CREATE on it"));
        }
    }

    private static boolean isNamed(String entry, String schema) {
        return entry.equals("\"$user\"")
                || entry.equals("$user")
                || (entry.startsWith("\"") ? entry.equals('"' + schema + '"') : entry.equalsIgnoreCase(schema));
    }
}
