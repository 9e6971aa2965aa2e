package org.exportrelay.download;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.ledger.DownloadQueue;
import org.exportrelay.ledger.SpooledFiles;
import org.exportrelay.ledger.database.LedgerDatabase;

/**
 * Where downloaded files wait for their destinations, within {@code relay.spool.max-size}. All that this process knows
 * of a file's download is one {@link Entry} here: whether it is claimed, what is on disk, how many bytes it takes. The
 * ledger's {@code spool_state} is what other instances and the next start know. Thread-safe: one lock guards the
 * entries, and no thread holds it while it waits for the database.
 */
@Singleton
public class Spool {

    /** Left free for the ledger, which is likely to be on the same disk and small. */
    private static final long SPARE_BYTES = 16 << 20;
    /** Of files that are checked in one statement. */
    private static final int BATCH = 1000;

    private final SpoolDirectory directory;
    private final LedgerDatabase database;
    private final DownloadQueue queue;
    private final SpooledFiles spooled;
    private final SizeLimits limits;
    private final long maxSize;
    private final Map<Long, Entry> entries = new HashMap<>();
    private final Set<Long> ended = ConcurrentHashMap.newKeySet();
    private long used;

    @Inject
    Spool(
            RelaySettings settings,
            LedgerDatabase database,
            DownloadQueue queue,
            SpooledFiles spooled,
            SizeLimits limits) {
        this.directory = new SpoolDirectory(settings.dataDir().resolve("spool"));
        this.database = database;
        this.queue = queue;
        this.spooled = spooled;
        this.limits = limits;
        this.maxSize = settings.spool().maxSize().bytes();
    }

    /** What this process knows of one file. */
    private static final class Entry {

        /** From the reservation of its room until the ledger has recorded how its download ended. */
        private boolean claimed;
        /** What has arrived so far; null before the download, and once it is complete. */
        private PartialFile partial;
        /** On disk, or reserved for the download. */
        private long bytes;
    }

    /**
     * Keeps the files that the last process left and that deliveries still wait for, and deletes everything else. Where
     * instances share a ledger it keeps nothing: another one may have taken over the files meanwhile.
     *
     * @throws IOException if the directory cannot be created or read
     */
    void recover() throws IOException {
        Map<Long, Long> complete = directory.open();
        Set<Long> kept = database.isExclusive() ? Set.copyOf(spooled.takeOver(complete)) : Set.of();
        directory.deleteAllBut(kept);
        synchronized (this) {
            kept.forEach(fileId -> resize(entry(fileId), complete.get(fileId)));
        }
    }

    /** The complete and verified file; it may be missing if someone deleted it. */
    public Path complete(long fileId) {
        return directory.complete(fileId);
    }

    /**
     * Claims the files of an export and reserves the room for their download, for all of them or for none. Partial
     * downloads of other exports give way: they can be downloaded again, and must not keep out what expires sooner.
     *
     * @return why there is no room now; empty if it is reserved
     */
    synchronized Optional<String> reserve(List<ExportFile> files) {
        long onDisk = files.stream()
                .filter(file -> file.size() != null && !hasPartial(file.fileId()))
                .mapToLong(ExportFile::size)
                .reduce(0, SizeLimits::sum);
        long free = directory.usableSpace();
        if (onDisk > 0 && onDisk > free - SPARE_BYTES) {
            return Optional.of("%,d bytes are free on the disk of %s".formatted(free, directory.path()));
        }
        Map<Long, Long> wanted = limits.of(files);
        if (!fits(wanted)) {
            remove(fileId -> hasPartial(fileId) && !wanted.containsKey(fileId));
        }
        if (!fits(wanted)) {
            return Optional.of("%,d of relay.spool.max-size=%,d bytes are taken".formatted(used, maxSize));
        }
        wanted.forEach((fileId, bytes) -> {
            Entry entry = entry(fileId);
            entry.claimed = true;
            resize(entry, bytes);
        });
        return Optional.empty();
    }

    /** Claims files that can never fit, and are refused without a download. */
    synchronized void claim(List<ExportFile> files) {
        files.forEach(file -> entry(file.fileId()).claimed = true);
    }

    /** What the files take already counts towards what they want. */
    private boolean fits(Map<Long, Long> wanted) {
        long taken = wanted.keySet().stream()
                .map(entries::get)
                .filter(entry -> entry != null)
                .mapToLong(entry -> entry.bytes)
                .sum();
        return SizeLimits.sum(wanted) <= maxSize - (used - taken);
    }

    private boolean hasPartial(long fileId) {
        Entry entry = entries.get(fileId);
        return entry != null && entry.partial != null;
    }

