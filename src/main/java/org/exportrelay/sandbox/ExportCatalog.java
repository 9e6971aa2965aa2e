package org.exportrelay.sandbox;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Every export of the sandbox. New ones arrive by the clock, without a thread: the first call after
 * their time creates them, so after a jump of the clock all that are due exist. Thread-safe.
 *
 * <p>The n-th export has the same id, files and contents whenever a sandbox with the same seed is
 * started.
 */
final class ExportCatalog {

    private static final Duration LONGEST_PAST = Duration.ofHours(6);

    private final SandboxOptions options;
    private final InstantSource clock;
    private final ExportDraw draw;

    /** Oldest first; those of the same millisecond in the order in which they were added. */
    private final List<SandboxExport> byCreation = new ArrayList<>();

    private final Map<String, SandboxExport> byId = new HashMap<>();
    /** Exports that the API does not show any more. */
    private final Set<String> removed = new HashSet<>();

    private Instant nextArrival;

    ExportCatalog(SandboxOptions options, InstantSource clock) {
        this.options = options;
        this.clock = clock;
        this.draw = new ExportDraw(options);
        Instant start = clock.instant();
        this.nextArrival = start.plus(options.arrivalPeriod());
        createPast(start);
    }

    /**
     * A part of the list.
     *
     * @param total exports that match, on all pages
     */
    record Page(List<SandboxExport> exports, long total, boolean hasMore) {}

    /** The exports that have the status at that time, or all; none when the offset is past the end. */
    Page page(Optional<ExportStatus> status, long offset, int limit, Instant now) {
        List<SandboxExport> matching = exports().stream()
                .filter(export -> status.isEmpty() || status.get() == export.status(now))
                .toList();
        int from = (int) Math.min(offset, matching.size());
        int to = Math.min(from + limit, matching.size());
        return new Page(matching.subList(from, to), matching.size(), to < matching.size());
    }

    /** Every export that was not removed, in the order of the list. */
    synchronized List<SandboxExport> exports() {
        catchUp();
        List<SandboxExport> listed = new ArrayList<>(byCreation);
        listed.removeIf(export -> removed.contains(export.id()));
        if (options.newestFirst()) {
            Collections.reverse(listed);
        }
        return listed;
    }

    /** Every export, oldest first, also those that were removed. */
    synchronized List<SandboxExport> all() {
        catchUp();
        return List.copyOf(byCreation);
    }

    /** Also one that was removed. */
    synchronized Optional<SandboxExport> byId(String id) {
        catchUp();
        return Optional.ofNullable(byId.get(id));
    }

    /** Empty also for one that was removed. */
    synchronized Optional<SandboxExport> shown(String id) {
        return byId(id).filter(export -> !removed.contains(id));
    }

    synchronized void remove(String id) {
        removed.add(id);
    }

    /**
     * Adds an export that was created then and is completed by now.
     *
     * @throws IllegalArgumentException if it would be created in the future
     */
    synchronized SandboxExport addFinished(String name, Instant createdAt, List<SandboxFile> files) {
        catchUp();
        return add(draw.finished(byCreation.size(), name, createdAt, notBefore(createdAt), files));
    }

    /**
     * Adds an export that was created then and has failed by now.
     *
     * @throws IllegalArgumentException if it would be created in the future
     */
    synchronized SandboxExport addFailed(String name, Instant createdAt) {
        catchUp();
        return add(draw.failed(byCreation.size(), name, createdAt, notBefore(createdAt)));
    }

    /**
     * Adds an export of the caller's, in place of one that has its id.
     *
     * @throws IllegalArgumentException if it would be created in the future
     */
    synchronized SandboxExport put(SandboxExport export) {
        catchUp();
        notBefore(export.createdAt());
        byCreation.remove(byId.get(export.id()));
        removed.remove(export.id());
        return add(export);
    }

    /** The current time, which must not be before {@code createdAt}. */
    private Instant notBefore(Instant createdAt) {
        Instant now = clock.instant();
        if (createdAt.isAfter(now)) {
            throw new IllegalArgumentException("createdAt is " + createdAt + "; it must not be after now, " + now);
        }
        return now;
    }

    /**
     * Dates them from the last full period, so that a restart within it keeps their dates too. Two
     * periods are at most half the lifetime: URLs that expire soon are still valid at start.
     */
    private void createPast(Instant start) {
        long quarter = Math.max(1, options.urlLifetime().dividedBy(4).toMillis());
        long period = Math.min(LONGEST_PAST.toMillis(), quarter);
        Instant newest = Instant.ofEpochMilli(start.toEpochMilli() - start.toEpochMilli() % period);
        for (int left = options.exports(); left > 0; left--) {
            Duration age = Duration.ofMillis(period).multipliedBy(left).dividedBy(options.exports());
            add(draw.finished(byCreation.size(), newest.minus(age), start));
        }
    }

    private void catchUp() {
        Instant now = clock.instant();
        while (!options.arrivalPeriod().isZero() && !nextArrival.isAfter(now)) {
            add(draw.live(byCreation.size(), nextArrival));
            nextArrival = nextArrival.plus(options.arrivalPeriod());
        }
    }

    private SandboxExport add(SandboxExport export) {
        int place = byCreation.size();
        while (place > 0 && byCreation.get(place - 1).createdAt().isAfter(export.createdAt())) {
            place--;
        }
        byCreation.add(place, export);
        byId.put(export.id(), export);
        return export;
    }
}
