package org.exportrelay.api;

import java.time.Instant;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;

/**
 * The exports whose URLs are known, within a number of bytes. Those that are waited for have three quarters of it: if
 * they are too many, those that expire last are dropped, since they are needed last. The others have the rest, and the
 * oldest of them are dropped first. Thread-safe.
 */
final class UrlCache {

    private static final double SHARE_OF_AWAITED = 0.75;
    /** Of a map entry, an export and a file with its two texts, apart from their characters. */
    private static final long BYTES_PER_EXPORT = 600;

    private static final long BYTES_PER_FILE = 160;

    private static final Comparator<Export> LAST_TO_EXPIRE =
            Comparator.comparing(UrlCache::end).reversed().thenComparing(Export::exportId);

    private final long mostBytes;
    private final Map<String, Cached> awaited = new LinkedHashMap<>();
    private final TreeSet<Export> byExpiry = new TreeSet<>(LAST_TO_EXPIRE);
    private final Map<String, Cached> others = new LinkedHashMap<>();
    private long awaitedBytes;
    private long otherBytes;

    /**
     * @param mostBytes of memory, as far as it can be estimated
     */
    UrlCache(long mostBytes) {
        this.mostBytes = mostBytes;
    }

    private static Instant end(Export export) {
        return export.expiresAt() == null ? Instant.MAX : export.expiresAt();
    }

    static long bytes(Export export) {
        return BYTES_PER_EXPORT
                + export.files().stream()
                        .mapToLong(file -> BYTES_PER_FILE + characters(file.url()) + characters(file.filename()))
                        .sum();
    }

    /** Texts with characters beyond Latin 1 take two bytes for each. */
    private static long characters(String text) {
        return text.chars().allMatch(character -> character < 256) ? text.length() : 2L * text.length();
    }

    /**
     * @param isAwaited whether its files are still to be downloaded, as far as it is known
     */
    synchronized void put(Export export, boolean isAwaited) {
        boolean wasAwaited = awaited.containsKey(export.exportId());
        remove(export.exportId());
        Cached cached = new Cached(export, bytes(export));
        if (isAwaited || wasAwaited) {
            awaited.put(export.exportId(), cached);
            byExpiry.add(export);
            awaitedBytes += cached.bytes();
        } else {
            others.put(export.exportId(), cached);
            otherBytes += cached.bytes();
        }
        makeRoom();
    }

    private void makeRoom() {
        while (awaitedBytes > mostBytes * SHARE_OF_AWAITED) {
            awaitedBytes -= awaited.remove(byExpiry.pollFirst().exportId()).bytes();
        }
        Iterator<Cached> oldest = others.values().iterator();
        while (awaitedBytes + otherBytes > mostBytes) {
            otherBytes -= oldest.next().bytes();
            oldest.remove();
        }
    }

    /** Null if it is not known. */
    synchronized Export get(String exportId) {
        Cached cached = awaited.getOrDefault(exportId, others.get(exportId));
        return cached == null ? null : cached.export();
    }

    synchronized void remove(String exportId) {
        Cached cached = awaited.remove(exportId);
        if (cached != null) {
            byExpiry.remove(cached.export());
            awaitedBytes -= cached.bytes();
        }
        cached = others.remove(exportId);
        if (cached != null) {
            otherBytes -= cached.bytes();
        }
    }

    /** Its files are downloaded: it is dropped before those that are waited for. */
    synchronized void release(String exportId) {
        Cached cached = awaited.get(exportId);
        if (cached != null) {
            remove(exportId);
            put(cached.export(), false);
        }
    }

    /** What has expired is no longer waited for. */
    synchronized void removeExpired(Instant past) {
        while (!byExpiry.isEmpty() && end(byExpiry.last()).isBefore(past)) {
            remove(byExpiry.last().exportId());
        }
    }

    /** As estimated. */
    synchronized long bytes() {
        return awaitedBytes + otherBytes;
    }

    /**
     * @param bytes as estimated when it was put
     */
    private record Cached(Export export, long bytes) {}
}
