package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.exportrelay.api.DownloadUrl;
import org.exportrelay.api.Export;
import org.exportrelay.api.RejectedEntry;
import org.jdbi.v3.core.Handle;

/** The polling side of the ledger: which exports and files there are. Thread-safe. */
public final class Ledger {

    private final LedgerDatabase database;
    private final Clock clock;

    /**
     * @param database open
     * @param clock for first and last seen
     */
    public Ledger(LedgerDatabase database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /**
     * Records a completed export and its files, once, in one transaction; from then on it cannot be
     * lost. Recording it again changes nothing, but adds files that an earlier sighting lacked.
     */
    public Sighting record(Export export) {
        return database.jdbi().inTransaction(handle -> {
            lockRecording(handle);
            boolean known = isKnown(handle, export.exportId());
            if (!known) {
                insert(handle, export);
            }
            boolean filesAdded = !export.files().isEmpty() && !hasFiles(handle, export.exportId());
            if (filesAdded) {
                insertFiles(handle, export);
            }
            if (known && !filesAdded) {
                return Sighting.KNOWN;
            }
            return filesAdded ? Sighting.NEW : Sighting.TOO_LATE;
        });
    }

    /** Notes that exports were listed just now; unknown ids are ignored. */
    public void seen(Collection<String> exportIds) {
        if (exportIds.isEmpty()) {
            return;
        }
        database.jdbi().useHandle(handle -> handle.createUpdate(
                        "UPDATE export SET last_seen_at = :now WHERE export_id IN (<ids>)")
                .bind("now", clock.instant())
                .bindList("ids", List.copyOf(exportIds))
                .execute());
    }

    /** Those of some exports that are recorded together with their files. */
    public Set<String> known(Collection<String> exportIds) {
        if (exportIds.isEmpty()) {
            return Set.of();
        }
        return database.jdbi()
                .withHandle(handle -> new HashSet<>(
                        handle.createQuery("SELECT DISTINCT export_id FROM export_file WHERE export_id IN (<ids>)")
                                .bindList("ids", List.copyOf(exportIds))
                                .mapTo(String.class)
                                .list()));
    }

    /**
     * Notes an entry of the list that cannot be understood.
     *
     * @return whether it is new, so that it is told once
     */
    public boolean reject(RejectedEntry entry) {
        Instant now = clock.instant();
        return database.jdbi().withHandle(handle -> {
            int changed = handle.createUpdate(
                            "UPDATE rejected_entry SET last_seen_at = :now, reason = :reason WHERE export_id = :id")
                    .bind("now", now)
                    .bind("reason", entry.reason())
                    .bind("id", entry.exportId())
                    .execute();
            if (changed > 0) {
                return false;
            }
            handle.createUpdate(
                            """
                            INSERT INTO rejected_entry (export_id, reason, first_seen_at, last_seen_at)
                            VALUES (:id, :reason, :now, :now) ON CONFLICT DO NOTHING""")
                    .bind("id", entry.exportId())
                    .bind("reason", entry.reason())
                    .bind("now", now)
                    .execute();
            return true;
        });
    }

    private void lockRecording(Handle handle) {
        String lock = database.dialect().recordLock();
        if (!lock.isEmpty()) {
            handle.execute(lock);
        }
    }

    private static boolean isKnown(Handle handle, String exportId) {
        return handle.createQuery("SELECT 1 FROM export WHERE export_id = :id")
                .bind("id", exportId)
                .mapTo(Integer.class)
                .findOne()
                .isPresent();
    }

    private static boolean hasFiles(Handle handle, String exportId) {
        return handle.createQuery("SELECT 1 FROM export_file WHERE export_id = :id LIMIT 1")
                .bind("id", exportId)
                .mapTo(Integer.class)
                .findOne()
                .isPresent();
    }

    private void insert(Handle handle, Export export) {
        handle.createUpdate(
                        """
                        INSERT INTO export (export_id, name, status, progress, progress_stage, record_count, file_size,
                          created_at, updated_at, expires_at, first_seen_at, last_seen_at)
                        VALUES (:exportId, :name, :status, :progress, :progressStage, :recordCount, :fileSize,
                          :createdAt, :updatedAt, :expiresAt, :now, :now)""")
                .bindMethods(export)
                .bind("now", clock.instant())
                .execute();
    }

    private static void insertFiles(Handle handle, Export export) {
        long fileId = handle.createQuery("SELECT coalesce(max(file_id), 0) FROM export_file")
                .mapTo(Long.class)
                .one();
        Map<String, Integer> filenames = new HashMap<>();
        Set<String> safeNames = new HashSet<>();
        for (DownloadUrl file : export.files()) {
            handle.createUpdate(
                            """
                            INSERT INTO export_file (file_id, export_id, filename, occurrence, safe_name, size)
                            VALUES (:fileId, :exportId, :filename, :occurrence, :safeName, :size)""")
                    .bind("fileId", ++fileId)
                    .bind("exportId", export.exportId())
                    .bind("filename", file.filename())
                    .bind("occurrence", filenames.merge(file.filename(), 1, Integer::sum))
                    .bind("safeName", unused(FileName.safe(file.filename()), safeNames))
                    .bind("size", file.size())
                    .execute();
        }
    }

    /** Names that differ in case only are the same on some file systems. */
    private static String unused(String safeName, Set<String> used) {
        String name = safeName;
        for (int number = 2; !used.add(name.toLowerCase(Locale.ROOT)); number++) {
            name = FileName.numbered(safeName, number);
        }
        return name;
    }
}
