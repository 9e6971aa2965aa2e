package org.exportrelay.ledger;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.exportrelay.api.RejectedEntry;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.FileName;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.StatementContext;

/**
 * What the ledger holds, for people and programs. Reads only, also beside a running relay, which it
 * keeps from nothing. Thread-safe.
 */
public final class Status {

    private static final String OF_DELIVERY =
            """
            d.delivery_id, d.destination, d.manifest, d.needs_file, d.state, d.attempts, d.last_error, d.finished_at,
              d.created_at AS due_since, d.next_attempt_at, d.expires_at AS delivery_expires_at, d.location, d.made_by,
              d.route_digest, d.spooled_by, d.replays, d.sha256 AS delivered_sha256,
              CASE WHEN d.sha256 IS NOT NULL THEN d.bytes END AS delivered_size""";

    private static final String ROWS =
            "SELECT e.*, f.file_id, f.filename, f.safe_name, f.size, f.sha256, f.records, " + OF_DELIVERY
                    + " FROM delivery d JOIN export_file f ON f.file_id = d.file_id"
                    + " JOIN export e ON e.export_id = f.export_id";

    /** So many ids are kept in memory. */
    private static final int FEW = 1000;

    private final LedgerDatabase database;

    /**
     * @param database open
     */
    public Status(LedgerDatabase database) {
        this.database = database;
    }

    /** Deliveries by state; a state with none is absent. Reads counters and what is open, not the history. */
    public Map<DeliveryState, Long> totals() {
        return database.jdbi().inTransaction(handle -> {
            Map<DeliveryState, Long> totals = DeliveryCounts.totals(handle);
            handle.createQuery(
                            """
                            SELECT (SELECT count(*) FROM delivery WHERE %s) AS waiting,
                              (SELECT count(*) FROM delivery WHERE state = 'retrying') AS retrying,
                              (SELECT count(*) FROM delivery WHERE state = 'in_progress') AS in_progress"""
                                    .formatted(Sql.OPEN))
                    .map((row, context) -> {
                        long retrying = row.getLong("retrying");
                        long inProgress = row.getLong("in_progress");
                        totals.put(DeliveryState.PENDING, row.getLong("waiting") - retrying - inProgress);
                        totals.put(DeliveryState.RETRYING, retrying);
                        totals.put(DeliveryState.IN_PROGRESS, inProgress);
                        return true;
                    })
                    .one();
            totals.values().removeIf(count -> count == 0);
            return totals;
        });
    }

    /**
     * Which deliveries.
     *
     * @param exportId null for any
     * @param destination null for any
     * @param states empty for any
     * @param since of those that have ended only the ones that did so then or later; null for any time
     * @param limit how many at most; 0 for all
     * @param after only those that follow this one in the order of {@link #forEach(Choice, Consumer)}; null for all
     */
    public record Choice(
            String exportId, String destination, Set<DeliveryState> states, Instant since, long limit, Position after) {

        /** From the newest. */
        public Choice(String exportId, String destination, Set<DeliveryState> states, Instant since, long limit) {
            this(exportId, destination, states, since, limit, null);
        }

        /** Whether every delivery is chosen. */
        public boolean isAll() {
            return exportId == null
                    && destination == null
                    && states.isEmpty()
                    && since == null
                    && limit == 0
                    && after == null;
        }
    }

    /** The place of a delivery among all. */
    public record Position(long fileId, String destination) {}

    /**
     * Reads the chosen deliveries, newest file first. By an index for each condition: what is shown costs time, not the
     * history. Memory is constant.
     */
    public void forEach(Choice choice, Consumer<Row> consumer) {
        if (choice.limit() > 0 && choice.limit() <= FEW) {
            database.read(handle -> {
                // The ids first: otherwise PostgreSQL may read all files to find the few that are chosen.
                List<String> ids = bind(handle.createQuery(chosenIds(choice)), choice)
                        .mapTo(String.class)
                        .list();
                if (!ids.isEmpty()) {
                    handle.createQuery(ROWS + " WHERE d.delivery_id IN (<ids>)" + newestFirst("d"))
                            .bindList("ids", Sql.ids(ids))
                            .map(Status::row)
                            .forEach(consumer);
                }
            });
            return;
        }
        database.read(handle -> bind(
                        handle.createQuery(
                                ROWS + " WHERE d.delivery_id IN (" + chosenIds(choice) + ")" + newestFirst("d")),
                        choice)
                .map(Status::row)
                .forEach(consumer));
    }

