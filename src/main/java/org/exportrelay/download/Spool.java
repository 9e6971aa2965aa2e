package org.exportrelay.download;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.SettingsException;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.FailureReason;
import org.exportrelay.ledger.DownloadQueue;
import org.exportrelay.ledger.SpooledFiles;

/** Where downloaded files wait for their destinations. Thread-safe. */
@Singleton
public class Spool {

    /** Of files that are checked in one statement. */
    private static final int BATCH = 1000;

    private final SpoolDirectory directory;
    private final SpoolEntries entries = new SpoolEntries();
    private final SpoolRoom room;
    private final DownloadFiles downloads;
    private final DownloadQueue queue;
    private final SpooledFiles spooled;
    private final Set<Long> ended = ConcurrentHashMap.newKeySet();
    private volatile Runnable onDeliveryEnded = () -> {};

    @Inject
    Spool(RelaySettings settings, DownloadQueue queue, SpooledFiles spooled, SizeLimits limits) {
        this.directory = new SpoolDirectory(settings.dataDir().resolve("spool"));
        this.downloads = new DownloadFiles(entries, directory);
        this.queue = queue;
        this.spooled = spooled;
        this.room = new SpoolRoom(
                entries,
                directory,
                directory::usableSpace,
                limits,
                settings.spool().maxSize().bytes());
    }

    /**
     * Keeps the files that the last process left and that deliveries still wait for, and deletes everything else, also what
     * another instance has taken over meanwhile.
     *
     * @throws SettingsException if the directory cannot be created or read
     */
    void recover() {
        Map<Long, Long> complete;
        Set<Long> kept;
        try {
            complete = directory.open();
            kept = Set.copyOf(spooled.takeOver(complete));
            directory.deleteAllBut(kept);
        } catch (IOException e) {
            throw new SettingsException("relay.data-dir: the spool " + directory.path() + " cannot be used ("
                    + directory.problem().orElseGet(() -> FailureReason.of(e))
                    + "); make it a directory that this user may read and write");
        }
        kept.forEach(fileId -> entries.complete(fileId, complete.get(fileId)));
    }

    /**
     * Creates the directory again if it is missing. Complete files that were lost with it are downloaded again; while it
     * only cannot be used, they are not lost.
     *
     * @return why it cannot be used; empty if it can
     */
    Optional<String> problem() {
        boolean wasMissing = directory.isMissing();
        Optional<String> problem = directory.problem();
        if (wasMissing && problem.isEmpty()) {
            entries.complete().stream().filter(directory::isMissing).forEach(this::lost);
        }
        return problem;
    }

    /** Of the directory, for messages. */
    Path path() {
        return directory.path();
    }

    /** Bytes that files take or have reserved. */
    public long used() {
        synchronized (entries) {
            return entries.used();
        }
    }

    /** Bytes that it can hold at most, as far as the disk tells. */
    public long capacity() {
        return room.capacity();
    }

    SpoolRoom room() {
        return room;
    }

    DownloadFiles downloads() {
        return downloads;
    }

    /**
     * Why a delivery cannot have its file now, which is no fault of the delivery. A file that is proven to be missing is
     * downloaded again.
     *
     * @param cause what the delivery met; null if nothing
     * @return empty if the file can be read
     */
    public Optional<DeliveryException> failure(long fileId, Throwable cause) {
        if (directory.isMissing(fileId)) {
            lost(fileId);
            return Optional.of(new DeliveryException(
                    FailureAction.POSTPONE,
                    complete(fileId) + " is missing from the spool; downloading it again",
                    cause));
        }
        return directory
                .unreadable(fileId)
                .map(reason -> new DeliveryException(
                        FailureAction.POSTPONE,
                        complete(fileId) + " cannot be read from the spool now (" + reason
                                + "); it is delivered once the spool can be read",
                        cause));
    }

    /** The complete and verified file; it may be missing if someone deleted it. */
    public Path complete(long fileId) {
        return directory.complete(fileId);
    }

    /**
     * Where an attempt of a delivery may write its file in another form; {@link #deleteCopy} ends it, and at the latest the
     * next start.
     */
    public Path copy(Delivery delivery) {
        return directory.copy(delivery);
    }

    /** Deletes what {@link #copy} has named, if it exists. */
    public void deleteCopy(Path copy) {
        directory.delete(copy);
    }

    /**
     * The files that this process has claimed: their downloads wait, run, or have an end that is not recorded yet. Takes no
     * lock.
     */
    public Set<Long> claimed() {
        return entries.claimed();
    }

    /** Which of the complete files are only kept. */
    void keepOnly(Set<Long> fileIds) {
        entries.keepOnly(fileIds);
    }

    /** Of a file, on disk or reserved. */
    long bytes(long fileId) {
        return entries.bytes(fileId);
    }

    /** The ledger has freed complete files, to make room. */
    void dropped(Collection<Long> fileIds) {
        removeComplete(fileIds);
    }

    /** A delivery of a file has ended; if that was the last one, the next {@link #releaseEnded} deletes the file. */
    public void deliveryEnded(long fileId) {
        ended.add(fileId);
        onDeliveryEnded.run();
    }

    /**
     * Sets what is called when a delivery has ended, and there may be room for another file.
     *
     * @param action called from any thread; must return soon
     */
    public void onDeliveryEnded(Runnable action) {
        onDeliveryEnded = action;
    }

    /** Deletes the files whose last delivery has ended according to {@link #deliveryEnded}. */
    public void releaseEnded() {
        for (List<Long> batch = nextEnded(); !batch.isEmpty(); batch = nextEnded()) {
            removeComplete(spooled.releaseDone(batch));
        }
    }

    /**
     * Taken out before they are checked, so that a delivery that ends meanwhile is not missed. A delivery may end before the
     * download of its file has released its claim: the file then waits for the next time.
     */
    private List<Long> nextEnded() {
        List<Long> batch = ended.stream()
                .filter(fileId -> !entries.isClaimed(fileId))
                .limit(BATCH)
                .toList();
        batch.forEach(ended::remove);
        return batch;
    }

    /** Deletes every file that no delivery waits for any more, however those ended, and what this process lost. */
    public void releaseUnneeded() {
        removeComplete(spooled.releaseDone());
        downloads.deletePartial(spooled.notWaitedFor(entries.partials()));
        // An instance that was away for longer than a lease has lost its files to others that share the ledger.
        Set<Long> lost = entries.complete();
        lost.removeAll(spooled.held());
        removeComplete(lost);
    }

    /** The file turned out to be missing: it is downloaded again. */
    private void lost(long fileId) {
        if (queue.lost(fileId)) {
            removeComplete(List.of(fileId));
        }
    }

    /** The ledger has freed these files, so their downloads were complete; one may be claimed again by now. */
    private void removeComplete(Collection<Long> fileIds) {
        synchronized (entries) {
            fileIds.stream().filter(fileId -> !entries.isClaimed(fileId)).forEach(fileId -> {
                directory.deleteComplete(fileId);
                if (entries.partial(fileId).isEmpty()) {
                    entries.forget(fileId);
                }
            });
        }
    }
}
