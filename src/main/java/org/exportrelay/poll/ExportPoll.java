package org.exportrelay.poll;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.inject.Named;
import java.time.Clock;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;
import org.exportrelay.api.ApiException;
import org.exportrelay.api.ApiFailures;
import org.exportrelay.api.ApiPause;
import org.exportrelay.api.Export;
import org.exportrelay.api.ExportPage;
import org.exportrelay.api.RejectedEntry;
import org.exportrelay.api.SignedUrls;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.ledger.DeliveryQueue;
import org.exportrelay.ledger.DestinationRegistry;
import org.exportrelay.ledger.ExportRecorder;
import org.exportrelay.ledger.PollLease;
import org.exportrelay.ledger.Progress;
import org.exportrelay.ledger.RecordResult;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.poll.PollOutcome.Result;
import org.jboss.logging.Logger;

/**
 * One poll as the route {@code poll-exports} drives it: whether it is this instance's turn, which
 * page comes next, what each page told, and the line that sums it up. Used by one thread at a time,
 * since the route's timer never overlaps itself.
 */
@ApplicationScoped
@Named("poll")
public class ExportPoll {

    private static final Logger LOG = Logger.getLogger(ExportPoll.class);

    private final RelaySettings.Poll settings;
    private final ApiPause pause;
    private final PollLease poller;
    private final ExportRecorder ledger;
    private final SignedUrls signedUrls;
    private final DestinationRegistry destinations;
    private final DeliveryQueue deliveries;
    private final Progress progress;
    private final ListReader list;
    private final CompletableFuture<PollOutcome> first = new CompletableFuture<>();

    private final Map<RecordResult, Integer> sightings = new EnumMap<>(RecordResult.class);
    private final Map<String, Export> completed = new LinkedHashMap<>();
    private Set<String> known = Set.of();
    private boolean always;
    private boolean polling;
    private long deliveredBefore;

    @Inject
    ExportPoll(
            RelaySettings settings,
            ApiPause pause,
            PollLease poller,
            ExportRecorder ledger,
            SignedUrls signedUrls,
            DestinationRegistry destinations,
            DeliveryQueue deliveries,
            Progress progress) {
        this.settings = settings.poll();
        this.pause = pause;
        this.poller = poller;
        this.ledger = ledger;
        this.signedUrls = signedUrls;
        this.destinations = destinations;
        this.deliveries = deliveries;
        this.progress = progress;
        this.list = new ListReader(this.settings.pageSize(), this.settings.fullSweep(), Clock.systemUTC());
    }

    /** Asks for a poll also where another instance that shares the ledger has just polled. */
    public void always() {
        always = true;
    }

    /** A poll begins, unless another instance polls or the API is not to be asked now. */
    public void begin() {
        sightings.clear();
        completed.clear();
        polling = pause.reason().isEmpty() && poller.begin(settings.period(), always);
        if (polling) {
            list.begin();
        }
    }

    /** Whether a page is still to be read, by this instance. What the last one brought is in the ledger then. */
    public boolean hasNextPage() {
        recordCompleted();
        if (!polling || list.isDone()) {
            return false;
        }
        if (!poller.renew()) {
            polling = false;
            LOG.warn("poll: this process was held up for so long that another instance polls now");
        }
        return polling;
    }

    /** The offset of the next page. */
    public int offset() {
        return list.offset();
    }

    /** Takes in a page: its URLs, its rejected entries, and where the next page is. Changes no body. */
    public void read(ExportPage page) {
        page.data().forEach(signedUrls::remember);
        for (RejectedEntry entry : page.rejected()) {
            if (ledger.reject(entry)) {
                LOG.warnf(
                        "export %s is skipped: %s; it is tried again at every poll", entry.exportId(), entry.reason());
            }
        }
        known = ledger.known(page.ids());
        ledger.seen(known);
        list.read(page);
    }

    /** Notes a completed export, to be recorded in the ledger with all of its page. */
    public void record(Export export) {
        if (known.contains(export.exportId())) {
            sightings.merge(RecordResult.KNOWN, 1, Integer::sum);
        } else {
            completed.put(export.exportId(), export);
        }
    }

    /** One transaction for a page; from then on its exports cannot be lost. */
    private void recordCompleted() {
        ledger.record(completed.values()).forEach(sighting -> sightings.merge(sighting, 1, Integer::sum));
        completed.clear();
    }

    /** The list was read as far as this poll had to. */
    public void finish(Exchange exchange) {
        if (!polling) {
            return;
        }
        poller.end();
        destinations.enrol();
        long delivered = deliveries.deliveredHere();
        int tooLate = count(RecordResult.TOO_LATE);
        LOG.infof(
                "poll: %d seen, %d new%s; %d delivered since the last poll, %d waiting, %d parked",
                list.listed(),
                count(RecordResult.NEW),
                tooLate == 0 ? "" : ", " + tooLate + " seen too late (URLs already expired)",
                delivered - deliveredBefore,
                progress.waiting(),
                progress.parked());
        deliveredBefore = delivered;
        first.complete(new PollOutcome(exchange.getFromRouteId(), Result.READ));
    }

    /** The list could not be read, or the ledger not be told; the next poll begins anew. */
    public void failed(Exchange exchange) {
        Exception thrown = exchange.getProperty(ExchangePropertyKey.EXCEPTION_CAUGHT, Exception.class);
        if (LedgerDatabase.isFault(thrown)) {
            // What was listed is not recorded, although it was read.
            list.distrust();
            LOG.debug("poll failed", thrown);
            LOG.errorf(
                    "poll: the ledger cannot be used now (%s); the next poll tries again",
                    LedgerDatabase.describe(thrown));
            first.complete(new PollOutcome(exchange.getFromRouteId(), Result.FAILED));
            return;
        }
        poller.end();
        if (pause.isStopping()) {
            return;
        }
        ApiException failure = ApiFailures.of(thrown, exchange.getMessage().getBody(String.class));
        LOG.errorf("poll: %s", failure.getMessage());
        first.complete(new PollOutcome(exchange.getFromRouteId(), Result.NO_API));
    }

    /** Ends when the first poll of this process ends, well or not. */
    public CompletionStage<PollOutcome> first() {
        return first;
    }

    private int count(RecordResult sighting) {
        return sightings.getOrDefault(sighting, 0);
    }
}
