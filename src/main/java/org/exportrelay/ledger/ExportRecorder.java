package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.exportrelay.api.DownloadUrl;
import org.exportrelay.api.Export;
import org.exportrelay.api.RejectedEntry;
import org.exportrelay.delivery.FileName;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/** The polling side of the ledger: records which exports and files there are. Thread-safe. */
public final class ExportRecorder {

    private static final String WITH_FILES = "SELECT DISTINCT export_id FROM export_file WHERE export_id IN (<ids>)";

    private static final String WAITING =
            """
            SELECT DISTINCT f.export_id FROM export_file f WHERE f.export_id IN (<ids>)
              AND EXISTS (SELECT 1 FROM delivery d WHERE d.file_id = f.file_id AND d.%s)"""
                    .formatted(Sql.OPEN);

    private final LedgerDatabase database;
    private final Clock clock;

    /**
     * @param database open
     * @param clock for when an export was first listed
     */
    public ExportRecorder(LedgerDatabase database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /**
     * Records completed exports and their files, once, in one transaction; from then on they cannot be lost. Recording
     * one again changes nothing, but adds the files that it had not listed before.
     *
     * @param exports each once
     * @param traceparent the trace context of the poll; empty while tracing is off
     * @return what each of them was to the ledger, in their order
     */
    public List<RecordResult> record(Collection<Export> exports, Optional<String> traceparent) {
        if (exports.isEmpty()) {
            return List.of();
        }
        return database.jdbi().inTransaction(handle -> {
            lockRecording(handle);
            List<String> ids = exports.stream().map(Export::exportId).toList();
            Set<String> recorded = ids(handle, "SELECT export_id FROM export WHERE export_id IN (<ids>)", ids);
            Set<String> withFiles = ids(handle, WITH_FILES, ids);
            insert(
                    handle,
                    exports.stream()
                            .filter(export -> !recorded.contains(export.exportId()))
                            .toList(),
                    traceparent);
            insertFiles(
                    handle,
                    exports.stream()
                            .filter(export -> !withFiles.contains(export.exportId()))
                            .toList());
            accept(handle, ids);
            recordUnfetchable(
                    handle,
                    exports.stream()
                            .filter(export -> !recorded.contains(export.exportId()))
                            .filter(export -> export.files().isEmpty() && export.expiresAt() != null)
                            .toList());
            return exports.stream()
                    .map(export -> result(export, recorded, withFiles))
                    .toList();
        });
    }

    /**
     * An event for each export that came too late. Not for those that had expired before a relay first ran on this ledger:
     * an account with years of exports has very many of them.
     */
    private void recordUnfetchable(Handle handle, List<Export> exports) {
        Instant now = clock.instant();
        List<Export> expired = exports.stream()
                .filter(export -> !export.expiresAt().isAfter(now))
                .toList();
        if (expired.isEmpty()) {
            return;
        }
        Instant start = firstStart(handle).orElse(now);
        EventLog.append(
                handle,
                expired.stream()
                        .filter(export -> export.expiresAt().isAfter(start))
                        .map(export -> Event.of(
                                        EventKind.EXPORT_UNFETCHABLE,
                                        now,
                                        "its URLs had expired at " + export.expiresAt()
                                                + " when the relay first saw it; run the export again")
                                .ofExport(export.exportId()))
                        .toList());
    }

    private static Optional<Instant> firstStart(Handle handle) {
        return handle.createQuery("SELECT min(at) AS first FROM event WHERE kind = :kind")
                .bind("kind", EventKind.INSTANCE_STARTED.text())
                .map((row, context) -> Optional.ofNullable(Sql.instant(row, "first", context)))
                .one();
    }

    /**
     * Records exports that the vendor could not produce, each once.
     *
     * @param exports as they are listed
     */
    public void recordFailed(Collection<Export> exports) {
        if (exports.isEmpty()) {
            return;
        }
        database.jdbi().useTransaction(handle -> {
            lockRecording(handle);
            Set<String> known = new HashSet<>(handle.createQuery(
                            "SELECT export_id FROM event WHERE export_id IN (<ids>) AND kind = :kind")
                    .bindList(
                            "ids",
                            Sql.ids(exports.stream().map(Export::exportId).toList()))
                    .bind("kind", EventKind.EXPORT_FAILED.text())
                    .mapTo(String.class)
                    .list());
            EventLog.append(
                    handle,
                    exports.stream()
                            .filter(export -> known.add(export.exportId()))
                            .map(export -> Event.of(
                                            EventKind.EXPORT_FAILED,
                                            clock.instant(),
                                            "the export" + (export.name() == null ? "" : " " + export.name())
                                                    + " failed at the vendor; run it again")
                                    .ofExport(export.exportId()))
                            .toList());
        });
    }

    private static RecordResult result(Export export, Set<String> recorded, Set<String> withFiles) {
        if (!export.files().isEmpty() && !withFiles.contains(export.exportId())) {
            return RecordResult.NEW;
        }
        return recorded.contains(export.exportId()) ? RecordResult.KNOWN : RecordResult.TOO_LATE;
    }

    /** Those of some exports that are recorded together with their files. */
    public Set<String> known(Collection<String> exportIds) {
        if (exportIds.isEmpty()) {
            return Set.of();
        }
        return database.jdbi().withHandle(handle -> ids(handle, WITH_FILES, exportIds));
    }

    /** Those of some exports of which a delivery waits. */
    public Set<String> waiting(Collection<String> exportIds) {
        return exportIds.isEmpty() ? Set.of() : database.jdbi().withHandle(handle -> ids(handle, WAITING, exportIds));
    }

    private static Set<String> ids(Handle handle, String query, Collection<String> exportIds) {
        return new HashSet<>(handle.createQuery(query)
                .bindList("ids", Sql.ids(exportIds))
                .mapTo(String.class)
                .list());
    }

    /**
     * Records an entry of the list that cannot be read.
     *
     * @return whether it is new, so that it is logged once
     */
    public boolean reject(RejectedEntry entry) {
        return database.jdbi().withHandle(handle -> {
            boolean isNew = handle.createUpdate(
                                    """
                                    INSERT INTO rejected_entry (export_id, reason, first_seen_at)
                                    VALUES (:id, :reason, :now) ON CONFLICT DO NOTHING""")
                            .bind("id", entry.exportId())
                            .bind("reason", entry.reason())
                            .bind("now", clock.instant())
                            .execute()
                    == 1;
            if (!isNew) {
                handle.createUpdate(
                                "UPDATE rejected_entry SET reason = :reason WHERE export_id = :id AND reason <> :reason")
                        .bind("reason", entry.reason())
                        .bind("id", entry.exportId())
                        .execute();
            }
            return isNew;
        });
    }

    /** Exports that can be read now are no longer rejected. */
    private static void accept(Handle handle, Collection<String> exportIds) {
        handle.createUpdate("DELETE FROM rejected_entry WHERE export_id IN (<ids>)")
                .bindList("ids", Sql.ids(exportIds))
                .execute();
    }

    private void lockRecording(Handle handle) {
        String lock = database.dialect().recordLock();
        if (!lock.isEmpty()) {
            handle.execute(lock);
        }
    }

    private void insert(Handle handle, Collection<Export> exports, Optional<String> traceparent) {
        PreparedBatch batch = handle.prepareBatch(
                """
                INSERT INTO export (export_id, name, status, progress, progress_stage, record_count, file_size,
                  created_at, updated_at, expires_at, first_seen_at, traceparent)
                VALUES (:exportId, :name, :status, :progress, :progressStage, :recordCount, :fileSize,
                  :createdAt, :updatedAt, :expiresAt, :now, :traceparent)""");
        exports.forEach(export -> batch.bindMethods(export)
                .bind("now", clock.instant())
                .bind("traceparent", traceparent.orElse(null))
                .add());
        batch.execute();
    }

    private static void insertFiles(Handle handle, Collection<Export> exports) {
        long fileId = handle.createQuery("SELECT coalesce(max(file_id), 0) FROM export_file")
                .mapTo(Long.class)
                .one();
        PreparedBatch batch = handle.prepareBatch(
                """
                INSERT INTO export_file (file_id, export_id, filename, occurrence, safe_name, size)
                VALUES (:fileId, :exportId, :filename, :occurrence, :safeName, :size)""");
        for (Export export : exports) {
            Map<String, Integer> filenames = new HashMap<>();
            UnusedNames safeNames = new UnusedNames();
            for (DownloadUrl file : export.files()) {
                batch.bind("fileId", ++fileId)
                        .bind("exportId", export.exportId())
                        .bind("filename", file.filename())
                        .bind("occurrence", filenames.merge(file.filename(), 1, Integer::sum))
                        .bind("safeName", safeNames.take(FileName.safe(file.filename())))
                        .bind("size", file.size())
                        .add();
            }
        }
        batch.execute();
    }

    /** Names that differ in case only are the same on some file systems. */
    private static final class UnusedNames {

        private final Set<String> used = new HashSet<>();
        /** The next number of each name, since an export may have thousands of files of the same name. */
        private final Map<String, Integer> numbers = new HashMap<>();

        String take(String safeName) {
            String name = safeName;
            while (!used.add(name.toLowerCase(Locale.ROOT))) {
                name = FileName.numbered(
                        safeName, numbers.merge(safeName.toLowerCase(Locale.ROOT), 1, Integer::sum) + 1);
            }
            return name;
        }
    }
}
