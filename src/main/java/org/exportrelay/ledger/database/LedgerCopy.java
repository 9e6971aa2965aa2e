package org.exportrelay.ledger.database;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.function.ToLongFunction;
import javax.sql.DataSource;
import org.exportrelay.log.LogEvent;
import org.flywaydb.core.api.MigrationVersion;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * A copy of an SQLite ledger, put aside before an upgrade: {@code ledger.db.v4.bak} beside {@code ledger.db}. An older
 * program cannot use an upgraded ledger, and without it the delivered exports would be delivered again. It replaces an
 * earlier copy of the same version, which has fewer deliveries.
 */
final class LedgerCopy {

    private static final Logger LOG = Logger.getLogger(LedgerCopy.class);

    /** Left free for the upgrade itself. */
    private static final long RESERVE = 16L << 20;

    private final DataSource dataSource;
    private final ToLongFunction<Path> usableSpace;

    LedgerCopy(DataSource dataSource) {
        this(dataSource, directory -> directory.toFile().getUsableSpace());
    }

    LedgerCopy(DataSource dataSource, ToLongFunction<Path> usableSpace) {
        this.dataSource = dataSource;
        this.usableSpace = usableSpace;
    }

    /**
     * Creates the copy. It is complete on the disk when this returns.
     *
     * @param version of the ledger
     * @throws LedgerVersionException if there is no space for it, or it cannot be written
     */
    void create(MigrationVersion version) {
        try (Handle handle = Jdbi.open(dataSource)) {
            Path ledger = Path.of(handle.createQuery("SELECT file FROM pragma_database_list WHERE name = 'main'")
                    .mapTo(String.class)
                    .one());
            Path copy = ledger.resolveSibling(ledger.getFileName() + ".v" + version + ".bak");
            requireSpace(handle, version, copy);
            Path unfinished = copy.resolveSibling(copy.getFileName() + ".part");
            try {
                Files.deleteIfExists(unfinished);
                handle.execute("VACUUM INTO ?", unfinished.toString());
                try (FileChannel file = FileChannel.open(unfinished, StandardOpenOption.READ)) {
                    file.force(true);
                }
                Files.move(unfinished, copy, StandardCopyOption.ATOMIC_MOVE);
            } catch (IOException | RuntimeException e) {
                unfinished.toFile().delete();
                throw new LedgerVersionException("of version " + version + " must be upgraded, but the copy " + copy
                        + " cannot be created before (" + LedgerDatabase.describe(e)
                        + "); let this user write to the directory");
            }
            LogEvent.LEDGER_COPIED.on(LOG).infof("ledger: copied version %s to %s before the upgrade", version, copy);
        }
    }

    private void requireSpace(Handle handle, MigrationVersion version, Path copy) {
        long size = handle.createQuery(
                        "SELECT (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size)")
                .mapTo(Long.class)
                .one();
        long usable = usableSpace.applyAsLong(copy.getParent());
        // The upgrade may need as much again, for a table that it creates anew.
        if (usable < 2 * size + RESERVE) {
            throw new LedgerVersionException(String.format(
                    Locale.ROOT,
                    "of version %s must be upgraded, and copied to %s before; this needs %,d bytes, but %s has %,d free;"
                            + " free some space, then start again",
                    version,
                    copy,
                    2 * size + RESERVE,
                    copy.getParent(),
                    usable));
        }
    }
}
