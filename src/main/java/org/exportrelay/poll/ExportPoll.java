package org.exportrelay.poll;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.inject.Named;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.apache.camel.Body;
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
import org.exportrelay.ledger.SharedUrls;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.log.LogEvent;
import org.exportrelay.log.LogField;
import org.exportrelay.poll.PollOutcome.Result;
import org.exportrelay.trace.RelayTraces;
import org.exportrelay.trace.SpanAttribute;
import org.jboss.logging.Logger;

/**
 * A poll as the route {@code poll-exports} drives it: decides whether it is this instance's turn and which page comes
 * next, processes each page and logs the summary.
 *
 * <p>One poll runs at a time, however many routes poll and however often they are edited: the steps of a poll that is
 * refused or abandoned ({@link PollTurn}) have no effect. Thread-safe.
 */
@ApplicationScoped
@Named("poll")
public class ExportPoll {

    private static final Logger LOG = Logger.getLogger(ExportPoll.class);

    private final RelaySettings.Poll settings;
    private final ApiPause pause;
    private final PollTurn turn;
    private final ExportRecorder recorder;
    private final SignedUrls signedUrls;
    private final SharedUrls sharedUrls;
    private final DestinationRegistry destinations;
    private final DeliveryCreator creator;
    private final DeliveryQueue deliveries;
    private final Progress progress;
    private final ApiClock clock;
    private final PollMetrics metrics;
    private final RelayTraces traces;
    private final ListScanner list;
    private final ScanProgress scanProgress = new ScanProgress(System::nanoTime);
    private final CompletableFuture<PollOutcome> first = new CompletableFuture<>();
    private CompletableFuture<PollOutcome> next = first;

    /**
     * Whether the last page is in the list's snapshot and perhaps not in the ledger. That {@link #hasNextPage} is called
     * proves nothing, since Camel evaluates the condition of a loop also after a step of it has failed.
     */
    private boolean unrecorded;

    private boolean always;
    private long deliveredBefore;

    @Inject
    ExportPoll(
            RelaySettings settings,
            ApiPause pause,
            PollLease lease,
            ExportRecorder recorder,
            SignedUrls signedUrls,
            SharedUrls sharedUrls,
            DestinationRegistry destinations,
            DeliveryCreator creator,
            DeliveryQueue deliveries,
            Progress progress,
            ApiClock clock,
            PollMetrics metrics,
            RelayTraces traces) {
        this.settings = settings.poll();
        this.pause = pause;
        this.turn = new PollTurn(lease);
        this.recorder = recorder;
        this.signedUrls = signedUrls;
        this.sharedUrls = sharedUrls;
        this.destinations = destinations;
        this.creator = creator;
        this.deliveries = deliveries;
        this.progress = progress;
        this.clock = clock;
        this.metrics = metrics;
        this.traces = traces;
        this.list = new ListScanner(this.settings.pageSize(), this.settings.fullSweep(), this.settings.period(), clock);
    }

    /** Polls also where another instance that shares the ledger has just polled. */
    public synchronized void always() {
        always = true;
    }

    /** Begins a poll, unless another one is running, here or in another instance, or no request may be sent now. */
    public synchronized void begin(Exchange exchange) {
        if (pause.reason().isPresent()) {
            return;
        }
        Optional<PollRun> run = turn.begin(exchange, settings.period(), always);
        if (run.isEmpty()) {
            return;
        }
        run.get().trace(traces.poll());
        if (unrecorded) {
            list.distrust();
            unrecorded = false;
        }
        list.begin();
        scanProgress.begin();
    }

