package org.exportrelay.poll;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.inject.Named;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;
import org.exportrelay.api.ApiClock;
import org.exportrelay.api.ApiException;
import org.exportrelay.api.ApiFailures;
import org.exportrelay.api.ApiPause;
import org.exportrelay.api.Export;
import org.exportrelay.api.ExportPage;
import org.exportrelay.api.RejectedEntry;
import org.exportrelay.api.SignedUrls;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.ledger.DeliveryCreator;
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
 * One poll as the route {@code poll-exports} drives it: decides whether it is this instance's turn and
 * which page comes next, processes each page and logs the summary. Used by one thread at a time, since
 * the route's timer never overlaps itself.
 */
@ApplicationScoped
@Named("poll")
public class ExportPoll {

    private static final Logger LOG = Logger.getLogger(ExportPoll.class);

    private final RelaySettings.Poll settings;
    private final ApiPause pause;
    private final PollLease lease;
    private final ExportRecorder recorder;
    private final SignedUrls signedUrls;
    private final DestinationRegistry destinations;
    private final DeliveryCreator creator;
    private final DeliveryQueue deliveries;
    private final Progress progress;
    private final ListScanner list;
    private final CompletableFuture<PollOutcome> first = new CompletableFuture<>();

    private final Map<RecordResult, Integer> results = new EnumMap<>(RecordResult.class);
    private final Set<RejectedEntry> rejected = new LinkedHashSet<>();
    private final Map<String, Export> completed = new LinkedHashMap<>();
    private Set<String> known = Set.of();
    private boolean always;
    private boolean polling;
    private long deliveredBefore;

    @Inject
    ExportPoll(
            RelaySettings settings,
            ApiPause pause,
            PollLease lease,
            ExportRecorder recorder,
            SignedUrls signedUrls,
            DestinationRegistry destinations,
            DeliveryCreator creator,
            DeliveryQueue deliveries,
            Progress progress,
            ApiClock clock) {
        this.settings = settings.poll();
        this.pause = pause;
        this.lease = lease;
        this.recorder = recorder;
        this.signedUrls = signedUrls;
        this.destinations = destinations;
        this.creator = creator;
        this.deliveries = deliveries;
        this.progress = progress;
        this.list = new ListScanner(this.settings.pageSize(), this.settings.fullSweep(), clock);
    }

    /** Polls also where another instance that shares the ledger has just polled. */
    public void always() {
        always = true;
    }

    /** Begins a poll, unless another instance polls or no request may be sent now. */
    public void begin() {
        results.clear();
        rejected.clear();
        completed.clear();
        polling = pause.reason().isEmpty() && lease.begin(settings.period(), always);
        if (polling) {
            list.begin();
        }
    }

    /**
     * Whether this instance has a page left to read; renews its lease on the poll.
     *
     * <p>Routes of 0.1.0 have no step that calls {@link #recordPage}: their last page is recorded here.
     */
    public boolean hasNextPage() {
        recordPage();
        if (!polling || list.isDone()) {
            return false;
        }
        if (!lease.renew()) {
            polling = false;
            LOG.warn("poll: this process was paused for longer than its lease on the poll; another instance polls now");
        }
        return polling;
    }

    /** The offset of the next page. */
    public int offset() {
        return list.offset();
    }

    /** Processes a page: its URLs, its rejected entries, and the offset of the next page. Changes no body. */
    public void read(ExportPage page) {
        page.data().forEach(signedUrls::remember);
        page.rejected().forEach(this::reject);
        known = recorder.known(page.ids());
        list.read(page);
    }

    private void reject(RejectedEntry entry) {
        rejected.add(entry);
        if (recorder.reject(entry)) {
            LOG.warnf(
                    "export %s is rejected: %s; nothing of it is delivered until a poll finds it sound; report it to the"
                            + " vendor",
                    entry.exportId(), entry.reason());
        }
    }

    /** Collects a completed export of the page; {@link #recordPage} records it. */
    public void record(Export export) {
        if (known.contains(export.exportId())) {
            results.merge(RecordResult.KNOWN, 1, Integer::sum);
        } else {
            completed.put(export.exportId(), export);
        }
    }

    /** Records the page's completed exports in one transaction; from then on they cannot be lost. Changes no body. */
    public void recordPage() {
        recorder.record(completed.values()).forEach(result -> results.merge(result, 1, Integer::sum));
        completed.clear();
    }

    /** Ends a poll that has read as much of the list as it had to. */
    public void finish(Exchange exchange) {
        if (!polling) {
            return;
        }
        lease.end();
        creator.createDeliveries();
        long delivered = deliveries.deliveredHere();
        LOG.infof(
                "poll: %d seen, %d new%s%s; %d delivered since the last poll, %d waiting, %d parked",
                list.listed(),
                count(RecordResult.NEW),
                unlessZero(rejected.size(), " rejected"),
                unlessZero(count(RecordResult.TOO_LATE), " seen too late (URLs already expired)"),
                delivered - deliveredBefore,
                progress.waiting(),
                progress.parked());
        deliveredBefore = delivered;
        complete(exchange, Result.READ);
    }

    /** Ends a poll that could not read the list or record it; the next poll starts over. */
    public void failed(Exchange exchange) {
        Exception thrown = exchange.getProperty(ExchangePropertyKey.EXCEPTION_CAUGHT, Exception.class);
        if (LedgerDatabase.isFault(thrown)) {
            // Exports that were read are not recorded.
            list.distrust();
            LOG.debug("poll failed", thrown);
            LOG.errorf(
                    "poll: the ledger cannot be used now (%s); the next poll tries again",
                    LedgerDatabase.describe(thrown));
            complete(exchange, Result.FAILED);
            return;
        }
        lease.end();
        if (pause.isStopping()) {
            return;
        }
        ApiException failure = ApiFailures.of(thrown, exchange.getMessage().getBody(String.class));
        LOG.errorf("poll: %s", failure.getMessage());
        complete(exchange, Result.NO_API);
    }

    private void complete(Exchange exchange, Result result) {
        first.complete(new PollOutcome(exchange.getFromRouteId(), result, List.copyOf(rejected)));
    }

    /** Completes when the first poll of this process has ended, with or without success. */
    public CompletionStage<PollOutcome> first() {
        return first;
    }

    private static String unlessZero(int count, String what) {
        return count == 0 ? "" : ", " + count + what;
    }

    private int count(RecordResult result) {
        return results.getOrDefault(result, 0);
    }
}
