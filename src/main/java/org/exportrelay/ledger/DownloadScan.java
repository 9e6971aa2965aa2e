package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.DueExport;
import org.exportrelay.delivery.ExpiryMargin;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jdbi.v3.core.Handle;

/** Finds the exports whose files deliveries wait for, nearest expiry first. Reads only. Thread-safe. */
public final class DownloadScan {

    /**
     * Files that wait in this spool for a destination before others that share the ledger get the next: what it delivers
     * in a second, and at least these.
     */
    private static final int LEAST_AHEAD = 16;

    private static final int MOST_AHEAD = 1000;
    /** Rows of a page for files that may have to be left out. */
    private static final int MOST_LEFT_OUT = 1000;
    /** Files of the exports that a scan returns, which would take too much memory if each had thousands. */
    private static final int MOST_FILES = 20_000;
    /** A scan continues where the last one ended; this often it starts again at the nearest expiry. */
    private static final Duration FROM_THE_START = Duration.ofSeconds(1);
    /** The same for destinations that are down or held, of which a scan may find thousands that have no room. */
    private static final Duration FROM_THE_START_OF_KEPT = Duration.ofMinutes(1);

    private static final String WAITED_FOR =
            "EXISTS (SELECT 1 FROM delivery d WHERE d.file_id = f.file_id AND d." + Sql.OPEN + " AND d.needs_file)";

    private final LedgerDatabase database;
    private final DestinationRegistry destinations;
    private final DestinationStates states;
    private final ToIntFunction<String> recent;
    private final String owner;
    private final Clock clock;
    private final Clock apiClock;
    private final Supplier<Instant> past;
    /** How far each destination's due files have been scanned. */
    private final Map<String, Position> scannedUntil = new HashMap<>();

    private Instant nextFromTheStart = Instant.MIN;
    private Instant nextFromTheStartOfKept = Instant.MIN;

    /**
     * @param database open
     * @param destinations those that run here, for whose deliveries files are downloaded
     * @param states which of them are down or held
     * @param recent attempts of this process for a destination within the last second
     * @param owner the name of this process's spool
     * @param clock for due times
     * @param apiClock for how near an export is to its expiry
     * @param past an instant that has certainly passed, by the API's clock: what expired before is not downloaded
     */
    public DownloadScan(
            LedgerDatabase database,
            DestinationRegistry destinations,
            DestinationStates states,
            ToIntFunction<String> recent,
            String owner,
            Clock clock,
            Clock apiClock,
            Supplier<Instant> past) {
        this.database = database;
        this.destinations = destinations;
        this.states = states;
        this.recent = recent;
        this.owner = owner;
        this.clock = clock;
        this.apiClock = apiClock;
        this.past = past;
    }

    /**
     * Exports with files that due deliveries wait for: of each destination in turn the one that expires next, so that none
     * waits behind the backlog of another; before all others those that expire within the hour. The next call continues
     * behind them.
     *
     * @param most exports, 1 or more
     * @param downloading files that this process has claimed: left out although their lease may have ended while the
     *     process was paused
     * @param withKept whether also for destinations that are down or held
     */
    public synchronized List<DueExport> due(int most, Set<Long> downloading, boolean withKept) {
        Map<String, Boolean> wanted = destinations.running().stream()
                .filter(Destination::needsFile)
                .map(Destination::name)
                .filter(name -> withKept || isWorking(name))
                .collect(Collectors.toMap(Function.identity(), this::isWorking));
        restart(wanted);
        return database.jdbi().withHandle(handle -> {
            Collection<Due> due = due(handle, wanted, most, downloading);
            if (due.isEmpty() && scannedUntil.keySet().removeAll(wanted.keySet())) {
                due = due(handle, wanted, most, downloading);
            }
            return due.isEmpty() ? List.of() : exports(handle, due, downloading);
        });
    }

    private boolean isWorking(String destination) {
        return states.of(destination).map(DestinationState::isWorking).orElse(true);
    }

