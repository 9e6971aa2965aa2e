package org.exportrelay.download;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.delivery.DueExport;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.ledger.DownloadQueue;
import org.exportrelay.ledger.SpooledFiles;

/**
 * Where downloaded files wait for their destinations, within {@code relay.spool.max-size}. All that this process knows
 * of a file's download is one {@link Entry} here: whether it is claimed, what is on disk, how many bytes it takes. The
 * ledger's {@code spool_state} is what other instances and the next start know. Thread-safe: one lock guards the
 * entries, and no thread holds it while it waits for the database.
 */
@Singleton
public class Spool {

    /** Of the room there is, at most this part is for files that are only kept: others must not starve. */
    private static final int KEPT_QUARTERS = 3;

    private static final int QUARTERS = 4;
    /** Left free for the ledger, which is likely to be on the same disk and small. */
    private static final long SPARE_BYTES = 16 << 20;
    /** Of files that are checked in one statement. */
    private static final int BATCH = 1000;

    private final SpoolDirectory directory;
    private final DownloadQueue queue;
    private final SpooledFiles spooled;
    private final SizeLimits limits;
    private final long maxSize;
    private final Map<Long, Entry> entries = new HashMap<>();
    /** Of the entries, those with a partial download: few, however much the spool has. */
    private final Set<Long> partials = new HashSet<>();
    /** Of the entries, those from the reservation of their room until the ledger has recorded how the download ended. */
    private final Set<Long> claimed = ConcurrentHashMap.newKeySet();

    private final Set<Long> ended = ConcurrentHashMap.newKeySet();
    private long used;
    /** Of what is used: files that only destinations which are down or paused wait for, or parked deliveries. */
    private long keptBytes;
    /** Of what is used, at most so many bytes are not on disk yet. */
    private long reserved;

    @Inject
    Spool(RelaySettings settings, DownloadQueue queue, SpooledFiles spooled, SizeLimits limits) {
        this.directory = new SpoolDirectory(settings.dataDir().resolve("spool"));
        this.queue = queue;
        this.spooled = spooled;
        this.limits = limits;
        this.maxSize = settings.spool().maxSize().bytes();
    }

    /** What this process knows of one file. */
    private static final class Entry {

        private final long fileId;
        /** What has arrived so far; null before the download, and once it is complete. */
        private PartialFile partial;
        /** On disk, or reserved for the download. */
        private long bytes;
        /** Whether it is only kept: no destination that works waits for it. */
        private boolean kept;

        Entry(long fileId) {
            this.fileId = fileId;
        }
    }

    /**
     * Keeps the files that the last process left and that deliveries still wait for, and deletes everything else, also what
     * another instance has taken over meanwhile.
     *
     * @throws IOException if the directory cannot be created or read
     */
    void recover() throws IOException {
        Map<Long, Long> complete = directory.open();
        Set<Long> kept = Set.copyOf(spooled.takeOver(complete));
        directory.deleteAllBut(kept);
        synchronized (this) {
            kept.forEach(fileId -> resize(entry(fileId), complete.get(fileId)));
        }
    }

    /**
     * Creates the directory again if it is missing. Complete files that were lost with it are downloaded again.
     *
     * @return why it cannot be used; empty if it can
     */
    Optional<String> problem() {
        boolean existed = directory.exists();
        Optional<String> problem = directory.problem();
        if (!existed) {
            complete().stream().filter(this::isMissing).forEach(this::lost);
        }
        return problem;
    }

    /** Of the directory, for messages. */
    Path path() {
        return directory.path();
    }

    /** Whether a complete file is not on disk, or no longer. */
    public boolean isMissing(long fileId) {
        return !Files.exists(complete(fileId));
    }

    /** The complete and verified file; it may be missing if someone deleted it. */
    public Path complete(long fileId) {
        return directory.complete(fileId);
    }

