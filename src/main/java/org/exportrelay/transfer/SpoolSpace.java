package org.exportrelay.transfer;

import java.util.HashMap;
import java.util.Map;

/**
 * The books on {@code relay.spool.max-size}: what each file takes, or may yet take while it is being
 * fetched. Thread-safe.
 */
final class SpoolSpace {

    private final long limit;
    private final Map<Long, Long> taken = new HashMap<>();

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
        return taken.values().stream().mapToLong(Long::longValue).sum();
    }

    /**
     * Reserves room for all of some files or for none, so that no two exports ever hold half of what
     * they need and wait for each other.
     *
     * @param wanted bytes by file; what a file holds already counts towards it
     */
    synchronized boolean reserve(Map<Long, Long> wanted) {
        long others = taken.entrySet().stream()
                .filter(file -> !wanted.containsKey(file.getKey()))
                .mapToLong(Map.Entry::getValue)
                .sum();
        if (sum(wanted) > limit - others) {
            return false;
        }
        taken.putAll(wanted);
        return true;
    }

    /** A file turned out to take so many bytes. */
    synchronized void settle(long fileId, long bytes) {
        taken.put(fileId, bytes);
    }

    synchronized void free(long fileId) {
        taken.remove(fileId);
    }

    /** Capped, since sizes that the API lists may be any number. */
    static long sum(Map<Long, Long> bytes) {
        return bytes.values().stream().mapToLong(Long::longValue).reduce(0, (a, b) -> {
            long sum = a + b;
            return sum < 0 ? Long.MAX_VALUE : sum;
        });
    }
}
