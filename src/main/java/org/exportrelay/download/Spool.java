package org.exportrelay.download;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.ledger.DownloadQueue;
import org.exportrelay.ledger.SpooledFiles;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jboss.logging.Logger;

/**
 * Where downloaded files lie until their last destination is done, within {@code
 * relay.spool.max-size}. Names are the ledger's numbers, so that nothing the API says becomes part of
 * a path; a file without {@code .part} is complete and verified. Thread-safe.
 */
@Singleton
public class Spool {

    private static final Logger LOG = Logger.getLogger(Spool.class);

    /** Left free for the ledger, which is likely to be on the same disk and small. */
    private static final long SPARE_BYTES = 16 << 20;

    private static final int MOST_AT_ONCE = 1000;

    private final Path directory;
    private final LedgerDatabase database;
    private final DownloadQueue queue;
    private final SpooledFiles spooled;
    private final SizeLimits limits;
    private final SpoolSpace space;
    private final Queue<Long> settled = new ConcurrentLinkedQueue<>();
    private final Map<Long, PartialFile> partials = new ConcurrentHashMap<>();
    /** The files for which room is reserved, whose downloads are under way. */
    private final Set<Long> underWay = new HashSet<>();

    @Inject
    Spool(
            RelaySettings settings,
            LedgerDatabase database,
            DownloadQueue queue,
            SpooledFiles spooled,
            SizeLimits limits) {
        this.directory = settings.dataDir().resolve("spool");
        this.database = database;
        this.queue = queue;
        this.spooled = spooled;
        this.limits = limits;
        this.space = new SpoolSpace(settings.spool().maxSize().bytes());
    }

    /**
     * Keeps what the last process left and is still waited for, and deletes everything else. Where
     * instances share a ledger nothing is kept: another one may have taken the files meanwhile.
     *
     * @throws IOException if the directory cannot be made or read
     */
    void recover() throws IOException {
        Files.createDirectories(directory);
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            files.forEach(found::add);
        }
        Map<Long, Long> complete = new HashMap<>();
        for (Path file : found) {
            String name = file.getFileName().toString();
            if (name.matches("\\d{1,18}")) {
                complete.put(Long.valueOf(name), Files.size(file));
            }
        }
        Set<Long> kept = database.isExclusive() ? Set.copyOf(spooled.takeOver(complete)) : Set.of();
        kept.forEach(fileId -> space.settle(fileId, complete.get(fileId)));
        Set<Path> keptPaths = kept.stream().map(this::complete).collect(Collectors.toSet());
        for (Path file : found) {
            if (!keptPaths.contains(file)) {
                Files.delete(file);
            }
        }
    }

    /** The complete and verified file; it may be missing if someone deleted it. */
    public Path complete(long fileId) {
        return directory.resolve(Long.toString(fileId));
    }

    /**
     * Takes room for all files of an export, or for none. What earlier attempts of others have left
     * gives way: it can be had again, and must not keep out what is nearer to its expiry.
     *
     * @return why there is none now; empty if the room is taken
     */
    synchronized Optional<String> reserve(List<ExportFile> files) {
        long needed = files.stream()
                .filter(file -> file.size() != null && !partials.containsKey(file.fileId()))
                .mapToLong(ExportFile::size)
                .sum();
        long free = directory.toFile().getUsableSpace();
        if (needed > 0 && needed > free - SPARE_BYTES) {
            return Optional.of("%,d bytes are free on the disk of %s".formatted(free, directory));
        }
        Map<Long, Long> wanted = limits.of(files);
        if (!space.reserve(wanted)) {
            files.forEach(file -> underWay.add(file.fileId()));
            List.copyOf(partials.keySet()).forEach(this::dropIfIdle);
            files.forEach(file -> underWay.remove(file.fileId()));
            if (!space.reserve(wanted)) {
                return Optional.of(
                        "%,d of relay.spool.max-size=%,d bytes are taken".formatted(space.used(), space.limit()));
            }
        }
        files.forEach(file -> underWay.add(file.fileId()));
        return Optional.empty();
    }

    private synchronized void dropIfIdle(long fileId) {
        if (!underWay.contains(fileId)) {
            drop(fileId);
        }
    }

    private void drop(long fileId) {
        partials.remove(fileId);
        delete(partialPath(fileId));
        space.free(fileId);
    }

    /** The download of a file, as far as it has come. */
    PartialFile partial(ExportFile file) {
        return partials.computeIfAbsent(file.fileId(), id -> new PartialFile(file, partialPath(id)));
    }

    private Path partialPath(long fileId) {
        return directory.resolve(fileId + ".part");
    }

    /** A download is verified: from now on it has its final name. */
    synchronized void complete(ExportFile file) throws IOException {
        Path complete = complete(file.fileId());
        Files.move(partialPath(file.fileId()), complete, StandardCopyOption.ATOMIC_MOVE);
        partials.remove(file.fileId());
        underWay.remove(file.fileId());
        space.settle(file.fileId(), Files.size(complete));
    }

    /** Downloads have ended for now: the next attempt of this process goes on with what has come. */
    synchronized void setAside(List<ExportFile> files) {
        for (ExportFile file : files) {
            underWay.remove(file.fileId());
            try {
                space.settle(file.fileId(), partial(file).bytes());
            } catch (IOException e) {
                drop(file.fileId());
            }
        }
    }

    /** Forgets partial and complete downloads of files. */
    synchronized void discard(List<ExportFile> files) {
        for (ExportFile file : files) {
            underWay.remove(file.fileId());
            drop(file.fileId());
            delete(complete(file.fileId()));
        }
    }

    /** A delivery of a file is done; the file goes at the next {@link #releaseSettled} if that was the last one. */
    public void settled(long fileId) {
        settled.add(fileId);
    }

    /** Deletes the files whose last delivery was {@link #settled}. */
    public void releaseSettled() {
        for (List<Long> some = someSettled(); !some.isEmpty(); some = someSettled()) {
            spooled.releaseDone(some).forEach(this::deleteComplete);
        }
    }

    private List<Long> someSettled() {
        List<Long> some = new ArrayList<>();
        for (Long next = settled.poll(); next != null; next = some.size() < MOST_AT_ONCE ? settled.poll() : null) {
            some.add(next);
        }
        return some;
    }

    /** Deletes every file whose last delivery is done, in whatever way it ended, and what is no longer held. */
    public void releaseDone() {
        spooled.releaseDone().forEach(this::deleteComplete);
        spooled.notWaitedFor(partials.keySet()).forEach(this::dropIfIdle);
        dropFreedByOthers();
    }

    /** Where instances share a ledger, one that was away for longer than a lease has lost what it held. */
    private void dropFreedByOthers() {
        Set<Long> here = space.files();
        here.removeAll(spooled.held());
        here.forEach(this::deleteUnlessFetched);
    }

    /** What has come of a download that goes on later is nobody's in the ledger. */
    private synchronized void deleteUnlessFetched(long fileId) {
        if (!underWay.contains(fileId) && !partials.containsKey(fileId)) {
            deleteComplete(fileId);
        }
    }

    /** The file turned out to be gone: it is fetched again. */
    public void lost(long fileId) {
        space.free(fileId);
        queue.release(List.of(fileId));
    }

    private void deleteComplete(long fileId) {
        delete(complete(fileId));
        space.free(fileId);
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (NoSuchFileException alreadyGone) {
            // What was wanted.
        } catch (IOException e) {
            LOG.warnf("spool: %s cannot be deleted (%s); the next start tries again", file, e);
        }
    }
}
