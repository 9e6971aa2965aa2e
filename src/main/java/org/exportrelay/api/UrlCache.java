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
    private final Map<String, Export> awaited = new LinkedHashMap<>();
    private final TreeSet<Export> byExpiry = new TreeSet<>(LAST_TO_EXPIRE);
    private final Map<String, Export> others = new LinkedHashMap<>();
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
        if (isAwaited || wasAwaited) {
            awaited.put(export.exportId(), export);
            byExpiry.add(export);
            awaitedBytes += bytes(export);
        } else {
            others.put(export.exportId(), export);
            otherBytes += bytes(export);
        }
        makeRoom();
    }

    private void makeRoom() {
        while (awaitedBytes > mostBytes * SHARE_OF_AWAITED) {
            Export last = byExpiry.pollFirst();
            awaited.remove(last.exportId());
            awaitedBytes -= bytes(last);
        }
        Iterator<Export> oldest = others.values().iterator();
        while (awaitedBytes + otherBytes > mostBytes) {
            otherBytes -= bytes(oldest.next());
            oldest.remove();
        }
    }

    /** Null if it is not known. */
    synchronized Export get(String exportId) {
        Export export = awaited.get(exportId);
        return export == null ? others.get(exportId) : export;
    }

    synchronized void remove(String exportId) {
        Export export = awaited.remove(exportId);
        if (export != null) {
            byExpiry.remove(export);
            awaitedBytes -= bytes(export);
        }
        export = others.remove(exportId);
        if (export != null) {
            otherBytes -= bytes(export);
        }
    }

    /** Its files are downloaded: it is dropped before those that are waited for. */
    synchronized void release(String exportId) {
        Export export = awaited.get(exportId);
        if (export != null) {
            remove(exportId);
            put(export, false);
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
}
