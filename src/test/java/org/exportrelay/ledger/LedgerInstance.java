package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.exportrelay.api.Export;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.DueExport;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.delivery.FailedAttempt;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.VerifiedFile;
import org.exportrelay.ledger.database.LedgerDatabase;

/** The ledger as one process uses it. Where a real one has its spool, this one only keeps the ids that it has claimed. */
public final class LedgerInstance {

    static final Duration KEEP_PARKED = Duration.ofDays(30);

    public final LedgerDatabase database;
    public final DestinationStates states;
    public final ExportRecorder recorder;
    public final DeliveryCreator creator;
    public final DestinationRegistry destinations;
    public final DeliveryQueue deliveries;
    public final DownloadScan scan;
    public final DownloadQueue downloads;
    public final SpooledFiles spooled;
    public final Progress progress;
    private final Set<Long> downloading = new HashSet<>();

    /** An instance whose stopped destinations have been away by the same clock. */
    public LedgerInstance(LedgerDatabase database, String owner, Duration lease, Clock clock) {
        this(database, owner, lease, clock, clock);
    }

    /**
     * @param owner the name under which it claims
     * @param absence for how long a stopped destination has been away
     */
    public LedgerInstance(LedgerDatabase database, String owner, Duration lease, Clock clock, Clock absence) {
        this(database, new DestinationRegistry(new DestinationRecorder(database, clock), absence), owner, lease, clock);
    }

    private LedgerInstance(
            LedgerDatabase database, DestinationRegistry destinations, String owner, Duration lease, Clock clock) {
        this.database = database;
        this.destinations = destinations;
        this.creator = new DeliveryCreator(database, clock);
        this.recorder = new ExportRecorder(database, clock);
        this.states = new DestinationStates(database, Duration.ZERO, clock);
        this.deliveries = new DeliveryQueue(database, states, owner, owner, lease, clock);
        this.scan = new DownloadScan(
                database, destinations, states, deliveries::recent, owner, clock, clock, clock::instant);
        this.downloads = new DownloadQueue(database, destinations, owner, lease, clock, clock::instant);
        this.spooled =
                new SpooledFiles(database, destinations, states, owner, lease, KEEP_PARKED, clock, clock::instant);
        this.progress = new Progress(database, clock);
    }

    /** Another process on the same ledger, in which the same routes run. */
    LedgerInstance other(String owner, Duration lease, Clock clock) {
        return new LedgerInstance(database, destinations, owner, lease, clock);
    }

    /** Routes start, and their deliveries are created. */
    public void start(Destination... started) {
        Stream.of(started).forEach(destinations::start);
        createDeliveries();
    }

    public void createDeliveries() {
        creator.createDeliveries();
    }

    public RecordResult record(Export export) {
        return recorder.record(List.of(export), Optional.empty()).get(0);
    }

    /** The files of the next export that is due; none if none is. */
    List<ExportFile> claimFiles() {
        return claimExports(1).stream()
                .flatMap(export -> export.files().stream())
                .toList();
    }

    List<DueExport> claimExports(int most) {
        List<DueExport> due = scan.due(most, downloading, true);
        if (due.isEmpty()) {
            return due;
        }
        List<DueExport> claimed = downloads.claim(due);
        claimed.forEach(export -> downloading.addAll(export.fileIds()));
        return claimed;
    }

    /** Claims, downloads and verifies the next file. */
    ExportFile fetchNext() {
        ExportFile file = claimFiles().get(0);
        ready(List.of(new VerifiedFile(file.fileId(), "ab", 7L)));
        return file;
    }

    void ready(Collection<VerifiedFile> files) {
        downloads.ready(files);
        files.forEach(file -> downloading.remove(file.fileId()));
    }

    List<FailedAttempt> downloadFailed(List<ExportFile> files, FailureAction action, String error) {
        List<FailedAttempt> failed = downloads.failed(files, new DeliveryException(action, error));
        files.forEach(file -> downloading.remove(file.fileId()));
        return failed;
    }

    void releaseFiles(Collection<Long> fileIds) {
        downloads.release(fileIds);
        downloading.removeAll(fileIds);
    }

    void renewFileLeases() {
        downloads.renewLeases(downloading);
    }

    int releaseEndedFileLeases() {
        return downloads.releaseEndedLeases(downloading);
    }
}
