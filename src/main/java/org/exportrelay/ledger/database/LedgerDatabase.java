package org.exportrelay.ledger.database;

import com.zaxxer.hikari.HikariDataSource;
import io.quarkus.runtime.util.ExceptionUtil;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.camel.util.ObjectHelper;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.SettingsException;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.HandleConsumer;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.statement.SqlStatements;

/**
 * The ledger's database: SQLite or PostgreSQL, as {@code relay.ledger.url} says. Built at run time rather than as a
 * Quarkus data source, since commands that need no ledger must not open it, and the same jar serves both databases.
 */
public final class LedgerDatabase implements AutoCloseable {

    /** PostgreSQL's SQLSTATE of a statement that was cancelled because of its time-out. */
    private static final String QUERY_CANCELED = "57014";

    private static final Logger LOG = Logger.getLogger(LedgerDatabase.class);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    /** The default of {@code relay.delivery.lease}. */
    private static final Duration USUAL_LEASE = Duration.ofMinutes(2);

    private static final String CHECK_ACCESS =
            "check that it exists and may be written, and check" + " relay.ledger.username and relay.ledger.password";

    /** SQLSTATEs of PostgreSQL. */
    private static final String READ_ONLY = "25006";

    private static final String INSUFFICIENT_PRIVILEGE = "42501";
    /** PgBouncer reports with it what it does not support. */
    private static final String PROTOCOL_VIOLATION = "08P01";

    private final AutoCloseable connections;
    private final Dialect dialect;
    private final Optional<ProcessLock> lock;
    private final Jdbi jdbi;
    private final Jdbi leases;

    private LedgerDatabase(
            AutoCloseable connections, Jdbi jdbi, Jdbi leases, Dialect dialect, Optional<ProcessLock> lock) {
        this.connections = connections;
        this.dialect = dialect;
        this.lock = lock;
        this.jdbi = withInstants(jdbi, dialect);
        this.leases = withInstants(leases, dialect);
    }

    private static Jdbi withInstants(Jdbi jdbi, Dialect dialect) {
        return jdbi.define(Dialect.ATTRIBUTE, dialect)
                .registerArgument(new InstantArgument(dialect))
                .registerColumnMapper(Instant.class, InstantArgument.reader(dialect));
    }

    /**
     * Opens the database to read or to replay, also beside a running relay. Neither creates nor upgrades it.
     *
     * @throws SettingsException if there is none, it is of another version, or it cannot be reached; the message never
     *     contains the password
     */
    public static LedgerDatabase open(RelaySettings.Ledger settings) {
        if (!exists(settings)) {
            throw new SettingsException(
                    "relay.ledger.url=" + withoutCredentials(settings.url())
                            + ": there is no ledger yet; run or once creates it (to use that of 'run --sandbox', add --sandbox)");
        }
        return open(settings, Optional.empty(), Optional.empty(), LedgerSchema::check);
    }

    /**
     * Opens the database to poll and deliver, and creates or upgrades its tables. One process at a time may do so on an
     * SQLite file, also where two have data directories of their own; on PostgreSQL many may.
     *
     * @throws SettingsException if it cannot be reached or written, is of a newer version, or if another process uses the
     *     SQLite file
     */
    public static LedgerDatabase openForWork(RelaySettings.Ledger settings) {
        return openForWork(settings, USUAL_LEASE);
    }

    /**
     * As {@link #openForWork(RelaySettings.Ledger)}.
     *
     * @param lease how long a claim holds without renewal: PostgreSQL's statements end well before, or fail
     */
    public static LedgerDatabase openForWork(RelaySettings.Ledger settings, Duration lease) {
        return open(settings, lock(settings), Optional.of(lease), LedgerSchema::migrate);
    }

    /** Whether there is a ledger as far as can be known without opening it: an SQLite file, or any PostgreSQL database. */
    public static boolean exists(RelaySettings.Ledger settings) {
        return Dialect.of(settings.url()) != Dialect.SQLITE || Files.exists(file(settings.url()));
    }