    /**
     * Whether this instance has a page left to read; renews its lease on the poll.
     *
     * <p>Routes of 0.1.0 have no step that calls {@link #recordPage}: their last page is recorded here.
     */
    public synchronized boolean hasNextPage(Exchange exchange) {
        Optional<PollRun> run = turn.of(exchange);
        run.ifPresent(this::saveCompleted);
        if (run.isEmpty() || list.isDone()) {
            return false;
        }
        scanProgress
                .afterPage(list.pages(), list.listed(), run.get().count(RecordResult.NEW), list.expected())
                .ifPresent(LogEvent.POLL_PROGRESS.on(LOG)::info);
        boolean isHeld = turn.renew(run.get());
        if (!isHeld) {
            LogEvent.POLL_LEASE_LOST
                    .on(LOG)
                    .warn(
                            "poll: this process was paused for longer than its lease on the poll; another instance polls now");
        }
        return isHeld;
    }

    /** The offset of the next page, which is read only after the last one was processed without a failure. */
    public synchronized int offset(Exchange exchange) {
        if (turn.of(exchange).isEmpty()) {
            return 0;
        }
        unrecorded = false;
        return list.offset();
    }

    /** Processes a page: its URLs, its rejected entries, and the offset of the next page. Changes no body. */
    public synchronized void read(@Body ExportPage page, Exchange exchange) {
        turn.of(exchange).ifPresent(run -> process(page, run));
    }

    private void process(ExportPage page, PollRun run) {
        page.rejected().forEach(entry -> reject(entry, run));
        Set<String> known = recorder.known(page.ids());
        run.know(known);
        rememberUrls(page, known);
        unrecorded = true;
        list.read(page);
        list.scannedInFull().ifPresent(signedUrls::listed);
    }

    /** Of the exports that the ledger has, most are delivered. A full scan, as after a start, finds those that are not. */
    private void rememberUrls(ExportPage page, Set<String> known) {
        signedUrls.listed(list.offset(), page.ids());
        if (list.isFullScan()) {
            rememberWaiting(page, known);
        } else {
            page.data().forEach(export -> signedUrls.remember(export, !known.contains(export.exportId())));
        }
    }

    private void rememberWaiting(ExportPage page, Set<String> known) {
        Set<String> waiting = recorder.waiting(known);
        known.stream().filter(id -> !waiting.contains(id)).forEach(signedUrls::downloaded);
        page.data()
                .forEach(export -> signedUrls.remember(
                        export, !known.contains(export.exportId()) || waiting.contains(export.exportId())));
        sharedUrls.save(page.data().stream()
                .filter(export -> waiting.contains(export.exportId()))
                .toList());
    }

    private void reject(RejectedEntry entry, PollRun run) {
        run.reject(entry);
        if (recorder.reject(entry)) {
            LogEvent.EXPORT_REJECTED
                    .on(LOG)
                    .with(LogField.EXPORT, entry.exportId())
                    .warnf(
                            "export %s is rejected: %s; nothing of it is delivered until a poll finds it sound; report it to the"
                                    + " vendor",
                            entry.exportId(), entry.reason());
        }
    }

    /** Collects a completed export of the page; {@link #recordPage} records it. */
    public synchronized void record(@Body Export export, Exchange exchange) {
        turn.of(exchange).ifPresent(run -> run.collect(export));
    }

    /** Records the page's completed exports in one transaction; from then on they cannot be lost. Changes no body. */
    public synchronized void recordPage(Exchange exchange) {
        turn.of(exchange).ifPresent(run -> {
            saveCompleted(run);
            unrecorded = false;
        });
    }

    private void saveCompleted(PollRun run) {
        List<Export> exports = List.copyOf(run.completed().values());
        List<RecordResult> results = recorder.record(exports, run.span().traceparent());
        run.recorded(results, clock.certainlyPast());
        sharedUrls.save(IntStream.range(0, exports.size())
                .filter(i -> results.get(i) == RecordResult.NEW)
                .mapToObj(exports::get)
                .toList());
    }

    /** Ends a poll that has read as much of the list as it had to. */
    public synchronized void finish(Exchange exchange) {
        turn.of(exchange).ifPresent(run -> succeed(exchange, run));
    }

