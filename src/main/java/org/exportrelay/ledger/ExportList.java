package org.exportrelay.ledger;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.NamePattern;
import org.exportrelay.ledger.Status.Row;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;

/**
 * Pages of the exports that have files, the one with the newest file first. A page searches a bounded number of files, so
 * that its time does not depend on the history. Reads only. Thread-safe.
 */
public final class ExportList {

    /** Files that one page searches for a name. */
    private static final int SEARCHED = 20_000;
    /** Deliveries that are read at a time. */
    private static final int BATCH = 200;

    private static final String IN_TIME =
            " AND (SELECT e.created_at FROM export e WHERE e.export_id = f.export_id) BETWEEN :since AND :until";

    private final LedgerDatabase database;

    /**
     * @param database open
     */
    public ExportList(LedgerDatabase database) {
        this.database = database;
    }

    /**
     * Which exports.
     *
     * @param name which names they, or one of their files, have; null for any
     * @param destination with a delivery to it; null for any
     * @param states with a delivery in one of them; empty for any
     * @param since created then or later; null for any time
     * @param until created then or before; null for any time
     */
    public record Choice(
            NamePattern name, String destination, Set<DeliveryState> states, Instant since, Instant until) {

        /** Of any time. */
        public Choice(NamePattern name, String destination, Set<DeliveryState> states) {
            this(name, destination, states, null, null);
        }

        private boolean hasTime() {
            return since != null || until != null;
        }

        /** One that the API lists without its time is chosen only for any time. */
        private boolean matches(Row row) {
            boolean isNamed = name == null || name.matches(row.name()) || name.matches(row.filename());
            boolean isInTime = !hasTime()
                    || row.createdAt() != null
                            && (since == null || !row.createdAt().isBefore(since))
                            && (until == null || !row.createdAt().isAfter(until));
            return isNamed && isInTime;
        }
    }

    /**
     * Some exports.
     *
     * @param exports each with a row for each delivery of each of its files
     * @param next the file before which the next page begins; null if this is the last page
     */
    public record Page(List<List<Row>> exports, Long next) {}

    /**
     * Reads a page. It may have fewer exports than asked for, also none, and still not be the last one.
     *
     * @param before only exports whose newest file precedes this one
     * @param most how many at most
     */
    public Page page(Choice choice, long before, int most) {
        Found found = database.jdbi().withHandle(handle -> find(handle, choice, before, most));
        return new Page(rows(found.exportIds()), found.next());
    }

    /** Some exports, in the order of their ids. */
    public List<List<Row>> of(List<String> exportIds) {
        return rows(exportIds);
    }

    private Found find(Handle handle, Choice choice, long before, int most) {
        return choice.destination() == null && choice.states().isEmpty()
                ? ofFiles(handle, choice, before, most)
                : ofDeliveries(choice, before, most);
    }

    /** Each export at its newest file, so that none is on two pages. */
    private Found ofFiles(Handle handle, Choice choice, long before, int most) {
        long oldest = handle.createQuery(
                        """
                        SELECT coalesce(min(file_id), 0) FROM (
                          SELECT file_id FROM export_file WHERE file_id < :before ORDER BY file_id DESC LIMIT :searched) s""")
                .bind("before", before)
                .bind("searched", SEARCHED)
                .mapTo(Long.class)
                .one();
        Query query = handle.createQuery(
                        """
                        SELECT f.file_id, f.export_id FROM export_file f
                        WHERE f.file_id < :before AND f.file_id >= :oldest AND f.file_id =
                          (SELECT max(g.file_id) FROM export_file g WHERE g.export_id = f.export_id)%s%s
                        ORDER BY f.file_id DESC LIMIT :most"""
                                .formatted(choice.name() == null ? "" : isNamed(), choice.hasTime() ? IN_TIME : ""))
                .bind("before", before)
                .bind("oldest", oldest)
                .bind("most", most);
        if (choice.name() != null) {
            query.bind("name", database.dialect().glob(choice.name().toString()));
        }
        if (choice.hasTime()) {
            query.bind("since", choice.since() == null ? Instant.EPOCH : choice.since())
                    .bind("until", choice.until() == null ? DeliveryCreator.NEVER : choice.until());
        }
        List<FoundExport> found = query.map((row, context) -> new FoundExport(row.getString(2), row.getLong(1)))
                .list();
        long last = found.size() == most ? found.get(most - 1).fileId() : oldest;
        return new Found(found.stream().map(FoundExport::exportId).toList(), hasFileBefore(handle, last) ? last : null);
    }

