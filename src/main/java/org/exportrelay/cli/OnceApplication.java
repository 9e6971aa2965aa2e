package org.exportrelay.cli;

import io.quarkus.runtime.QuarkusApplication;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.camel.CamelContext;
import org.exportrelay.api.ApiPause;
import org.exportrelay.api.RejectedEntry;
import org.exportrelay.component.DeliveryResults;
import org.exportrelay.component.EventRoutes;
import org.exportrelay.config.Counts;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.Destination;
import org.exportrelay.download.Downloads;
import org.exportrelay.ledger.DeliveryCreator;
import org.exportrelay.ledger.DestinationControl;
import org.exportrelay.ledger.DestinationRegistry;
import org.exportrelay.ledger.DestinationState.Hold;
import org.exportrelay.ledger.DestinationStates;
import org.exportrelay.ledger.DestinationSummaries;
import org.exportrelay.ledger.DestinationSummary;
import org.exportrelay.ledger.Progress;
import org.exportrelay.log.LogEvent;
import org.exportrelay.log.LogField;
import org.exportrelay.poll.ExportPoll;
import org.exportrelay.poll.PollOutcome;
import org.exportrelay.poll.PollOutcome.Result;
import org.exportrelay.runtime.Maintenance;
import org.jboss.logging.Logger;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/** One full poll, and deliveries until nothing is due. */
@Singleton
public class OnceApplication implements QuarkusApplication {

    private static final Logger LOG = Logger.getLogger("org.exportrelay");
    private static final long CHECK_MILLIS = 100;
    private static final Duration LONGEST_NOTIFICATION = Duration.ofSeconds(30);

    private final RelaySettings settings;
    private final RelayRoutes routes;
    private final CamelContext context;
    private final ExportPoll poll;
    private final ApiPause pause;
    private final DestinationRegistry destinations;
    private final DestinationStates states;
    private final DestinationControl control;
    private final DestinationSummaries summaries;
    private final DeliveryCreator creator;
    private final Downloads downloads;
    private final Progress progress;
    private final DeliveryResults results;
    private final EventRoutes notifying;
    private final Maintenance maintenance;

    @Inject
    OnceApplication(
            RelaySettings settings,
            RelayRoutes routes,
            CamelContext context,
            ExportPoll poll,
            ApiPause pause,
            DestinationRegistry destinations,
            DestinationStates states,
            DestinationControl control,
            DestinationSummaries summaries,
            DeliveryCreator creator,
            Downloads downloads,
            Progress progress,
            DeliveryResults results,
            EventRoutes notifying,
            Maintenance maintenance) {
        this.settings = settings;
        this.routes = routes;
        this.context = context;
        this.poll = poll;
        this.pause = pause;
        this.destinations = destinations;
        this.states = states;
        this.control = control;
        this.summaries = summaries;
        this.creator = creator;
        this.downloads = downloads;
        this.progress = progress;
        this.results = results;
        this.notifying = notifying;
        this.maintenance = maintenance;
    }