    /**
     * Claims the files of an export and reserves the room for their download, for all of them or for none. Partial
     * downloads of other exports give way: they can be downloaded again, and must not keep out what expires sooner.
     *
     * @return how much room is missing; empty if it is reserved
     */
    synchronized Optional<Shortage> reserve(DueExport export) {
        Map<Long, Long> wanted = limits.of(export.files());
        Optional<Shortage> shortage = shortage(export, wanted);
        if (shortage.isPresent()) {
            remove(partials.stream()
                    .filter(fileId -> !wanted.containsKey(fileId))
                    .toList());
            shortage = shortage(export, wanted);
        }
        if (shortage.isPresent()) {
            return shortage;
        }
        wanted.forEach((fileId, bytes) -> {
            Entry entry = entry(fileId);
            claim(entry);
            setKept(entry, !export.isForWorking());
            resize(entry, bytes);
        });
        return Optional.empty();
    }

    /** What the files take already counts towards what they want. */
    private Optional<Shortage> shortage(DueExport export, Map<Long, Long> wanted) {
        List<Entry> own = wanted.keySet().stream()
                .map(entries::get)
                .filter(entry -> entry != null)
                .toList();
        long more = SizeLimits.sum(wanted)
                - own.stream().mapToLong(entry -> entry.bytes).sum();
        long onDisk = export.files().stream()
                .filter(file -> file.size() != null && !hasPartial(file.fileId()))
                .mapToLong(ExportFile::size)
                .reduce(0, SizeLimits::sum);
        long free = directory.usableSpace() - SPARE_BYTES;
        // Looked at closely only if it is short: each reserved file that is not complete has to be asked for its size.
        long freeBeside = onDisk <= free - reserved ? free - reserved : free - unwritten();
        if (onDisk > 0 && onDisk > freeBeside) {
            return Optional.of(new Shortage(
                    onDisk - freeBeside,
                    "%,d bytes of the disk of %s are neither used nor reserved"
                            .formatted(Math.max(0, freeBeside), directory.path())));
        }
        if (more > maxSize - used) {
            return Optional.of(new Shortage(
                    more - (maxSize - used),
                    "%,d of relay.spool.max-size=%,d bytes are taken".formatted(used, maxSize)));
        }
        return export.isForWorking() ? Optional.empty() : shortageOfKept(wanted, own);
    }

    private Optional<Shortage> shortageOfKept(Map<Long, Long> wanted, List<Entry> own) {
        long already = own.stream()
                .filter(entry -> entry.kept)
                .mapToLong(entry -> entry.bytes)
                .sum();
        long limit = keptLimit();
        long room = limit - (keptBytes - already);
        return SizeLimits.sum(wanted) <= room
                ? Optional.empty()
                : Optional.of(new Shortage(
                        SizeLimits.sum(wanted) - room,
                        "%,d bytes are kept for destinations that are down or paused and for parked deliveries, of at most %,d"
                                .formatted(keptBytes, limit)));
    }

    /** Bytes of claimed files that have not arrived yet. */
    private long unwritten() {
        return claimed.stream()
                .map(entries::get)
                .mapToLong(entry -> Math.max(0, entry.bytes - arrived(entry)))
                .sum();
    }

    /** Whether there would be room for so many bytes if nothing else were in the spool. */
    synchronized boolean canEverHold(long wanted) {
        return wanted <= maxSize && (wanted <= directory.usableSpace() - SPARE_BYTES || wanted <= capacity());
    }

    /** All that the spool could ever hold on this disk, if nothing were in it. */
    synchronized long capacity() {
        return Math.min(maxSize, directory.usableSpace() - SPARE_BYTES - unwritten() + used);
    }

    private long keptLimit() {
        return capacity() / QUARTERS * KEPT_QUARTERS;
    }

    /** Bytes that files take which are only kept, beyond what those may take. */
    synchronized long keptBeyondLimit() {
        return Math.max(0, keptBytes - keptLimit());
    }

    /** Which of the complete files are only kept. */
    synchronized void keepOnly(Set<Long> fileIds) {
        entries.forEach((fileId, entry) -> {
            if (!isClaimed(entry)) {
                setKept(entry, fileIds.contains(fileId));
            }
        });
    }

    /** Of a file, on disk or reserved. */
    synchronized long bytes(long fileId) {
        Entry entry = entries.get(fileId);
        return entry == null ? 0 : entry.bytes;
    }

    /**
     * Drops complete files to make room.
     *
     * @return those that were dropped
     */
    List<Long> drop(List<Long> fileIds) {
        List<Long> dropped = spooled.drop(fileIds);
        removeComplete(dropped);
        return dropped;
    }

