package org.exportrelay.ledger.database;

import java.util.Optional;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.CoreErrorCode;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationInfoService;
import org.flywaydb.core.api.MigrationVersion;

/** The ledger's tables and their version. Only a relay that polls and delivers creates or upgrades them. */
final class LedgerSchema {

    private final Flyway flyway;

    LedgerSchema(DataSource dataSource, Dialect dialect) {
        this.flyway = Flyway.configure(LedgerSchema.class.getClassLoader())
                .dataSource(dataSource)
                .locations("classpath:db/migration", dialect.migrations())
                .placeholders(dialect.placeholders())
                .load();
    }

    /**
     * Creates the tables, or upgrades them to this program's version.
     *
     * @throws LedgerVersionException if a newer program has upgraded them already, or the schema is another program's
     */
    void migrate() {
        MigrationInfoService info = flyway.info();
        refuseNewer(info);
        try {
            flyway.migrate();
        } catch (FlywayException e) {
            if (e.getErrorCode() == CoreErrorCode.NON_EMPTY_SCHEMA_WITHOUT_SCHEMA_HISTORY_TABLE) {
                throw new LedgerVersionException("would share its schema with the tables of another program; create a"
                        + " database or a schema of its own (…?currentSchema=NAME)");
            }
            throw e;
        }
    }

    /**
     * Checks that the tables are of this program's version, and changes nothing.
     *
     * @throws LedgerVersionException if they are of another version, or not there
     */
    void check() {
        MigrationInfoService info = flyway.info();
        MigrationVersion found = version(info)
                .orElseThrow(() -> new LedgerVersionException("has no tables yet; run or once creates them"));
        refuseNewer(info);
        if (info.pending().length > 0) {
            throw new LedgerVersionException(
                    "is of version " + found + ", and this program reads version " + latest(info)
                            + "; start the relay of this program once, which upgrades it, or use the program that runs now");
        }
    }

    private static void refuseNewer(MigrationInfoService info) {
        MigrationVersion latest = latest(info);
        version(info).filter(found -> found.isNewerThan(latest.getVersion())).ifPresent(found -> {
            throw new LedgerVersionException("is of version " + found + ", and this program knows only up to version "
                    + latest + "; use the newer program that upgraded it, or restore a backup");
        });
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