    /**
     * Describes a ledger that a relay can use, or that the next start of a relay creates or upgrades. Changes nothing.
     *
     * @throws SettingsException if a relay cannot use it; the message never contains the password
     */
    public static String check(RelaySettings.Ledger settings) {
        String url = withoutCredentials(settings.url());
        if (!exists(settings)) {
            return url + " does not exist yet; run or once creates it";
        }
        AtomicReference<String> text = new AtomicReference<>("can be read and has the right tables");
        open(settings, Optional.empty(), Optional.empty(), schema -> schema.pendingAndAllowed()
                        .ifPresent(text::set))
                .close();
        return url + " " + text.get();
    }

    private static LedgerDatabase open(
            RelaySettings.Ledger settings,
            Optional<ProcessLock> lock,
            Optional<Duration> lease,
            Consumer<LedgerSchema> prepare) {
        try {
            return Dialect.of(settings.url()) == Dialect.SQLITE
                    ? sqlite(settings, lock, prepare)
                    : postgresql(settings, lease, prepare);
        } catch (LedgerVersionException e) {
            lock.ifPresent(ProcessLock::close);
            throw new SettingsException(
                    "relay.ledger.url=" + withoutCredentials(settings.url()) + ": the ledger " + e.getMessage());
        } catch (SQLException | RuntimeException e) {
            lock.ifPresent(ProcessLock::close);
            throw cannotBeOpened(settings, e);
        }
    }

    private static SettingsException cannotBeOpened(RelaySettings.Ledger settings, Exception cause) {
        return new SettingsException("relay.ledger.url=" + withoutCredentials(settings.url())
                + ": the ledger cannot be opened (" + describe(cause) + "); " + hint(cause));
    }

    private static String hint(Exception cause) {
        SQLException refusal = ObjectHelper.getException(SQLException.class, cause);
        String state = refusal == null || refusal.getSQLState() == null ? "" : refusal.getSQLState();
        return switch (state) {
            case READ_ONLY -> "transactions are read-only: if the server is a standby, name the primary, otherwise run"
                    + " ALTER ROLE USER SET default_transaction_read_only = off";
            case INSUFFICIENT_PRIVILEGE -> "grant this user USAGE and CREATE on the schema";
            case PROTOCOL_VIOLATION -> poolerHint(String.valueOf(refusal.getMessage()));
            default -> CHECK_ACCESS;
        };
    }

    private static String poolerHint(String refusal) {
        if (refusal.contains("startup parameter")) {
            return "PgBouncer does not pass this parameter on: remove it from relay.ledger.url, and set it for the user"
                    + " on the server (ALTER ROLE USER SET PARAMETER = VALUE)";
        }
        return refusal.contains("statement pooling")
                ? "the ledger needs transactions: set pool_mode = transaction or session in PgBouncer"
                : CHECK_ACCESS;
    }

    private static LedgerDatabase sqlite(
            RelaySettings.Ledger settings, Optional<ProcessLock> lock, Consumer<LedgerSchema> prepare) {
        SqliteConnection connection = new SqliteConnection(settings.url(), PATIENCE);
        prepare.accept(new LedgerSchema(connection.dataSource(), Dialect.SQLITE));
        Jdbi jdbi = Jdbi.create(connection);
        jdbi.setStatementBuilderFactory(new SqliteConnection.Statements());
        return new LedgerDatabase(connection, jdbi, jdbi, Dialect.SQLITE, lock);
    }

    /** Without a lease, for commands: each of their statements may take long, and they have nothing to renew. */
    private static LedgerDatabase postgresql(
            RelaySettings.Ledger settings, Optional<Duration> lease, Consumer<LedgerSchema> prepare)
            throws SQLException {
        PostgresqlPool pool = PostgresqlPool.prepared(
                settings, dataSource -> prepare.accept(new LedgerSchema(dataSource, Dialect.POSTGRESQL)));
        StatementTimeout timeout = lease.map(StatementTimeout::ofWork).orElse(StatementTimeout.UNHURRIED);
        HikariDataSource work = pool.open(timeout);
        if (lease.isEmpty()) {
            Jdbi jdbi = Jdbi.create(work);
            return new LedgerDatabase(work, jdbi, jdbi, Dialect.POSTGRESQL, Optional.empty());
        }
        StatementTimeout ofRenewal = StatementTimeout.ofRenewal(lease.get());
        HikariDataSource leases = pool.open(ofRenewal);
        return new LedgerDatabase(
                () -> {
                    leases.close();
                    work.close();
                },
                limited(work, timeout),
                limited(leases, ofRenewal),
                Dialect.POSTGRESQL,
                Optional.empty());
    }