    /** The files that this process has claimed: their downloads wait, run, or have an end that is not recorded yet. */
    public synchronized Set<Long> claimed() {
        return entries.entrySet().stream()
                .filter(entry -> entry.getValue().claimed)
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    /** The download of a file, as far as it has come. */
    synchronized PartialFile partial(ExportFile file) {
        Entry entry = entry(file.fileId());
        if (entry.partial == null) {
            entry.partial = new PartialFile(file, directory.partial(file.fileId()));
        }
        return entry.partial;
    }

    /** A download is verified: from now on it has its final name. */
    synchronized void complete(ExportFile file) throws IOException {
        Entry entry = entry(file.fileId());
        long bytes = directory.complete(partial(file));
        entry.partial = null;
        resize(entry, bytes);
    }

    /** Downloads have ended for now: what has arrived stays, and the next attempt of this process resumes there. */
    synchronized void suspend(List<ExportFile> files) {
        for (ExportFile file : files) {
            Entry entry = entry(file.fileId());
            long arrived = arrived(entry);
            if (arrived == 0) {
                delete(file.fileId());
            } else {
                resize(entry, arrived);
            }
        }
    }

    private static long arrived(Entry entry) {
        try {
            return entry.partial == null ? 0 : entry.partial.bytes();
        } catch (IOException unreadable) {
            return 0;
        }
    }

    /** Deletes the partial and complete downloads of files; they stay claimed. */
    synchronized void discard(List<ExportFile> files) {
        files.forEach(file -> delete(file.fileId()));
    }

    /** The ledger has recorded how the downloads ended, or never knew of them: they are no longer claimed here. */
    synchronized void release(List<ExportFile> files) {
        for (ExportFile file : files) {
            Entry entry = entry(file.fileId());
            entry.claimed = false;
            if (entry.bytes == 0 && entry.partial == null) {
                entries.remove(file.fileId());
            }
        }
    }

    /** A delivery of a file has ended; if that was the last one, the next {@link #releaseEnded} deletes the file. */
    public void deliveryEnded(long fileId) {
        ended.add(fileId);
    }

    /** Deletes the files whose last delivery has ended according to {@link #deliveryEnded}. */
    public void releaseEnded() {
        for (List<Long> batch = nextEnded(); !batch.isEmpty(); batch = nextEnded()) {
            removeComplete(spooled.releaseDone(batch));
        }
    }

    /** Taken out before they are checked, so that a delivery that ends meanwhile is not missed. */
    private List<Long> nextEnded() {
        List<Long> batch = ended.stream().limit(BATCH).toList();
        batch.forEach(ended::remove);
        return batch;
    }

    /** Deletes every file that no delivery waits for any more, however those ended, and what this process lost. */
    public void releaseUnneeded() {
        removeComplete(spooled.releaseDone());
        Set<Long> unneeded = Set.copyOf(spooled.notWaitedFor(partials()));
        removeUnclaimed(fileId -> hasPartial(fileId) && unneeded.contains(fileId));
        // An instance that was away for longer than a lease has lost its files to others that share the ledger.
        Set<Long> complete = complete();
        Set<Long> held = spooled.held();
        removeUnclaimed(fileId -> !hasPartial(fileId) && complete.contains(fileId) && !held.contains(fileId));
    }

    /** The ledger has freed these files, so their downloads were complete; one may be claimed again by now. */
    private synchronized void removeComplete(List<Long> fileIds) {
        for (Long fileId : fileIds) {
            Entry entry = entries.get(fileId);
            if (entry != null && entry.claimed) {
                continue;
            }
            directory.deleteComplete(fileId);
            if (!hasPartial(fileId)) {
                entries.remove(fileId);
                used -= entry == null ? 0 : entry.bytes;
            }
        }
    }

    private synchronized Set<Long> partials() {
        return entries.keySet().stream().filter(this::hasPartial).collect(Collectors.toSet());
    }

    private synchronized Set<Long> complete() {
        return entries.entrySet().stream()
                .filter(entry -> !entry.getValue().claimed && entry.getValue().partial == null)
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    /** The file turned out to be missing: it is downloaded again. */
    public void lost(long fileId) {
        if (queue.lost(fileId)) {
            removeComplete(List.of(fileId));
        }
    }

    private synchronized void removeUnclaimed(Predicate<Long> which) {
        remove(which);
    }

    private void remove(Predicate<Long> which) {
        Set<Long> removed = entries.entrySet().stream()
                .filter(entry -> !entry.getValue().claimed && which.test(entry.getKey()))
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
        removed.forEach(fileId -> {
            delete(fileId);
            entries.remove(fileId);
        });
    }

    private void delete(long fileId) {
        directory.delete(fileId);
        Entry entry = entry(fileId);
        entry.partial = null;
        resize(entry, 0);
    }

    private Entry entry(long fileId) {
        return entries.computeIfAbsent(fileId, id -> new Entry());
    }

    private void resize(Entry entry, long bytes) {
        used += bytes - entry.bytes;
        entry.bytes = bytes;
    }
}