    private static String chosenIds(Choice choice) {
        Optional<String> candidates = candidates(choice);
        String rows = candidates.isPresent() ? "candidate" : "d";
        List<String> conditions = new ArrayList<>();
        if (choice.exportId() != null) {
            conditions.add("%s.file_id IN (SELECT f.file_id FROM export_file f WHERE f.export_id = :export)");
        }
        if (choice.destination() != null) {
            conditions.add("%1$s.destination = :destination AND %1$s." + Sql.IN_HISTORY);
        }
        if (!choice.states().isEmpty()) {
            conditions.add("%s.state IN (<states>)");
        }
        if (choice.since() != null) {
            conditions.add("(%1$s.finished_at IS NULL OR %1$s.finished_at >= :since)");
        }
        if (choice.after() != null) {
            // The first part for the index, which both databases read from there.
            conditions.add("%1$s.file_id <= :afterFile"
                    + " AND (%1$s.file_id < :afterFile OR %1$s.destination < :afterDestination)");
        }
        String where = conditions.isEmpty()
                ? ""
                : " WHERE "
                        + conditions.stream()
                                .map(condition -> condition.formatted(rows))
                                .collect(Collectors.joining(" AND "));
        return candidates
                        .map(deliveries -> "WITH candidate AS MATERIALIZED (" + deliveries + ") ")
                        .orElse("")
                + "SELECT " + rows + ".delivery_id FROM " + (candidates.isPresent() ? "candidate" : "delivery d")
                + where
                + (choice.limit() == 0 ? "" : newestFirst(rows) + " LIMIT :limit");
    }

    private static String newestFirst(String rows) {
        return " ORDER BY %1$s.file_id DESC, %1$s.destination DESC".formatted(rows);
    }

    /** Those in states that are few, or that ended in a window, each from an index of these alone. */
    private static Optional<String> candidates(Choice choice) {
        if (choice.exportId() != null) {
            return Optional.empty();
        }
        String deliveries = "SELECT delivery_id, file_id, destination, state, finished_at FROM delivery WHERE ";
        if (choice.states().isEmpty() || choice.states().contains(DeliveryState.DELIVERED)) {
            return choice.since() == null
                    ? Optional.empty()
                    : Optional.of(deliveries + "finished_at >= :since UNION ALL " + deliveries + Sql.OPEN);
        }
        List<String> parts = new ArrayList<>();
        if (choice.states().contains(DeliveryState.SKIPPED)) {
            parts.add(deliveries + "state = 'skipped'");
        }
        if (choice.states().contains(DeliveryState.PARKED) || choice.states().contains(DeliveryState.EXPIRED)) {
            parts.add(deliveries + "state IN ('parked', 'expired')");
        }
        if (choice.states().stream().anyMatch(state -> !state.isFinal())) {
            parts.add(deliveries + Sql.OPEN);
        }
        return Optional.of(String.join(" UNION ALL ", parts));
    }

    private static Query bind(Query query, Choice choice) {
        query.setFetchSize(500);
        if (choice.exportId() != null) {
            query.bind("export", choice.exportId());
        }
        if (choice.destination() != null) {
            query.bind("destination", choice.destination());
        }
        if (!choice.states().isEmpty()) {
            query.bindList(
                    "states", choice.states().stream().map(DeliveryState::text).toList());
        }
        if (choice.since() != null) {
            query.bind("since", choice.since());
        }
        if (choice.after() != null) {
            query.bind("afterFile", choice.after().fileId())
                    .bind("afterDestination", choice.after().destination());
        }
        return choice.limit() > 0 ? query.bind("limit", choice.limit()) : query;
    }