    private void restart(Map<String, Boolean> wanted) {
        Instant now = clock.instant();
        if (!now.isBefore(nextFromTheStartOfKept)) {
            scannedUntil.clear();
            nextFromTheStartOfKept = now.plus(FROM_THE_START_OF_KEPT);
        }
        if (!now.isBefore(nextFromTheStart)) {
            scannedUntil.keySet().removeIf(name -> wanted.getOrDefault(name, false));
            nextFromTheStart = now.plus(FROM_THE_START);
        }
    }

    private Collection<Due> due(Handle handle, Map<String, Boolean> wanted, int most, Set<Long> downloading) {
        Instant now = clock.instant();
        Instant inDanger = ExpiryMargin.IN_DANGER.end(apiClock.instant());
        List<Due> found = new ArrayList<>();
        // One by one, since an index gives the order within a destination only.
        DueDeliveries.in(handle, SpooledFiles.NO_SPOOL, true, now).stream()
                .filter(wanted::containsKey)
                .forEach(name -> found.addAll(due(handle, name, wanted.get(name), now, most, downloading)));
        Map<String, Due> exports = new LinkedHashMap<>();
        found.stream()
                .sorted(Comparator.comparing(
                                (Due file) -> file.position().expiresAt().isAfter(inDanger))
                        .thenComparing(Due::turn)
                        .thenComparing(Due::position))
                .forEach(file -> {
                    if (exports.containsKey(file.exportId()) || exports.size() < most) {
                        exports.merge(file.exportId(), file, Due::or);
                        scannedUntil.merge(file.destination(), file.position(), Position::later);
                    }
                });
        return exports.values();
    }

    private List<Due> due(
            Handle handle, String destination, boolean isWorking, Instant now, int most, Set<Long> downloading) {
        // What is held or down takes nothing from other instances, and needs all its files when it begins again.
        Instant until = isWorking && isSupplied(handle, destination, now)
                ? ExpiryMargin.SOON.end(apiClock.instant())
                : DeliveryCreator.NEVER;
        List<Due> due = new ArrayList<>();
        Position after = scannedUntil.getOrDefault(destination, Position.START);
        // Page by page, since what is left out may be more than the arguments that a statement can have.
        int length = most + Math.min(downloading.size(), MOST_LEFT_OUT);
        List<Found> page;
        do {
            page = page(handle, destination, after, now, until, length);
            for (Found file : page) {
                after = file.position();
                if (due.size() < most && !downloading.contains(after.fileId())) {
                    due.add(new Due(file.exportId(), destination, isWorking, due.size(), after));
                }
            }
        } while (page.size() == length && due.size() < most);
        return due;
    }

    private List<Found> page(
            Handle handle, String destination, Position after, Instant now, Instant until, int length) {
        return handle.createQuery(
                        """
                        SELECT f.export_id, d.expires_at, d.file_id
                        FROM delivery d JOIN export_file f ON f.file_id = d.file_id
                        WHERE d.destination = :destination AND d.spooled_by = '' AND d.%s AND d.state <> 'in_progress'
                          AND d.needs_file AND (d.expires_at, d.file_id) > (:after, :afterFile)
                          AND d.next_attempt_at <= :now AND d.expires_at > :past AND d.expires_at <= :until
                          AND f.spool_state = 'none'
                        ORDER BY d.expires_at, d.file_id LIMIT :length"""
                                .formatted(Sql.OPEN))
                .bind("destination", destination)
                .bind("after", after.expiresAt())
                .bind("afterFile", after.fileId())
                .bind("now", now)
                .bind("past", past.get())
                .bind("until", until)
                .bind("length", length)
                .map((row, context) -> new Found(
                        row.getString("export_id"),
                        new Position(Sql.instant(row, "expires_at", context), row.getLong("file_id"))))
                .list();
    }

