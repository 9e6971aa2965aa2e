package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.DueExport;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jdbi.v3.core.Handle;

/** Finds the exports whose files deliveries wait for, nearest expiry first. Reads only. Thread-safe. */
public final class DownloadScan {

    /** Files that wait in this spool for a destination before others that share the ledger get the next. */
    private static final int AHEAD = 16;
    /** A file that expires so soon is downloaded in any case: in the spool it is safe. */
    private static final Duration URGENT = Duration.ofDays(1);
    /** A scan continues where the last one ended; this often it starts again at the nearest expiry. */
    private static final Duration FROM_THE_START = Duration.ofSeconds(1);

    private final LedgerDatabase database;
    private final DestinationRegistry destinations;
    private final String owner;
    private final Clock clock;
    private final Supplier<Instant> past;
    private Position scannedUntil = Position.START;
    private Instant nextFromTheStart = Instant.MIN;

    /**
     * @param database open
     * @param destinations those that run here, for whose deliveries files are downloaded
     * @param owner this process
     * @param clock for due times
     * @param past an instant that has certainly passed, by the API's clock: what expired before is not downloaded
     */
    public DownloadScan(
            LedgerDatabase database,
            DestinationRegistry destinations,
            String owner,
            Clock clock,
            Supplier<Instant> past) {
        this.database = database;
        this.destinations = destinations;
        this.owner = owner;
        this.clock = clock;
        this.past = past;
    }

    /**
     * Exports with files that due deliveries wait for, nearest expiry first.
     *
     * @param most exports, 1 or more
     * @param downloading files that this process has claimed: left out although their lease may have ended while the
     *     process was paused
     */
    public synchronized List<DueExport> due(int most, Set<Long> downloading) {
        Instant now = clock.instant();
        if (!now.isBefore(nextFromTheStart)) {
            scannedUntil = Position.START;
            nextFromTheStart = now.plus(FROM_THE_START);
        }
        return database.jdbi().withHandle(handle -> {
            List<String> due = dueIds(handle, most, downloading);
            if (due.isEmpty() && !scannedUntil.equals(Position.START)) {
                scannedUntil = Position.START;
                due = dueIds(handle, most, downloading);
            }
            return due.isEmpty() ? List.of() : exports(handle, due, downloading);
        });
    }

    private List<String> dueIds(Handle handle, int most, Set<Long> downloading) {
        List<String> supplied = supplied(handle);
        Map<String, Due> due = new LinkedHashMap<>();
        destinations.running().stream()
                .filter(Destination::needsFile)
                .map(Destination::name)
                // One by one, since an index gives the order within a destination only.
                .flatMap(name -> due(handle, name, supplied.contains(name), most, downloading).stream())
                .sorted(Comparator.comparing(Due::position))
                .forEach(file -> due.putIfAbsent(file.exportId(), file));
        return due.keySet().stream().limit(most).toList();
    }

    private List<Due> due(Handle handle, String destination, boolean isSupplied, int most, Set<Long> downloading) {
        Instant now = clock.instant();
        return handle.createQuery(
                        """
                        SELECT f.export_id, d.expires_at, d.file_id
                        FROM delivery d JOIN export_file f ON f.file_id = d.file_id
                        WHERE d.destination = :destination AND d.%s AND d.state <> 'in_progress' AND d.needs_file
                          AND (d.expires_at, d.file_id) > (:after, :afterFile)
                          AND d.next_attempt_at <= :now AND d.expires_at > :past AND d.expires_at <= :until
                          AND f.spool_state = 'none' AND f.file_id NOT IN (<downloading>)
                        ORDER BY d.expires_at, d.file_id LIMIT :most"""
                                .formatted(Sql.OPEN))
                .bind("destination", destination)
                .bind("after", scannedUntil.expiresAt())
                .bind("afterFile", scannedUntil.fileId())
                .bind("now", now)
                .bind("past", past.get())
                .bind("until", isSupplied ? now.plus(URGENT) : DeliveryCreator.NEVER)
                .bindList("downloading", Sql.fileIds(downloading))
                .bind("most", most)
                .map((row, context) -> new Due(
                        row.getString("export_id"),
                        new Position(Sql.instant(row, "expires_at", context), row.getLong("file_id"))))
                .list();
    }

