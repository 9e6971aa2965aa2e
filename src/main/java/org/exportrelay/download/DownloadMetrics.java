package org.exportrelay.download;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.exportrelay.delivery.FailureAction;

/** Counts what this process downloads, and shows how full its spool is. Thread-safe. */
@Singleton
class DownloadMetrics {

    static final String VERIFIED = "verified";

    private static final String DOWNLOADS = "relay.downloads";
    private static final String OUTCOME = "outcome";
    private static final String POSTPONED = "postponed";
    private static final String FAILED = "failed";

    private final Counter verified;
    private final Counter postponed;
    private final Counter failed;

    @Inject
    DownloadMetrics(MeterRegistry registry, Spool spool, FileDownload files) {
        this.verified = registry.counter(DOWNLOADS, OUTCOME, VERIFIED);
        this.postponed = registry.counter(DOWNLOADS, OUTCOME, POSTPONED);
        this.failed = registry.counter(DOWNLOADS, OUTCOME, FAILED);
        FunctionCounter.builder("relay.download.bytes", files, FileDownload::received)
                .description("Bytes received from the store, also of downloads that did not end")
                .register(registry);
        Gauge.builder("relay.spool.bytes", spool, Spool::used)
                .description("Bytes that files take in the spool, or have reserved in it")
                .register(registry);
        Gauge.builder("relay.spool.limit.bytes", spool, Spool::capacity)
                .description("Bytes that the spool can hold: relay.spool.max-size, or less if the disk has less room")
                .register(registry);
    }

    void verified() {
        verified.increment();
    }

    /** A download that has no room, or that the store or the disk prevents for now, is postponed. */
    void failed(FailureAction action) {
        (isPostponed(action) ? postponed : failed).increment();
    }

    /** Of a download that was not verified. */
    static String outcome(FailureAction action) {
        return isPostponed(action) ? POSTPONED : FAILED;
    }

    private static boolean isPostponed(FailureAction action) {
        return action == FailureAction.POSTPONE;
    }
}
