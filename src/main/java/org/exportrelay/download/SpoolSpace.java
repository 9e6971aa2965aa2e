package org.exportrelay.download;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The books on {@code relay.spool.max-size}: what each file takes, or may yet take while it is being
 * fetched. Thread-safe.
 */
final class SpoolSpace {

    private final long limit;
    private final Map<Long, Long> taken = new HashMap<>();
    private long used;

    /**
     * @param limit bytes, 1 or more
     */
    SpoolSpace(long limit) {
        this.limit = limit;
    }

    /** All bytes there may be. */
    long limit() {
        return limit;
    }

    /** The bytes that files take or may yet take. */
    synchronized long used() {
        return used;
    }

    /**
     * Reserves room for all of some files or for none, so that no two exports ever hold half of what
     * they need and wait for each other.
     *
     * @param wanted bytes by file; what a file holds already counts towards it
     */
    synchronized boolean reserve(Map<Long, Long> wanted) {
        long held = wanted.keySet().stream()
                .mapToLong(file -> taken.getOrDefault(file, 0L))
                .sum();
        if (sum(wanted) > limit - (used - held)) {
            return false;
        }
        wanted.forEach(this::settle);
        return true;
    }

    /** A file turned out to take so many bytes. */
    synchronized void settle(long fileId, long bytes) {
        Long before = taken.put(fileId, bytes);
        used += bytes - (before == null ? 0 : before);
    }

    synchronized void free(long fileId) {
        Long before = taken.remove(fileId);
        used -= before == null ? 0 : before;
    }

    /** Those that take room. */
    synchronized Set<Long> files() {
        return new HashSet<>(taken.keySet());
    }

    /** Capped, since sizes that the API lists may be any number. */
    static long sum(Map<Long, Long> bytes) {
        return bytes.values().stream().mapToLong(Long::longValue).reduce(0, (a, b) -> {
            long sum = a + b;
            return sum < 0 ? Long.MAX_VALUE : sum;
        });
    }
}
