package org.exportrelay.download;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.DueExport;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.VerifiedFile;
import org.exportrelay.log.LogEvent;
import org.exportrelay.log.LogField;
import org.jboss.logging.Logger;

/** Downloads all files of an export into the spool and verifies them one by one, then together. Thread-safe. */
@Singleton
class ExportDownload {

    private static final Logger LOG = Logger.getLogger(ExportDownload.class);

    private final FileDownload fileDownload;
    private final Verifier verifier;
    private final DownloadFiles downloads;

    @Inject
    ExportDownload(FileDownload fileDownload, Verifier verifier, Spool spool) {
        this.fileDownload = fileDownload;
        this.verifier = verifier;
        this.downloads = spool.downloads();
    }

    /**
     * Downloads once more where the bytes are not what the API listed; twice is no accident.
     *
     * @param export for whose files the spool has room
     * @return what verification found; the spool has the files then
     * @throws DeliveryException if there is no sound download, or none by this attempt
     * @throws IOException if the connection, the store or the disk failed
     */
    List<VerifiedFile> fetch(DueExport export) throws DeliveryException, IOException {
        List<ExportFile> files = export.files();
        List<VerifiedFile> verified = fetchEach(export);
        Optional<String> shortfall = recordShortfall(export, verified);
        if (shortfall.isPresent()) {
            LogEvent.DOWNLOAD_REPEATED.on(LOG).warnf("%s; downloading again", shortfall.get());
            files.forEach(file -> downloads.partial(file).startAfresh());
            verified = fetchEach(export);
            shortfall = recordShortfall(export, verified);
        }
        if (shortfall.isPresent()) {
            throw twice(shortfall.get());
        }
        for (ExportFile file : files) {
            downloads.complete(file);
        }
        return verified;
    }

    private List<VerifiedFile> fetchEach(DueExport export) throws DeliveryException, IOException {
        List<VerifiedContent> contents = new ArrayList<>();
        for (ExportFile file : export.files()) {
            contents.add(fetchOne(downloads.partial(file)));
        }
        return asListed(export, contents);
    }

    /** Empty lines are records only where the export has as many records as the API listed with them alone. */
    private static List<VerifiedFile> asListed(DueExport export, List<VerifiedContent> contents) {
        List<VerifiedFile> without =
                contents.stream().map(VerifiedContent::file).toList();
        List<VerifiedFile> with =
                contents.stream().map(VerifiedContent::withEmptyRecords).toList();
        boolean onlyWith = recordShortfall(export, without).isPresent()
                && recordShortfall(export, with).isEmpty();
        return onlyWith ? with : without;
    }

    private VerifiedContent fetchOne(PartialFile partial) throws DeliveryException, IOException {
        try {
            return fetchAndVerify(partial);
        } catch (BadContentException first) {
            LogEvent.DOWNLOAD_REPEATED
                    .on(LOG)
                    .with(LogField.FILE, partial.file().uniqueName())
                    .warnf("%s: %s; downloading again", partial.file().uniqueName(), first.getMessage());
        }
        partial.startAfresh();
        try {
            return fetchAndVerify(partial);
        } catch (BadContentException second) {
            throw twice(second.getMessage());
        }
    }

    private VerifiedContent fetchAndVerify(PartialFile partial)
            throws BadContentException, DeliveryException, IOException {
        fileDownload.fetch(partial);
        return verifier.verify(partial.file(), partial.path());
    }

    private static DeliveryException twice(String problem) {
        return new DeliveryException(FailureAction.PARK, problem + ", in two downloads; run the export again");
    }

    /** How many records are missing of those that the API listed for the whole export; empty if none are. */
    private static Optional<String> recordShortfall(DueExport export, List<VerifiedFile> verified) {
        Long listed = export.files().get(0).recordCount();
        Long elsewhere = export.recordsElsewhere();
        if (listed == null || elsewhere == null || verified.stream().anyMatch(file -> file.records() == null)) {
            return Optional.empty();
        }
        long counted =
                elsewhere + verified.stream().mapToLong(VerifiedFile::records).sum();
        return counted >= listed
                ? Optional.empty()
                : Optional.of(
                        "export %s has %,d records, the API listed %,d".formatted(export.exportId(), counted, listed));
    }
}
