package org.exportrelay.component;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.exportrelay.config.Counts;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.DeliveryFailures;
import org.exportrelay.delivery.DeliveryOutcome;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.FailedAttempt;
import org.exportrelay.delivery.FailureLog;
import org.exportrelay.delivery.RetryPolicy;
import org.exportrelay.download.Spool;
import org.exportrelay.ledger.DeliveryQueue;
import org.exportrelay.log.LogEvent;
import org.exportrelay.trace.RelaySpan;
import org.exportrelay.trace.SpanAttribute;
import org.jboss.logging.Logger;

/** Records how an exchange of a delivery ended: in the ledger, the metrics and the log. Thread-safe. */
@Singleton
public class DeliveryResults {

    private static final Logger LOG = Logger.getLogger(DeliveryResults.class);

    private static final String CLAIM_LOST = "claim_lost";
    private static final String NO_ENDPOINT = "its route handed it to no endpoint";

    private final DeliveryQueue queue;
    private final Spool spool;
    private final DeliveryMetrics metrics;
    private final DeliveryFailures failures;
    private final FailureLog log;

    private final AtomicLong skipped = new AtomicLong();

    @Inject
    DeliveryResults(
            DeliveryQueue queue, Spool spool, DeliveryMetrics metrics, DeliveryFailures failures, FailureLog log) {
        this.queue = queue;
        this.spool = spool;
        this.metrics = metrics;
        this.failures = failures;
        this.log = log;
    }

    /**
     * The destination has accepted the delivery.
     *
     * @param hasFile whether its file is in the spool for it
     * @param location where its file is; empty if it wrote none
     * @param span of the attempt
     * @return false if the claim was lost meanwhile
     */
    boolean delivered(Outgoing outgoing, boolean hasFile, Duration took, Optional<String> location, RelaySpan span) {
        Delivery delivery = outgoing.delivery();
        if (!queue.delivered(delivery, location, outgoing.content())) {
            lost(delivery, span);
            return false;
        }
        metrics.delivered(delivery, took);
        span.with(SpanAttribute.OUTCOME, DeliveryState.DELIVERED.text());
        LogEvent.DELIVERY_DELIVERED
                .on(LOG)
                .with(delivery.logFields())
                .infof(
                        "exports:%s: delivered %s%s in %s",
                        delivery.destination(), delivery.file().uniqueName(), amount(delivery), seconds(took));
        ended(delivery, hasFile);
        return true;
    }

    /**
     * The route ended without an exception, but no endpoint has received the export.
     *
     * @return false if the claim was lost meanwhile
     */
    boolean skipped(Delivery delivery, boolean hasFile, RelaySpan span) {
        if (!queue.skipped(delivery, NO_ENDPOINT)) {
            lost(delivery, span);
            return false;
        }
        skipped.incrementAndGet();
        span.with(SpanAttribute.OUTCOME, DeliveryState.SKIPPED.text());
        metrics.attempted(delivery.destination(), DeliveryState.SKIPPED);
        LogEvent.DELIVERY_SKIPPED
                .on(LOG)
                .with(delivery.logFields())
                .infof(
                        "exports:%s: skipped %s: %s",
                        delivery.destination(), delivery.file().uniqueName(), NO_ENDPOINT);
        ended(delivery, hasFile);
        return true;
    }

    /**
     * The delivery was not accepted; {@link DeliveryFailures} decides what follows.
     *
     * @return whether the delivery itself is at fault: false after an outage, and if the claim was lost meanwhile
     */
    boolean failed(Delivery delivery, boolean hasFile, Throwable thrown, RetryPolicy retries, RelaySpan span) {
        DeliveryException failure = spoolFailure(delivery, hasFile, thrown).orElseGet(() -> failures.of(thrown));
        DeliveryOutcome outcome = queue.failed(delivery, failure, retries);
        if (outcome.isLost()) {
            lost(delivery, span);
            return false;
        }
        span.with(SpanAttribute.OUTCOME, outcome.state().text()).failed(thrown);
        metrics.attempted(delivery.destination(), outcome.state());
        LOG.debugf(
                thrown,
                "exports:%s: attempt %d of %s failed",
                delivery.destination(),
                delivery.attempt(),
                delivery.deliveryId());
        log.log(LOG, new FailedAttempt(delivery, failure.getMessage(), outcome, retries));
        if (outcome.state().isFinal()) {
            ended(delivery, hasFile);
        }
        return !outcome.isPostponed();
    }

    /** Deliveries that this process has skipped since it started. */
    public long skippedHere() {
        return skipped.get();
    }

    /** The spool was removed, or cannot be read, while the route read its file: no fault of the delivery. */
    private Optional<DeliveryException> spoolFailure(Delivery delivery, boolean hasFile, Throwable thrown) {
        return hasFile ? spool.failure(delivery.file().fileId(), thrown) : Optional.empty();
    }

    private void ended(Delivery delivery, boolean hasFile) {
        if (hasFile) {
            spool.deliveryEnded(delivery.file().fileId());
        }
    }

    private static void lost(Delivery delivery, RelaySpan span) {
        span.with(SpanAttribute.OUTCOME, CLAIM_LOST);
        LogEvent.DELIVERY_CLAIM_LOST
                .on(LOG)
                .with(delivery.logFields())
                .warnf(
                        "exports:%s: %s took longer than relay.delivery.lease and another instance has claimed it; the result of"
                                + " this attempt is ignored",
                        delivery.destination(), delivery.file().uniqueName());
    }

    private static String amount(Delivery delivery) {
        Long size = delivery.file().size();
        Long records = delivery.file().records();
        if (size == null) {
            return "";
        }
        return records == null
                ? " (" + Counts.grouped(size) + " bytes)"
                : " (" + Counts.grouped(size) + " bytes, " + Counts.grouped(records) + " records)";
    }

    private static String seconds(Duration took) {
        long tenths = (took.toMillis() + 50) / 100;
        return tenths / 10 + "." + tenths % 10 + " s";
    }
}