    /**
     * Why files cannot be downloaded now.
     *
     * @param bytes that are missing
     * @param reason for the log
     */
    record Shortage(long bytes, String reason) {}

    /** Claims files that can never fit, and are refused without a download. */
    synchronized void claim(List<ExportFile> files) {
        files.forEach(file -> claim(entry(file.fileId())));
    }

    private void claim(Entry entry) {
        if (claimed.add(entry.fileId)) {
            reserved += entry.bytes;
        }
    }

    private void unclaim(Entry entry) {
        if (claimed.remove(entry.fileId)) {
            reserved -= entry.bytes;
        }
    }

    private boolean isClaimed(Entry entry) {
        return claimed.contains(entry.fileId);
    }

    private void setKept(Entry entry, boolean kept) {
        if (entry.kept != kept) {
            entry.kept = kept;
            keptBytes += kept ? entry.bytes : -entry.bytes;
        }
    }

    private boolean hasPartial(long fileId) {
        return partials.contains(fileId);
    }

    /**
     * The files that this process has claimed: their downloads wait, run, or have an end that is not recorded yet. Takes no
     * lock, since the renewal of leases must not wait for files that are being deleted.
     */
    public Set<Long> claimed() {
        return Set.copyOf(claimed);
    }

    /** The download of a file, as far as it has come. */
    synchronized PartialFile partial(ExportFile file) {
        Entry entry = entry(file.fileId());
        if (entry.partial == null) {
            entry.partial = new PartialFile(file, directory.partial(file.fileId()));
            partials.add(file.fileId());
        }
        return entry.partial;
    }

    /** A download is verified: from now on it has its final name. */
    synchronized void complete(ExportFile file) throws IOException {
        Entry entry = entry(file.fileId());
        long bytes = directory.complete(partial(file));
        forgetPartial(entry);
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
            unclaim(entry);
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
        removePartial(spooled.notWaitedFor(partials()));
        // An instance that was away for longer than a lease has lost its files to others that share the ledger.
        Set<Long> lost = complete();
        lost.removeAll(spooled.held());
        removeLost(lost);
    }

    /** The ledger has freed these files, so their downloads were complete; one may be claimed again by now. */
    private synchronized void removeComplete(List<Long> fileIds) {
        for (Long fileId : fileIds) {
            if (claimed.contains(fileId)) {
                continue;
            }
            Entry entry = entries.get(fileId);
            directory.deleteComplete(fileId);
            if (!hasPartial(fileId)) {
                if (entry != null) {
                    resize(entry, 0);
                }
                entries.remove(fileId);
            }
        }
    }

    private synchronized Set<Long> partials() {
        return Set.copyOf(partials);
    }

    private synchronized Set<Long> complete() {
        Set<Long> complete = new HashSet<>(entries.keySet());
        complete.removeAll(claimed);
        complete.removeAll(partials);
        return complete;
    }

    /** The file turned out to be missing: it is downloaded again. */
    public void lost(long fileId) {
        if (queue.lost(fileId)) {
            removeComplete(List.of(fileId));
        }
    }

    private synchronized void removePartial(List<Long> fileIds) {
        remove(fileIds.stream().filter(this::hasPartial).toList());
    }

    private synchronized void removeLost(Set<Long> fileIds) {
        remove(fileIds.stream().filter(fileId -> !hasPartial(fileId)).toList());
    }

    /** Claimed ones stay. */
    private void remove(List<Long> fileIds) {
        fileIds.stream().filter(fileId -> !claimed.contains(fileId)).forEach(fileId -> {
            delete(fileId);
            entries.remove(fileId);
        });
    }

    private void delete(long fileId) {
        directory.delete(fileId);
        Entry entry = entry(fileId);
        forgetPartial(entry);
        resize(entry, 0);
    }

    private void forgetPartial(Entry entry) {
        entry.partial = null;
        partials.remove(entry.fileId);
    }

    private Entry entry(long fileId) {
        return entries.computeIfAbsent(fileId, Entry::new);
    }

    private void resize(Entry entry, long bytes) {
        long more = bytes - entry.bytes;
        used += more;
        keptBytes += entry.kept ? more : 0;
        reserved += isClaimed(entry) ? more : 0;
        entry.bytes = bytes;
    }
}
