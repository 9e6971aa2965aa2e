package org.exportrelay.download;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * What this process knows of the files in its spool: whether a file is claimed, what has arrived, how many bytes it
 * takes. The ledger's {@code spool_state} is what other instances and the next start know. Thread-safe: its monitor
 * guards it, also for callers that need several steps to be one; no thread holds it while it waits for the database.
 */
final class SpoolEntries {

    private final Map<Long, Entry> entries = new HashMap<>();
    /** Of the entries, those with a partial download: few, however much the spool has. */
    private final Set<Long> partials = new HashSet<>();
    /** Of the entries, those from the reservation of their room until the ledger has recorded how the download ended. */
    private final Set<Long> claimed = ConcurrentHashMap.newKeySet();

    private long used;
    private long kept;
    private long reserved;

    private static final class Entry {

        /** What has arrived so far; null before the download, and once it is complete. */
        private PartialFile partial;
        /** On disk, or reserved for the download. */
        private long bytes;
        /** Whether no destination that works waits for it. */
        private boolean isKept;
        /** Whether some of its bytes may not be on disk yet. */
        private boolean isIncomplete;
    }

    /** Takes no lock, since the renewal of leases must not wait for files that are being deleted. */
    Set<Long> claimed() {
        return Set.copyOf(claimed);
    }

    boolean isClaimed(long fileId) {
        return claimed.contains(fileId);
    }

    /** A download of the file is about to begin. */
    synchronized void claim(long fileId) {
        Entry entry = entry(fileId);
        claimed.add(fileId);
        setIncomplete(entry, true);
    }

    /** The end of its download is recorded; nothing is known any more of a file that takes no room. */
    synchronized void unclaim(long fileId) {
        claimed.remove(fileId);
        Entry entry = entries.get(fileId);
        if (entry == null) {
            return;
        }
        setIncomplete(entry, false);
        if (entry.bytes == 0 && entry.partial == null) {
            entries.remove(fileId);
        }
    }

    /** The partial download of a file, from now on if there was none. */
    synchronized PartialFile partial(long fileId, Supplier<PartialFile> begun) {
        Entry entry = entry(fileId);
        if (entry.partial == null) {
            entry.partial = begun.get();
            partials.add(fileId);
        }
        return entry.partial;
    }

    synchronized Optional<PartialFile> partial(long fileId) {
        return Optional.ofNullable(entries.get(fileId)).map(entry -> entry.partial);
    }

    /** A file is complete on disk. */
    synchronized void complete(long fileId, long bytes) {
        Entry entry = entry(fileId);
        entry.partial = null;
        partials.remove(fileId);
        resize(fileId, bytes);
        setIncomplete(entry, false);
    }

    synchronized void resize(long fileId, long bytes) {
        Entry entry = entry(fileId);
        long more = bytes - entry.bytes;
        used += more;
        kept += entry.isKept ? more : 0;
        reserved += entry.isIncomplete ? more : 0;
        entry.bytes = bytes;
    }

    /** Nothing of the file is on disk any more. It stays claimed if it is. */
    synchronized void forget(long fileId) {
        Entry entry = entries.get(fileId);
        if (entry == null) {
            return;
        }
        entry.partial = null;
        partials.remove(fileId);
        resize(fileId, 0);
        if (!isClaimed(fileId)) {
            entries.remove(fileId);
        }
    }

    synchronized void setKept(long fileId, boolean isKept) {
        Entry entry = entry(fileId);
        if (entry.isKept != isKept) {
            entry.isKept = isKept;
            kept += isKept ? entry.bytes : -entry.bytes;
        }
    }

    /** Which of the files that are not claimed are only kept. */
    synchronized void keepOnly(Set<Long> fileIds) {
        entries.keySet().stream()
                .filter(fileId -> !isClaimed(fileId))
                .forEach(fileId -> setKept(fileId, fileIds.contains(fileId)));
    }

    synchronized boolean isKept(long fileId) {
        Entry entry = entries.get(fileId);
        return entry != null && entry.isKept;
    }

    /** Of a file, on disk or reserved. */
    synchronized long bytes(long fileId) {
        Entry entry = entries.get(fileId);
        return entry == null ? 0 : entry.bytes;
    }

    synchronized long bytes(Collection<Long> fileIds) {
        return fileIds.stream().mapToLong(this::bytes).sum();
    }

    /** On disk or reserved. */
    synchronized long used() {
        return used;
    }

    /** Of what is used: files that only destinations which are down or held wait for, or parked deliveries. */
    synchronized long kept() {
        return kept;
    }

    /** Of what is used, at most so many bytes are not on disk yet. */
    synchronized long reserved() {
        return reserved;
    }

    /** Of what is used, so many bytes are not on disk yet: each partial file is asked for its size. */
    synchronized long unwritten() {
        return claimed.stream()
                .map(entries::get)
                .filter(entry -> entry != null && entry.isIncomplete)
                .mapToLong(entry -> Math.max(0, entry.bytes - (entry.partial == null ? 0 : entry.partial.arrived())))
                .sum();
    }

    /** The files with a partial download. */
    synchronized Set<Long> partials() {
        return Set.copyOf(partials);
    }

    /** The files that wait for their deliveries. */
    synchronized Set<Long> complete() {
        return entries.keySet().stream()
                .filter(fileId -> !isClaimed(fileId) && !partials.contains(fileId))
                .collect(Collectors.toSet());
    }

    synchronized int size() {
        return entries.size();
    }

    private Entry entry(long fileId) {
        return entries.computeIfAbsent(fileId, unknown -> new Entry());
    }

    private void setIncomplete(Entry entry, boolean isIncomplete) {
        if (entry.isIncomplete != isIncomplete) {
            entry.isIncomplete = isIncomplete;
            reserved += isIncomplete ? entry.bytes : -entry.bytes;
        }
    }
}
