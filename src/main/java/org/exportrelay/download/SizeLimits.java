package org.exportrelay.download;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.delivery.FailureAction;

/** How many bytes a file may have, and the failure of one that has more. Thread-safe. */
@Singleton
class SizeLimits {

    private final long largest;
    private final long spool;

    @Inject
    SizeLimits(RelaySettings settings) {
        this.largest = settings.download().maxSize().bytes();
        this.spool = settings.spool().maxSize().bytes();
    }

    /** The size that the API listed, since more would be wrong; if there is none, the largest that is allowed. */
    long of(ExportFile file) {
        return file.size() != null ? file.size() : Math.min(largest, spool);
    }

    /** The limit of each file, by the ledger's key. */
    Map<Long, Long> of(Collection<ExportFile> files) {
        Map<Long, Long> limits = new HashMap<>();
        files.forEach(file -> limits.put(file.fileId(), of(file)));
        return limits;
    }

    /**
     * Refuses an export that could never be downloaded, before the download begins.
     *
     * @throws DeliveryException that names the setting to raise
     */
    void check(List<ExportFile> files) throws DeliveryException {
        for (ExportFile file : files) {
            if (of(file) > largest) {
                throw tooLarge(file, "relay.download.max-size", largest);
            }
        }
        long sum = sum(of(files));
        if (sum > spool) {
            throw new DeliveryException(
                    FailureAction.PARK,
                    ("the files of export %s need %,d bytes together, more than relay.spool.max-size=%,d; raise it,"
                                    + " restart, then replay")
                            .formatted(files.get(0).exportId(), sum, spool));
        }
    }

    /**
     * Refuses a file that turns out to have more bytes than it may.
     *
     * @throws BadContentException if they are more than the API listed
     * @throws DeliveryException that names the setting to raise
     */
    void refuse(ExportFile file) throws BadContentException, DeliveryException {
        if (file.size() != null) {
            throw new BadContentException(
                    "%s has more bytes than the %,d that the API listed".formatted(file.safeName(), file.size()));
        }
        throw largest <= spool
                ? tooLarge(file, "relay.download.max-size", largest)
                : tooLarge(file, "relay.spool.max-size", spool);
    }

    private static DeliveryException tooLarge(ExportFile file, String setting, long most) {
        return new DeliveryException(
                FailureAction.PARK,
                "%s is larger than %s=%,d bytes; raise it if the file is genuine, restart, then replay"
                        .formatted(file.safeName(), setting, most));
    }

    /** Capped, since sizes that the API lists may be any number. */
    static long sum(Map<Long, Long> bytes) {
        return bytes.values().stream().mapToLong(Long::longValue).reduce(0, SizeLimits::sum);
    }

    /** Capped at {@link Long#MAX_VALUE}; for numbers that are not negative. */
    static long sum(long a, long b) {
        long sum = a + b;
        return sum < 0 ? Long.MAX_VALUE : sum;
    }
}