    /**
     * Destinations that have enough to deliver here for now. The instance that has a file in its spool delivers it, and
     * a download is quicker than a delivery: without this bound the first instance would take all. It holds for each
     * destination apart, so that one that hangs does not keep away the files of others.
     */
    private List<String> supplied(Handle handle) {
        if (database.isExclusive()) {
            return List.of();
        }
        return handle.createQuery(
                        """
                        SELECT d.destination FROM export_file f JOIN delivery d ON d.file_id = f.file_id
                        WHERE f.spool_owner = :owner AND f.spool_state <> 'none'
                          AND d.needs_file AND d.%s AND d.state <> 'in_progress' AND d.next_attempt_at <= :now
                        GROUP BY d.destination HAVING count(*) >= :ahead"""
                                .formatted(Sql.OPEN))
                .bind("owner", owner)
                .bind("now", clock.instant())
                .bind("ahead", AHEAD)
                .mapTo(String.class)
                .list();
    }

    /** In the order of the ids. Delivered files are left out, unless their records were never counted. */
    private static List<DueExport> exports(Handle handle, List<String> ids, Set<Long> downloading) {
        ExportFileMapper mapper = new ExportFileMapper();
        Map<String, List<Listed>> files = handle
                .createQuery(
                        "SELECT " + ExportFileMapper.COLUMNS + ", f.spool_state = 'none' AND (f.records IS NULL OR "
                                + SpooledFiles.waitedFor("f") + ") AS wanted"
                                + " FROM export_file f JOIN export e ON e.export_id = f.export_id"
                                + " WHERE f.export_id IN (<exports>) ORDER BY f.file_id")
                .bindList("exports", Sql.ids(ids))
                .map((row, context) -> new Listed(mapper.map(row, context), row.getBoolean("wanted")))
                .stream()
                .collect(Collectors.groupingBy(listed -> listed.file().exportId()));
        return ids.stream()
                .map(id -> export(files.getOrDefault(id, List.of()), downloading))
                .flatMap(Optional::stream)
                .toList();
    }

    private static Optional<DueExport> export(List<Listed> files, Set<Long> downloading) {
        Map<Boolean, List<ExportFile>> parts = files.stream()
                .collect(Collectors.partitioningBy(
                        listed -> listed.wanted()
                                && !downloading.contains(listed.file().fileId()),
                        Collectors.mapping(Listed::file, Collectors.toList())));
        return parts.get(true).isEmpty()
                ? Optional.empty()
                : Optional.of(new DueExport(parts.get(true), records(parts.get(false))));
    }

    private static Long records(List<ExportFile> files) {
        return files.stream().anyMatch(file -> file.records() == null)
                ? null
                : files.stream().mapToLong(ExportFile::records).sum();
    }

    /** The next scan starts behind this export, which was claimed by this process or another. */
    public synchronized void continueBehind(DueExport export) {
        scannedUntil = Position.behind(export);
    }

    private record Listed(ExportFile file, boolean wanted) {}

    private record Due(String exportId, Position position) {}

    /** In the order in which a scan meets due files. */
    private record Position(Instant expiresAt, long fileId) implements Comparable<Position> {

        static final Position START = new Position(Instant.EPOCH, -1);

        private static final Comparator<Position> ORDER =
                Comparator.comparing(Position::expiresAt).thenComparing(Position::fileId);

        /** Behind all files of an export, whose ids are in a row. */
        static Position behind(DueExport export) {
            ExportFile last = export.files().get(export.files().size() - 1);
            return new Position(last.expiresAt() == null ? DeliveryCreator.NEVER : last.expiresAt(), last.fileId());
        }

        @Override
        public int compareTo(Position other) {
            return ORDER.compare(this, other);
        }
    }
}
