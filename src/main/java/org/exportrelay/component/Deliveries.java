package org.exportrelay.component;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.inject.Named;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.Exchange;
import org.apache.camel.support.SynchronizationAdapter;
import org.apache.camel.util.IOHelper;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.DeliveryOutcome;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.DiskFault;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.FailureClassifier;
import org.exportrelay.delivery.RetryPolicy;
import org.exportrelay.download.FreshUrls;
import org.exportrelay.download.Spool;
import org.exportrelay.ledger.DeliveryQueue;
import org.exportrelay.ledger.DestinationRegistry;
import org.exportrelay.records.RecordBatches;
import org.exportrelay.runtime.RelayMetrics;
import org.jboss.logging.Logger;

/**
 * What the {@code exports:} consumers do with the ledger: claim, fill an exchange, settle. A proxy
 * until first used, so that checking a route opens no ledger. Thread-safe.
 */
@ApplicationScoped
public class Deliveries {

    private static final Logger LOG = Logger.getLogger(Deliveries.class);

    /** The exchange property that holds the {@link Delivery}, for what needs more than the headers say. */
    public static final String DELIVERY = "ExportDelivery";

    private final RelaySettings.Delivery settings;
    private final DestinationRegistry destinations;
    private final DeliveryQueue queue;
    private final Spool spool;
    private final FreshUrls urls;
    private final RelayMetrics metrics;
    private final ObjectMapper json;
    /** The destinations whose disk could not be written when they last tried. */
    private final Set<String> withoutDisk = ConcurrentHashMap.newKeySet();

    @Inject
    Deliveries(
            RelaySettings settings,
            DestinationRegistry destinations,
            DeliveryQueue queue,
            Spool spool,
            FreshUrls urls,
            RelayMetrics metrics,
            @Named("exportsJson") ObjectMapper json) {
        this.settings = settings.delivery();
        this.destinations = destinations;
        this.queue = queue;
        this.spool = spool;
        this.urls = urls;
        this.metrics = metrics;
        this.json = json;
    }

    /** The retries of a route that asks for none of its own, in whole or in part. */
    RetryPolicy retries(Integer maxAttempts, Duration retryDelay, Duration maxRetryDelay) {
        Duration first = retryDelay == null ? settings.retryDelay() : retryDelay;
        Duration longest = maxRetryDelay == null ? settings.maxRetryDelay() : maxRetryDelay;
        return new RetryPolicy(
                maxAttempts == null ? settings.maxAttempts() : maxAttempts,
                first,
                longest.compareTo(first) < 0 ? first : longest);
    }

    void start(Destination destination) {
        destinations.start(destination);
    }

    void stop(Destination destination) {
        destinations.stop(destination.name());
    }

    List<Delivery> claim(Destination destination, int most) {
        return queue.claim(destination, most);
    }

    /**
     * Puts headers and body into an exchange.
     *
     * @param batchSize records per batch, where the payload is records
     * @throws DeliveryException if there is nothing to deliver now
     */
    void fill(Exchange exchange, Delivery delivery, Payload payload, int batchSize) throws DeliveryException {
        exchange.setProperty(DELIVERY, delivery);
        exchange.getMessage().setHeaders(ExportHeaders.of(delivery, payload));
        exchange.getMessage()
                .setBody(
                        switch (payload) {
                            case link -> link(delivery);
                            case file -> file(delivery).toFile();
                            case records -> records(exchange, delivery, batchSize);
                        });
    }

    private String link(Delivery delivery) throws DeliveryException {
        try {
            return json.writeValueAsString(LinkMessage.of(delivery.file(), urls.forLink(delivery.file())));
        } catch (JsonProcessingException e) {
            throw new DeliveryException(
                    FailureAction.PARK, "the link of " + delivery.file().safeName() + " cannot be written as JSON", e);
        }
    }

    private Path file(Delivery delivery) throws DeliveryException {
        Path file = spool.complete(delivery.file().fileId());
        if (!Files.exists(file)) {
            throw lostFromSpool(delivery, file);
        }
        return file;
    }

