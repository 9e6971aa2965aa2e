package org.exportrelay.transfer;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.exportrelay.ledger.DownloadQueue;
import org.exportrelay.ledger.ExportFile;
import org.exportrelay.ledger.Remedy;
import org.exportrelay.ledger.Setback;
import org.exportrelay.ledger.VerifiedFile;
import org.jboss.logging.Logger;

/** All files of an export into the spool, verified one by one and then together. Thread-safe. */
@Singleton
class ExportFetch {

    private static final Logger LOG = Logger.getLogger(ExportFetch.class);

    private final FileFetch fileFetch;
    private final Verifier verifier;
    private final DownloadQueue queue;
    private final Spool spool;
    private final SizeLimits limits;

    @Inject
    ExportFetch(FileFetch fileFetch, Verifier verifier, DownloadQueue queue, Spool spool, SizeLimits limits) {
        this.fileFetch = fileFetch;
        this.verifier = verifier;
        this.queue = queue;
        this.spool = spool;
        this.limits = limits;
    }

    /**
     * One fresh download where the bytes are not what the API promised; twice is no accident.
     *
     * @param files those of one export that are missing, for which the spool has room
     * @return what verification found; the spool has the files then
     * @throws Setback if they cannot be had, or not by this attempt
     * @throws IOException if the connection, the store or the disk failed
     */
    List<VerifiedFile> fetch(List<ExportFile> files) throws Setback, IOException {
        limits.check(files);
        List<VerifiedFile> verified = fetchEach(files);
        Optional<String> shortfall = recordShortfall(files, verified);
        if (shortfall.isPresent()) {
            LOG.warnf("%s; downloading again", shortfall.get());
            files.forEach(file -> spool.partial(file).startAfresh());
            verified = fetchEach(files);
            shortfall = recordShortfall(files, verified);
        }
        if (shortfall.isPresent()) {
            throw twice(shortfall.get());
        }
        for (ExportFile file : files) {
            spool.complete(file);
        }
        return verified;
    }

    private List<VerifiedFile> fetchEach(List<ExportFile> files) throws Setback, IOException {
        List<VerifiedFile> verified = new ArrayList<>();
        for (ExportFile file : files) {
            verified.add(fetchOne(spool.partial(file)));
        }
        return verified;
    }

    private VerifiedFile fetchOne(PartialFile partial) throws Setback, IOException {
        try {
            return fetchAndVerify(partial);
        } catch (BadContentException first) {
            LOG.warnf("%s: %s; downloading again", partial.file().uniqueName(), first.getMessage());
        }
        partial.startAfresh();
        try {
            return fetchAndVerify(partial);
        } catch (BadContentException second) {
            throw twice(second.getMessage());
        }
    }

    private VerifiedFile fetchAndVerify(PartialFile partial) throws BadContentException, Setback, IOException {
        fileFetch.fetch(partial);
        return verifier.verify(partial.file(), partial.path());
    }

    private static Setback twice(String problem) {
        return new Setback(Remedy.PARK, problem + ", in two downloads; run the export again");
    }

    /** What is missing of the records that the API listed for the whole export. */
    private Optional<String> recordShortfall(List<ExportFile> files, List<VerifiedFile> verified) {
        Long listed = files.get(0).recordCount();
        Long elsewhere = queue.recordsElsewhere(
                files.get(0).exportId(), files.stream().map(ExportFile::fileId).toList());
        if (listed == null || elsewhere == null || verified.stream().anyMatch(file -> file.records() == null)) {
            return Optional.empty();
        }
        long counted =
                elsewhere + verified.stream().mapToLong(VerifiedFile::records).sum();
        return counted >= listed
                ? Optional.empty()
                : Optional.of("export %s has %,d records, the API listed %,d"
                        .formatted(files.get(0).exportId(), counted, listed));
    }
}