    private void succeed(Exchange exchange, PollRun run) {
        unrecorded = false;
        turn.release(run);
        destinations.arrived(creator.createDeliveries());
        long delivered = deliveries.deliveredHere();
        LogEvent.POLL_ENDED
                .on(LOG)
                .infof(
                        "poll: %d seen, %d new%s%s%s; %d delivered since the last poll, %d waiting, %d parked",
                        list.listed(),
                        run.count(RecordResult.NEW),
                        unlessZero(run.rejected().size(), " rejected"),
                        unlessZero(run.count(RecordResult.TOO_LATE), " seen too late (URLs already expired)"),
                        unlessZero(
                                run.withoutUrls().size(),
                                " completed without download URLs (not expired; read again at each poll)"),
                        delivered - deliveredBefore,
                        progress.waiting(),
                        progress.parked());
        deliveredBefore = delivered;
        run.span()
                .with(SpanAttribute.LISTED, list.listed())
                .with(SpanAttribute.NEW, run.count(RecordResult.NEW))
                .with(SpanAttribute.OUTCOME, Result.READ.text());
        turn.end(run);
        metrics.ended(Result.READ);
        complete(new PollOutcome(
                exchange.getFromRouteId(),
                Result.READ,
                List.copyOf(run.rejected()),
                List.copyOf(run.withoutUrls()),
                list.isIncomplete()));
    }

    /** Ends a poll that could not read the list or record it; the next poll starts over. */
    public synchronized void failed(Exchange exchange) {
        Exception thrown = exchange.getProperty(ExchangePropertyKey.EXCEPTION_CAUGHT, Exception.class);
        Optional<PollRun> run = turn.of(exchange);
        if (run.isEmpty() && PollRun.wasBegunBy(exchange)) {
            LOG.debug("a poll that had already ended failed", thrown);
            return;
        }
        if (run.filter(PollRun::isStopped).isPresent() && !pause.isStopping()) {
            LOG.debug("poll failed", thrown);
            turn.abandon(run.get());
            return;
        }
        Set<RejectedEntry> rejected = run.map(PollRun::rejected).orElse(Set.of());
        if (LedgerDatabase.isFault(thrown)) {
            // Exports that were read are not recorded.
            list.distrust();
            run.ifPresent(ended -> end(ended, Result.FAILED, thrown));
            LOG.debug("poll failed", thrown);
            LogEvent.POLL_FAILED
                    .on(LOG)
                    .errorf(
                            "poll: the ledger cannot be used now (%s); the next poll tries again",
                            LedgerDatabase.describe(thrown));
            fail(exchange, Result.FAILED, rejected);
            return;
        }
        run.ifPresent(turn::release);
        run.ifPresent(ended -> end(ended, Result.NO_API, thrown));
        if (pause.isStopping()) {
            return;
        }
        ApiException failure = ApiFailures.of(thrown, exchange.getMessage().getBody(String.class));
        LogEvent.POLL_FAILED.on(LOG).errorf("poll: %s", failure.getMessage());
        fail(exchange, Result.NO_API, rejected);
    }

    private void end(PollRun run, Result result, Exception thrown) {
        run.span().with(SpanAttribute.OUTCOME, result.text()).failed(thrown);
        turn.end(run);
    }

    private void fail(Exchange exchange, Result result, Set<RejectedEntry> rejected) {
        metrics.ended(result);
        complete(new PollOutcome(exchange.getFromRouteId(), result, List.copyOf(rejected), List.of(), true));
    }

    private void complete(PollOutcome outcome) {
        first.complete(outcome);
        next.complete(outcome);
    }

    /** Completes when the first poll of this process has ended, with or without success. */
    public CompletionStage<PollOutcome> first() {
        return first;
    }

    /** Completes when the poll that runs now, or begins next, has ended, with or without success. */
    public synchronized CompletionStage<PollOutcome> next() {
        next = new CompletableFuture<>();
        return next;
    }

    private static String unlessZero(int count, String what) {
        return count == 0 ? "" : ", " + count + what;
    }
}