    @Override
    public int run(String... args) throws Exception {
        // Not earlier: an interrupt would break the start half-way.
        Thread main = Thread.currentThread();
        SignalHandler stop = signal -> {
            StopDeadline.begin(settings.shutdownTimeout(), RelayProcess.NOT_DELIVERED);
            main.interrupt();
        };
        Signal.handle(new Signal("TERM"), stop);
        Signal.handle(new Signal("INT"), stop);
        Duration wait = Duration.parse(args[0]);
        Instant start = progress.now();
        poll.always();
        routes.startWithPoll();
        try {
            PollOutcome outcome = poll.first().toCompletableFuture().get();
            if (outcome.result() != Result.READ) {
                awaitNotifications();
                return outcome.result() == Result.NO_API ? RelayProcess.NO_API : RelayProcess.NOT_DELIVERED;
            }
            // One poll is asked for: its route stops as soon as it has ended.
            context.getRouteController().stopRoute(outcome.routeId());
            creator.createDeliveries();
            DeliveryWait delivering =
                    new DeliveryWait(progress, states, this::names, downloads::isBusy, downloads::isStalled, wait);
            control.probeNow(names());
            downloads.schedule();
            boolean refused = deliver(delivering);
            int exitCode = report(start, outcome);
            awaitNotifications();
            return refused && exitCode != RelayProcess.DELIVERED ? RelayProcess.NO_API : exitCode;
        } catch (InterruptedException stopped) {
            LogEvent.ONCE_INTERRUPTED.on(LOG).warn("once: stopped before all was delivered; the next run resumes");
            return RelayProcess.NOT_DELIVERED;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    /**
     * Waits until nothing is due within the time, or nothing gets ahead for that time.
     *
     * @return whether the API refuses to be asked any further
     */
    private boolean deliver(DeliveryWait delivering) throws InterruptedException {
        try (ProgressDisplay display = ProgressDisplay.create()) {
            while (hasWork(delivering)) {
                display.show(() -> progress.waiting(names()), results::skippedHere);
                Thread.sleep(CHECK_MILLIS);
                boolean isIdle = !delivering.advances();
                if (isIdle && pause.reasonForUrls().isPresent()) {
                    return true;
                }
                if (isIdle && delivering.isOver()) {
                    return false;
                }
            }
            display.show(() -> progress.waiting(names()), results::skippedHere);
            return false;
        }
    }

    /** Otherwise people would hear of this run only when the next one starts. Notifications that fail are not awaited. */
    private void awaitNotifications() throws InterruptedException {
        maintenance.recordConditions();
        Instant end = Instant.now().plus(LONGEST_NOTIFICATION);
        while (notifying.areBehind() && Instant.now().isBefore(end)) {
            Thread.sleep(CHECK_MILLIS);
        }
    }

    /** Asked twice, since a destination may come back between the questions. */
    private static boolean hasWork(DeliveryWait delivering) throws InterruptedException {
        if (delivering.hasWork()) {
            return true;
        }
        Thread.sleep(CHECK_MILLIS);
        return delivering.hasWork();
    }

    private int report(Instant start, PollOutcome outcome) {
        List<RejectedEntry> rejected = outcome.rejected();
        List<String> withoutUrls = outcome.withoutUrls();
        rejected.forEach(entry -> LogEvent.EXPORT_REJECTED
                .on(LOG)
                .with(LogField.EXPORT, entry.exportId())
                .errorf("rejected: export %s: %s; report it to the vendor", entry.exportId(), entry.reason()));
        withoutUrls.forEach(id -> LogEvent.EXPORT_WITHOUT_URLS
                .on(LOG)
                .with(LogField.EXPORT, id)
                .errorf(
                        "not delivered: export %s is completed and has not expired, but the API lists no download URLs of it;"
                                + " run once again later, and report it to the vendor if they stay missing",
                        id));
        List<DestinationSummary> held = summaries.all().stream()
                .filter(destination -> names().contains(destination.name()))
                .filter(destination -> !destination.state().isWorking() && destination.waiting() > 0)
                .toList();
        held.forEach(this::logHeld);
        List<Progress.UndeliveredItem> undelivered = progress.undeliveredSince(
                names(), held.stream().map(DestinationSummary::name).toList(), start);
        undelivered.forEach(item -> LogEvent.ONCE_UNDELIVERED
                .on(LOG)
                .with(LogField.DESTINATION, item.destination())
                .with(LogField.FILE, item.file())
                .errorf(
                        "not delivered: exports:%s: %s is %s after %s%s",
                        item.destination(),
                        item.file(),
                        item.state().text(),
                        Counts.text(item.attempts(), "attempt", "attempts"),
                        item.error() == null ? "" : ": " + item.error()));
        Map<DeliveryState, Long> states = progress.byState(names());
        long skipped = states.getOrDefault(DeliveryState.SKIPPED, 0L);
        long older = states.getOrDefault(DeliveryState.PARKED, 0L)
                + states.getOrDefault(DeliveryState.EXPIRED, 0L)
                - undelivered.stream().filter(item -> item.state().isFinal()).count();
        LogEvent.ONCE_ENDED
                .on(LOG)
                .infof(
                        "once: %d delivered in all, %d not delivered in this run%s%s%s%s%s",
                        states.getOrDefault(DeliveryState.DELIVERED, 0L),
                        undelivered.size() + waiting(held),
                        skipped > 0 ? ", " + skipped + " skipped in all" : "",
                        rejected.isEmpty()
                                ? ""
                                : ", " + Counts.text(rejected.size(), "export", "exports") + " rejected",
                        withoutUrls.isEmpty()
                                ? ""
                                : ", " + Counts.text(withoutUrls.size(), "export", "exports")
                                        + " without download URLs",
                        outcome.isIncomplete() ? ", list incomplete" : "",
                        older > 0 ? ", " + older + " parked or expired earlier" : "");
        boolean anyDown =
                held.stream().anyMatch(destination -> destination.state().hold().isEmpty());
        boolean isListComplete = rejected.isEmpty() && withoutUrls.isEmpty() && !outcome.isIncomplete();
        return undelivered.isEmpty() && isListComplete && !anyDown
                ? RelayProcess.DELIVERED
                : RelayProcess.NOT_DELIVERED;
    }

    private void logHeld(DestinationSummary destination) {
        Optional<Hold> hold = destination.state().hold();
        LogEvent.ONCE_UNDELIVERED
                .on(LOG)
                .with(LogField.DESTINATION, destination.name())
                .logf(
                        hold.isPresent() ? Logger.Level.WARN : Logger.Level.ERROR,
                        "not delivered: exports:%s: %s: %s; %s",
                        destination.name(),
                        Counts.waitingDeliveries(destination.waiting()),
                        hold.map(known -> known.reason(progress.now()))
                                .orElseGet(() -> destination.reason(progress.now())),
                        hold.map(known -> known.action(destination.name())).orElse("the next run tries one of them"));
    }

    private static long waiting(List<DestinationSummary> destinations) {
        return destinations.stream().mapToLong(DestinationSummary::waiting).sum();
    }

    private List<String> names() {
        return destinations.running().stream().map(Destination::name).toList();
    }
}