    /**
     * Whether a destination has enough to deliver here for now. The instance that has a file in its spool delivers it, and
     * a download is quicker than a delivery: without this bound the first instance would take all. It holds for each
     * destination apart, so that one that hangs does not keep away the files of others.
     */
    private boolean isSupplied(Handle handle, String destination, Instant now) {
        if (database.isExclusive()) {
            return false;
        }
        int ahead = Math.min(Math.max(LEAST_AHEAD, recent.applyAsInt(destination)), MOST_AHEAD);
        return handle.createQuery(
                                """
                                        SELECT count(*) FROM (
                                          SELECT 1 FROM delivery d WHERE d.destination = :destination AND d.spooled_by = :owner
                                            AND d.%s AND d.state <> 'in_progress' AND d.next_attempt_at <= :now
                                          ORDER BY d.expires_at, d.file_id LIMIT :ahead) AS ready"""
                                        .formatted(Sql.OPEN))
                        .bind("destination", destination)
                        .bind("owner", owner)
                        .bind("now", now)
                        .bind("ahead", ahead)
                        .mapTo(Integer.class)
                        .one()
                == ahead;
    }

    /** In the order of the ids. Delivered files are left out, unless their records were never counted. */
    private static List<DueExport> exports(Handle handle, Collection<Due> due, Set<Long> downloading) {
        ExportFileMapper mapper = new ExportFileMapper();
        List<Listed> all = handle.createQuery(
                        "SELECT " + ExportFileMapper.COLUMNS + ", f.spool_state = 'none' AND (f.records IS NULL OR "
                                + WAITED_FOR + ") AS wanted"
                                + " FROM export_file f JOIN export e ON e.export_id = f.export_id"
                                + " WHERE f.export_id IN (<exports>) ORDER BY f.file_id")
                // Not LIMIT, with which PostgreSQL walks along all files there are.
                .setMaxRows(MOST_FILES + 1)
                .bindList("exports", Sql.ids(due.stream().map(Due::exportId).toList()))
                .map((row, context) -> new Listed(mapper.map(row, context), row.getBoolean("wanted")))
                .list();
        Map<String, List<Listed>> files = all.stream()
                .collect(Collectors.groupingBy(listed -> listed.file().exportId()));
        if (all.size() > MOST_FILES) {
            // Perhaps not all of its files were read; it comes with a later scan.
            files.remove(all.get(MOST_FILES).file().exportId());
        }
        return due.stream()
                .map(file -> export(files.getOrDefault(file.exportId(), List.of()), file.isForWorking(), downloading))
                .flatMap(Optional::stream)
                .toList();
    }

    private static Optional<DueExport> export(List<Listed> files, boolean isForWorking, Set<Long> downloading) {
        Map<Boolean, List<ExportFile>> parts = files.stream()
                .collect(Collectors.partitioningBy(
                        listed -> listed.wanted()
                                && !downloading.contains(listed.file().fileId()),
                        Collectors.mapping(Listed::file, Collectors.toList())));
        return parts.get(true).isEmpty()
                ? Optional.empty()
                : Optional.of(new DueExport(parts.get(true), records(parts.get(false)), isForWorking));
    }

    private static Long records(List<ExportFile> files) {
        return files.stream().anyMatch(file -> file.records() == null)
                ? null
                : files.stream().mapToLong(ExportFile::records).sum();
    }

    private record Listed(ExportFile file, boolean wanted) {}

    private record Found(String exportId, Position position) {}

    /** A due file. */
    private record Due(String exportId, String destination, boolean isForWorking, int turn, Position position) {

        Due or(Due other) {
            return new Due(exportId, destination, isForWorking || other.isForWorking, turn, position);
        }
    }

    /** In the order in which a scan meets the due files of a destination. */
    private record Position(Instant expiresAt, long fileId) implements Comparable<Position> {

        static final Position START = new Position(Instant.EPOCH, -1);

        private static final Comparator<Position> ORDER =
                Comparator.comparing(Position::expiresAt).thenComparing(Position::fileId);

        Position later(Position other) {
            return compareTo(other) >= 0 ? this : other;
        }

        @Override
        public int compareTo(Position other) {
            return ORDER.compare(this, other);
        }
    }
}
