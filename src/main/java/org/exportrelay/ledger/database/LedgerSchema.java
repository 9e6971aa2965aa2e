package org.exportrelay.ledger.database;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import javax.sql.DataSource;
import org.exportrelay.log.LogEvent;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.CoreErrorCode;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationInfoService;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/** The ledger's tables and their version. Only a relay that polls and delivers creates or upgrades them. */
final class LedgerSchema {

    private static final Logger LOG = Logger.getLogger(LedgerSchema.class);
    /** How long an upgrade waits for sessions that have locked a table. */
    private static final Duration LOCK_BUDGET = Duration.ofMinutes(1);

    private static final String[] TABLES = {"TABLE", "PARTITIONED TABLE", "FOREIGN TABLE", "VIEW", "MATERIALIZED VIEW"};

    private final DataSource dataSource;
    private final Dialect dialect;
    private final MigrationLocks locks;
    private final Flyway flyway;

    LedgerSchema(DataSource dataSource, Dialect dialect) {
        this(dataSource, dialect, LOCK_BUDGET);
    }

    LedgerSchema(DataSource dataSource, Dialect dialect, Duration lockBudget) {
        this.dataSource = dataSource;
        this.dialect = dialect;
        this.locks = new MigrationLocks(lockBudget);
        FluentConfiguration configuration = Flyway.configure(LedgerSchema.class.getClassLoader())
                .dataSource(dataSource)
                .locations("classpath:db/migration", dialect.migrations())
                .placeholders(dialect.placeholders());
        this.flyway = (dialect == Dialect.POSTGRESQL ? configuration.callbacks(locks) : configuration).load();
    }

    /**
     * Creates the tables, or upgrades them to this program's version.
     *
     * @throws LedgerVersionException if a newer program has upgraded them already, the schema is another program's, or
     *     other sessions keep the tables locked
     */
    void migrate() {
        MigrationInfoService info = flyway.info();
        refuseNewer(info);
        refuseDamaged(info);
        if (version(info).isPresent() && info.pending().length == 0) {
            return;
        }
        logUpgrade(info);
        copyBeforeUpgrade(info);
        try {
            locks.retry(flyway::migrate);
        } catch (FlywayException e) {
            if (e.getErrorCode() == CoreErrorCode.NON_EMPTY_SCHEMA_WITHOUT_SCHEMA_HISTORY_TABLE) {
                throw otherProgram();
            }
            throw e;
        }
    }

    private void logUpgrade(MigrationInfoService info) {
        if (info.pending().length > 0) {
            version(info).ifPresent(found -> LogEvent.LEDGER_UPGRADING
                    .on(LOG)
                    .infof(
                            "ledger: upgrading from version %s to %s%s; let it finish",
                            found, latest(info), dialect.upgradeCost()));
        }
    }

    /** The administrator of a PostgreSQL server makes backups of it. */
    private void copyBeforeUpgrade(MigrationInfoService info) {
        if (dialect == Dialect.SQLITE && info.pending().length > 0) {
            version(info).ifPresent(new LedgerCopy(dataSource)::create);
        }
    }

    /**
     * Checks that the tables are of this program's version, and changes nothing.
     *
     * @throws LedgerVersionException if they are of another version, or not there
     */
    void check() {
        pending().ifPresent(text -> {
            throw new LedgerVersionException(text);
        });
    }

    /**
     * What the next start of a relay does to the tables, as a continuation of "the ledger"; empty if they are of this
     * program's version. Changes nothing.
     *
     * @throws LedgerVersionException if that start would be refused
     */
    Optional<String> pending() {
        MigrationInfoService info = flyway.info();
        Optional<MigrationVersion> found = version(info);
        if (found.isEmpty()) {
            refuseDamaged(info);
            refuseOtherProgram();
            return Optional.of("has no tables yet; run or once creates them");
        }
        refuseNewer(info);
        refuseDamaged(info);
        return info.pending().length == 0
                ? Optional.empty()
                : Optional.of(
                        "is of version " + found.get() + ", and this program reads version " + latest(info)
                                + "; start the relay of this program once, which upgrades it, or use the program that runs now");
    }

    /**
     * As {@link #pending}.
     *
     * @throws LedgerVersionException also if the server does not allow this user to do it
     */
    Optional<String> pendingAndAllowed() {
        Optional<String> pending = pending();
        if (dialect == Dialect.POSTGRESQL) {
            requireRights(pending.isPresent());
        }
        return pending;
    }

    private void requireRights(boolean toCreateTables) {
        try (Handle handle = Jdbi.open(dataSource)) {
            if (isTrue(handle, "SELECT current_setting('transaction_read_only') = 'on'")) {
                throw new LedgerVersionException(
                        "cannot be written: transactions are read-only; if the server is a standby, name the primary, otherwise"
                                + " run ALTER ROLE USER SET default_transaction_read_only = off");
            }
            if (toCreateTables && !isTrue(handle, "SELECT has_schema_privilege(current_schema(), 'CREATE')")) {
                throw new LedgerVersionException("cannot be created or upgraded by this user; grant this user USAGE and"
                        + " CREATE on the schema");
            }
        }
    }

    private static boolean isTrue(Handle handle, String query) {
        return handle.createQuery(query).mapTo(Boolean.class).findOne().orElse(false);
    }

    private void refuseOtherProgram() {
        try (Connection connection = dataSource.getConnection();
                ResultSet tables = connection
                        .getMetaData()
                        .getTables(connection.getCatalog(), connection.getSchema(), "%", TABLES)) {
            if (tables.next()) {
                throw otherProgram();
            }
        } catch (SQLException e) {
            throw new FlywayException("cannot list the tables", e);
        }
    }

    private static LedgerVersionException otherProgram() {
        return new LedgerVersionException("would share its schema with the tables of another program; create a"
                + " database or a schema of its own (…?currentSchema=NAME)");
    }

    private static void refuseNewer(MigrationInfoService info) {
        MigrationVersion latest = latest(info);
        version(info).filter(found -> found.isNewerThan(latest.getVersion())).ifPresent(found -> {
            throw new LedgerVersionException("is of version " + found + ", and this program knows only up to version "
                    + latest + "; use the newer program that upgraded it, or restore a backup");
        });
    }

    /** An upgrade that ended halfway, or a history that was edited: what the tables are like is unknown. */
    private static void refuseDamaged(MigrationInfoService info) {
        for (MigrationInfo applied : info.applied()) {
            String problem = applied.getState().isFailed()
                    ? "the upgrade to version " + applied.getVersion() + " failed halfway"
                    : "the record of its upgrade to version " + applied.getVersion() + " was changed";
            if (applied.getState().isFailed() || !applied.isChecksumMatching()) {
                throw new LedgerVersionException(
                        "cannot be used, since " + problem + "; restore a backup, or start with an empty ledger");
            }
        }
    }

    private static Optional<MigrationVersion> version(MigrationInfoService info) {
        return Optional.ofNullable(info.current()).map(MigrationInfo::getVersion);
    }

    /** Of the migrations that this program has, whether applied or pending. */
    private static MigrationVersion latest(MigrationInfoService info) {
        MigrationVersion latest = MigrationVersion.EMPTY;
        for (MigrationInfo migration : info.all()) {
            if (migration.getState().isResolved() && latest.compareTo(migration.getVersion()) < 0) {
                latest = migration.getVersion();
            }
        }
        return latest;
    }
}
