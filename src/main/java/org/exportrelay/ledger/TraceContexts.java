package org.exportrelay.ledger;

import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jdbi.v3.core.statement.PreparedBatch;

/**
 * Which poll has found an export and which download has brought a file, as W3C trace contexts: a delivery links to them
 * days later, also in another process. Used only while tracing is on. Thread-safe.
 */
public final class TraceContexts {

    private final LedgerDatabase database;

    /**
     * @param database open
     */
    public TraceContexts(LedgerDatabase database) {
        this.database = database;
    }

    /** The poll that has found the export of a file, then the download that has brought the file, if they are known. */
    public List<String> ofFile(long fileId) {
        return database.jdbi()
                .withHandle(handle -> handle.createQuery(
                                """
                                SELECT e.traceparent AS poll, f.traceparent AS download
                                FROM export_file f JOIN export e ON e.export_id = f.export_id WHERE f.file_id = :file""")
                        .bind("file", fileId)
                        .map((row, context) -> Stream.of(row.getString("poll"), row.getString("download"))
                                .filter(Objects::nonNull)
                                .toList())
                        .findOne())
                .orElse(List.of());
    }

    /** The poll that has found an export, if it is known. */
    public List<String> ofExport(String exportId) {
        return database.jdbi().withHandle(handle -> handle.createQuery(
                        "SELECT traceparent FROM export WHERE export_id = :export AND traceparent IS NOT NULL")
                .bind("export", exportId)
                .mapTo(String.class)
                .list());
    }

    /** Files were downloaded. In the order in which every transaction locks files. */
    public void downloaded(Collection<Long> fileIds, String traceparent) {
        database.jdbi().useTransaction(handle -> {
            PreparedBatch batch =
                    handle.prepareBatch("UPDATE export_file SET traceparent = :traceparent WHERE file_id = :file");
            fileIds.stream().sorted().forEach(file -> batch.bind("traceparent", traceparent)
                    .bind("file", file)
                    .add());
            batch.execute();
        });
    }
}