    private RecordBatches records(Exchange exchange, Delivery delivery, int batchSize) throws DeliveryException {
        Path file = file(delivery);
        String name = delivery.file().filename();
        if (delivery.file().records() == null) {
            throw new DeliveryException(
                    FailureAction.PARK, name + " is not a CSV file (.csv or .csv.gz) and has no records");
        }
        try {
            RecordBatches batches =
                    RecordBatches.open(file, name, batchSize, delivery.file().records());
            exchange.getExchangeExtension().addOnCompletion(new SynchronizationAdapter() {
                @Override
                public void onDone(Exchange done) {
                    IOHelper.close(batches);
                }
            });
            return batches;
        } catch (NoSuchFileException e) {
            throw lostFromSpool(delivery, file);
        } catch (IOException e) {
            throw new DeliveryException(FailureAction.RETRY, file + " cannot be read (" + e.getMessage() + ")", e);
        }
    }

    private DeliveryException lostFromSpool(Delivery delivery, Path file) {
        spool.lost(delivery.file().fileId());
        return new DeliveryException(FailureAction.POSTPONE, file + " is gone from the spool; downloading again");
    }

    /** Whether a delivery still belongs to this instance; see {@link DeliveryQueue#holds}. */
    public boolean holds(Delivery delivery) {
        return queue.holds(delivery);
    }

    /** The destination has accepted the delivery. */
    void delivered(Delivery delivery, Payload payload, Duration took) {
        if (!queue.delivered(delivery)) {
            lost(delivery);
            return;
        }
        metrics.attempted(delivery.destination(), DeliveryState.DELIVERED);
        if (withoutDisk.remove(delivery.destination())) {
            LOG.infof("exports:%s: its disk can be written again", delivery.destination());
        }
        LOG.infof(
                "exports:%s: delivered %s%s in %s",
                delivery.destination(), delivery.file().uniqueName(), amount(delivery), seconds(took));
        settled(delivery, payload);
    }

    /** The delivery was not accepted; what follows is {@link FailureClassifier}'s to say. */
    void failed(Delivery delivery, Payload payload, Throwable thrown, RetryPolicy retries) {
        DeliveryException setback = FailureClassifier.of(thrown);
        DeliveryOutcome settlement = queue.failed(delivery, setback.remedy(), setback.getMessage(), retries);
        if (settlement.isLost()) {
            lost(delivery);
            return;
        }
        metrics.attempted(delivery.destination(), settlement.state());
        LOG.debugf(
                thrown,
                "exports:%s: attempt %d of %s failed",
                delivery.destination(),
                delivery.attempt(),
                delivery.deliveryId());
        String line =
                "exports:" + delivery.destination() + ": " + delivery.file().uniqueName() + ": " + setback.getMessage()
                        + "; " + settlement.text(delivery.attempt(), retries);
        if (settlement.isPostponed()) {
            // Nobody else tells of a full disk; once is enough, as all deliveries there meet it again and again.
            boolean news = DiskFault.in(thrown).isPresent() && withoutDisk.add(delivery.destination());
            LOG.log(news ? Logger.Level.ERROR : Logger.Level.DEBUG, line);
        } else if (settlement.state() == DeliveryState.RETRYING) {
            LOG.warn(line);
        } else {
            LOG.error(line);
            settled(delivery, payload);
        }
    }

    /** The route stops before the delivery was tried to its end. */
    void release(Delivery delivery) {
        queue.release(delivery);
    }

    /** The ledger cannot be told; the claim ends with its lease, and the delivery is made again. */
    void abandon(Delivery delivery) {
        queue.abandon(delivery);
    }

    private void settled(Delivery delivery, Payload payload) {
        if (payload != Payload.link) {
            spool.settled(delivery.file().fileId());
        }
    }

    private static void lost(Delivery delivery) {
        LOG.warnf(
                "exports:%s: %s took longer than its lease and now belongs to another instance; its outcome here does"
                        + " not count",
                delivery.destination(), delivery.file().uniqueName());
    }

    private static String amount(Delivery delivery) {
        Long size = delivery.file().size();
        Long records = delivery.file().records();
        if (size == null) {
            return "";
        }
        return records == null
                ? String.format(Locale.ROOT, " (%,d bytes)", size)
                : String.format(Locale.ROOT, " (%,d bytes, %,d records)", size, records);
    }

    private static String seconds(Duration took) {
        return String.format(Locale.ROOT, "%.1f s", took.toMillis() / 1000.0);
    }
}