    private static Jdbi limited(HikariDataSource connections, StatementTimeout timeout) {
        return Jdbi.create(connections)
                .configure(
                        SqlStatements.class,
                        statements -> statements.setQueryTimeout(
                                (int) timeout.statement().toSeconds()));
    }

    /**
     * For SQLite, a file beside the database's: SQLite's own locks are on that one, and end when this process closes it
     * once.
     */
    private static Optional<ProcessLock> lock(RelaySettings.Ledger settings) {
        if (Dialect.of(settings.url()) != Dialect.SQLITE) {
            return Optional.empty();
        }
        Path file = file(settings.url());
        try {
            Files.createDirectories(file.getParent());
            return Optional.of(ProcessLock.take(file.resolveSibling(file.getFileName() + ".lock"))
                    .orElseThrow(() -> new SettingsException("relay.ledger.url=" + withoutCredentials(settings.url())
                            + ": another Export Relay process uses this ledger; stop that one, or share one on"
                            + " PostgreSQL")));
        } catch (IOException e) {
            throw cannotBeOpened(settings, e);
        }
    }

    private static Path file(String url) {
        return Path.of(url.substring("jdbc:sqlite:".length()).replaceFirst("\\?.*", ""))
                .toAbsolutePath();
    }

    private static String withoutCredentials(String url) {
        return url.replaceFirst("\\?.*", "").replaceFirst("//[^/@]*@", "//");
    }

    /** Whether something failed because the ledger did. */
    public static boolean isFault(Throwable failure) {
        return ObjectHelper.getException(SQLException.class, failure) != null
                || ObjectHelper.getException(JdbiException.class, failure) != null;
    }

    /** Whether the database did not answer in time, as one that hangs, unlike one that refuses connections. */
    public static boolean isTimeout(Throwable failure) {
        if (ObjectHelper.getException(SocketTimeoutException.class, failure) != null) {
            return true;
        }
        // The innermost: the pool wraps the failure of a connection, and has none if it only waited for one.
        SQLException last = null;
        for (Throwable cause : ObjectHelper.createExceptionIterable(failure)) {
            last = cause instanceof SQLException sql ? sql : last;
        }
        return last instanceof SQLTimeoutException
                || last instanceof SQLTransientConnectionException && last.getCause() == null
                || last != null && QUERY_CANCELED.equals(last.getSQLState());
    }

    /** The database's own message, in one line, without the statement and its values. */
    public static String describe(Throwable failure) {
        Throwable root = ExceptionUtil.getRootCause(failure);
        return String.valueOf(root.getMessage())
                .lines()
                .findFirst()
                .orElse(root.getClass().getSimpleName());
    }

    /**
     * Whether no other process can use this ledger: SQLite, under the data directory's lock. A start may then
     * immediately take over what was in flight; on PostgreSQL leases decide.
     */
    public boolean isExclusive() {
        return dialect == Dialect.SQLITE;
    }

    public Jdbi jdbi() {
        return jdbi;
    }

    /**
     * To renew leases: on PostgreSQL over connections of their own, so that no other work can use up the connections.
     * SQLite has a single one.
     */
    public Jdbi leases() {
        return leases;
    }

    /**
     * Reads one state of the ledger for any length of time. On SQLite a single query sees one state, and a transaction
     * would block writers meanwhile; PostgreSQL fetches in portions only within a transaction.
     */
    public void read(HandleConsumer<RuntimeException> reader) {
        if (dialect == Dialect.SQLITE) {
            jdbi.useHandle(reader);
        } else {
            jdbi.useTransaction(reader);
        }
    }

    public Dialect dialect() {
        return dialect;
    }

    @Override
    public void close() {
        try {
            connections.close();
        } catch (Exception e) {
            // The process ends, and its connections with it.
            LOG.debug("the ledger could not be closed", e);
        }
        lock.ifPresent(ProcessLock::close);
    }
}