    private String isNamed() {
        return " AND ((SELECT coalesce(e.name, '') FROM export e WHERE e.export_id = f.export_id) %1$s OR f.filename %1$s)"
                .formatted(database.dialect().matchesGlob());
    }

    private static boolean hasFileBefore(Handle handle, long file) {
        return handle.createQuery("SELECT 1 FROM export_file WHERE file_id < :file ORDER BY file_id DESC LIMIT 1")
                .bind("file", file)
                .mapTo(Integer.class)
                .findOne()
                .isPresent();
    }

    /** Each export at the newest file of a chosen delivery, so that none is on two pages. */
    private Found ofDeliveries(Choice choice, long before, int most) {
        Status status = new Status(database);
        Set<String> found = new LinkedHashSet<>();
        long position = before;
        for (int searched = 0; searched < SEARCHED; searched += BATCH) {
            List<Row> batch = new ArrayList<>();
            status.forEach(chosen(choice, BATCH, new Status.Position(position, "")), batch::add);
            List<Row> named = batch.stream().filter(choice::matches).toList();
            Map<String, Long> newest = newest(status, choice, named);
            for (Row row : named) {
                if (newest.get(row.exportId()).equals(row.fileId())) {
                    found.add(row.exportId());
                }
                if (found.size() == most) {
                    return new Found(List.copyOf(found), row.fileId());
                }
            }
            if (!batch.isEmpty()) {
                // The deliveries of one file may be cut by the limit: its export has been decided on.
                position = batch.get(batch.size() - 1).fileId();
            }
            if (batch.size() < BATCH) {
                return new Found(List.copyOf(found), null);
            }
        }
        return new Found(List.copyOf(found), position);
    }

    /** The newest file of a chosen delivery, of each export of some rows. */
    private static Map<String, Long> newest(Status status, Choice choice, List<Row> rows) {
        Map<String, Long> newest = new HashMap<>();
        status.forEachOf(rows.stream().map(Row::exportId).distinct().toList(), row -> {
            if (isChosen(row, choice)) {
                newest.merge(row.exportId(), row.fileId(), Math::max);
            }
        });
        // A delivery may have changed since.
        rows.forEach(row -> newest.merge(row.exportId(), row.fileId(), Math::max));
        return newest;
    }

    private static boolean isChosen(Row row, Choice choice) {
        return row.destination() != null
                && (choice.destination() == null || choice.destination().equals(row.destination()))
                && (choice.states().isEmpty() || choice.states().contains(row.state()))
                && choice.matches(row);
    }

    private static Status.Choice chosen(Choice choice, long limit, Status.Position after) {
        return new Status.Choice(null, choice.destination(), choice.states(), null, limit, after);
    }

    private List<List<Row>> rows(List<String> exportIds) {
        Map<String, List<Row>> rows = new LinkedHashMap<>();
        exportIds.forEach(id -> rows.put(id, new ArrayList<>()));
        new Status(database)
                .forEachOf(exportIds, row -> rows.get(row.exportId()).add(row));
        return rows.values().stream().filter(export -> !export.isEmpty()).toList();
    }

    private record Found(List<String> exportIds, Long next) {}

    private record FoundExport(String exportId, long fileId) {}
}