    /**
     * Reads every delivery of every file of every export, newest first, one row each; an export
     * without files and a file without deliveries are a row as well. Memory is constant.
     */
    public void forEach(Consumer<Row> consumer) {
        database.read(handle -> handle.createQuery(
                        """
                        SELECT e.*, f.file_id, f.filename, f.safe_name, f.size, f.sha256, f.records, %s
                        FROM export e
                          LEFT JOIN export_file f ON f.export_id = e.export_id
                          LEFT JOIN delivery d ON d.file_id = f.file_id
                        ORDER BY e.first_seen_at DESC, e.export_id DESC, f.file_id DESC, d.destination"""
                                .formatted(OF_DELIVERY))
                .setFetchSize(500)
                .map(Status::row)
                .forEach(consumer));
    }

    /**
     * Reads every delivery of every file of some exports, one row each, in no order of the exports; an export without files
     * and a file without deliveries are a row as well.
     */
    public void forEachOf(Collection<String> exportIds, Consumer<Row> consumer) {
        database.read(handle -> handle.createQuery(
                        """
                        SELECT e.*, f.file_id, f.filename, f.safe_name, f.size, f.sha256, f.records, %s
                        FROM export e
                          LEFT JOIN export_file f ON f.export_id = e.export_id
                          LEFT JOIN delivery d ON d.file_id = f.file_id
                        WHERE e.export_id IN (<ids>)
                        ORDER BY e.export_id, f.file_id DESC, d.destination"""
                                .formatted(OF_DELIVERY))
                .bindList("ids", Sql.ids(exportIds))
                .map(Status::row)
                .forEach(consumer));
    }

    /**
     * The waiting deliveries to a destination that expire unless they are made, or their files downloaded, before: the next one
     * first.
     *
     * @param most how many at most
     */
    public List<Row> expiring(String destination, int most) {
        List<String> ids = database.jdbi().withHandle(handle -> handle.createQuery(
                        "SELECT delivery_id FROM delivery WHERE destination = :destination AND spooled_by = '' AND "
                                + Sql.OPEN + " ORDER BY expires_at, file_id LIMIT :most")
                .bind("destination", destination)
                .bind("most", most)
                .mapTo(String.class)
                .list());
        List<Row> rows = of(ids);
        rows.sort(Comparator.comparing(Row::urlsExpireAt).thenComparing(Row::fileId));
        return rows;
    }

    /** A waiting delivery to a destination: the one that expires next, or if no URL is needed any more, any. */
    public Optional<Row> nextWaiting(String destination) {
        List<String> ids = database.jdbi().withHandle(handle -> handle.createQuery(
                        "SELECT delivery_id FROM delivery WHERE destination = :destination AND " + Sql.OPEN
                                + " ORDER BY spooled_by, expires_at, file_id LIMIT 1")
                .bind("destination", destination)
                .mapTo(String.class)
                .list());
        return of(ids).stream().findFirst();
    }

    /** Some deliveries by their ids, in no order. */
    public List<Row> of(Collection<String> deliveryIds) {
        List<Row> rows = new ArrayList<>();
        database.read(handle -> handle.createQuery(ROWS + " WHERE d.delivery_id IN (<ids>)")
                .bindList("ids", Sql.ids(deliveryIds))
                .map(Status::row)
                .forEach(rows::add));
        return rows;
    }

    /** The entries of the list that cannot be understood. */
    public List<RejectedEntry> rejected() {
        return database.jdbi().withHandle(handle -> handle.createQuery(
                        "SELECT export_id, reason FROM rejected_entry ORDER BY first_seen_at, export_id")
                .map(Status::rejectedEntry)
                .list());
    }

    /** Some of them, by an index, however many there are. */
    public List<RejectedEntry> rejected(int most) {
        return database.jdbi().withHandle(handle -> handle.createQuery(
                        "SELECT export_id, reason FROM rejected_entry ORDER BY export_id LIMIT :most")
                .bind("most", most)
                .map(Status::rejectedEntry)
                .list());
    }

    private static RejectedEntry rejectedEntry(ResultSet row, StatementContext context) throws SQLException {
        return new RejectedEntry(row.getString("export_id"), row.getString("reason"));
    }

    private static Row row(ResultSet row, StatementContext context) throws SQLException {
        return new Row(
                row.getString("export_id"),
                row.getString("name"),
                row.getString("status"),
                Sql.number(row, "progress"),
                row.getString("progress_stage"),
                Sql.number(row, "record_count"),
                Sql.number(row, "file_size"),
                Sql.instant(row, "created_at", context),
                Sql.instant(row, "updated_at", context),
                Sql.instant(row, "expires_at", context),
                Sql.number(row, "file_id"),
                row.getString("filename"),
                Sql.number(row, "size"),
                row.getString("sha256"),
                row.getString("destination"),
                row.getString("state") == null ? null : DeliveryState.of(row.getString("state")),
                row.getInt("attempts"),
                row.getString("last_error"),
                Sql.instant(row, "finished_at", context),
                row.getString("delivery_id"),
                row.getBoolean("needs_file"),
                row.getString("safe_name"),
                Sql.instant(row, "due_since", context),
                Sql.instant(row, "next_attempt_at", context),
                Sql.instant(row, "delivery_expires_at", context),
                row.getString("location"),
                row.getString("made_by"),
                row.getString("route_digest"),
                row.getString("spooled_by"),
                row.getInt("replays"),
                row.getString("delivered_sha256"),
                Sql.number(row, "delivered_size"),
                Sql.number(row, "records"),
                row.getString("manifest"));
    }

    /**
     * A delivery with its file and its export.
     *
     * @param fileId null if the export has no file
     * @param destination null if the file has no delivery
     * @param finishedAt null while the delivery is not final
     * @param needsFile whether the delivery waits for the file, or only for a URL
     * @param safeName of the file
     * @param waitingSince when the delivery was created
     * @param nextAttemptAt when it is due, if it has not ended
     * @param urlsExpireAt when its export's URLs expire; far in the future if they do not
     * @param location where its file is at the destination; null if that is not known
     * @param madeBy the instance that claimed it last; null if none has
     * @param routeDigest of the route file under which it was claimed last; may be null
     * @param spooledBy the spool that has its file; empty if none has
     * @param replays how often it was replayed after it was delivered
     * @param deliveredSha256 of what was delivered; null if that is the file itself, or nothing
     * @param deliveredSize of what was delivered, in bytes; null if that is the file itself, or nothing
     * @param records of the file; null if it was not downloaded, or is not CSV
     * @param manifest safe name of the manifest that is delivered; null if it is the file
     */
    public record Row(
            String exportId,
            String name,
            String status,
            Long progress,
            String progressStage,
            Long recordCount,
            Long fileSize,
            Instant createdAt,
            Instant updatedAt,
            Instant expiresAt,
            Long fileId,
            String filename,
            Long size,
            String sha256,
            String destination,
            DeliveryState state,
            int attempts,
            String error,
            Instant finishedAt,
            String deliveryId,
            boolean needsFile,
            String safeName,
            Instant waitingSince,
            Instant nextAttemptAt,
            Instant urlsExpireAt,
            String location,
            String madeBy,
            String routeDigest,
            String spooledBy,
            int replays,
            String deliveredSha256,
            Long deliveredSize,
            Long records,
            String manifest) {

        /** A name of what is delivered that nothing else has; null if there is no file. */
        public String uniqueName() {
            return safeName == null ? null : FileName.withId(isManifest() ? manifest : safeName, exportId);
        }

        /** What is delivered, as the API lists it; a manifest by its own name. */
        public String listedName() {
            return isManifest() ? manifest : filename;
        }

        /** Whether the manifest of the export is delivered, of which this is the last file. */
        public boolean isManifest() {
            return manifest != null;
        }

        /** Whether its URLs have an end before which it must be made, or its file be downloaded. */
        public boolean isExpiring() {
            return state != null
                    && !state.isFinal()
                    && urlsExpireAt.isBefore(DeliveryCreator.NEVER)
                    && !(needsFile && isSpooled());
        }

        /** Whether a spool has its file, so that it does not need the URLs any more. */
        public boolean isSpooled() {
            return spooledBy != null && !spooledBy.isEmpty();
        }
    }
}
