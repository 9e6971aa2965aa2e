package org.exportrelay.cli;

import io.quarkus.runtime.QuarkusApplication;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.exportrelay.ledger.DeliveryState;
import org.exportrelay.ledger.Destination;
import org.exportrelay.ledger.Destinations;
import org.exportrelay.ledger.Progress;
import org.exportrelay.poll.ExportPoll;
import org.exportrelay.poll.PollOutcome;
import org.jboss.logging.Logger;

/** One full poll, and deliveries until nothing is due. */
@Singleton
public class OnceApplication implements QuarkusApplication {

    private static final Logger LOG = Logger.getLogger("org.exportrelay");
    private static final long LOOK_MILLIS = 100;

    private final RelayRoutes routes;
    private final CamelContext context;
    private final ExportPoll poll;
    private final Destinations destinations;
    private final Progress progress;

    @Inject
    OnceApplication(
            RelayRoutes routes, CamelContext context, ExportPoll poll, Destinations destinations, Progress progress) {
        this.routes = routes;
        this.context = context;
        this.poll = poll;
        this.destinations = destinations;
        this.progress = progress;
    }

    @Override
    public int run(String... args) throws Exception {
        Duration wait = Duration.parse(args[0]);
        Instant start = progress.now();
        poll.always();
        routes.start();
        try (ProgressDisplay display = ProgressDisplay.create()) {
            PollOutcome outcome = awaitPoll();
            if (outcome.failure() != null) {
                return RelayProcess.NO_API;
            }
            destinations.enrol();
            Map<DeliveryState, Long> before = progress.byState(names());
            while (progress.hasWorkBefore(names(), progress.now().plus(wait))) {
                display.show(before, progress.byState(names()));
                Thread.sleep(LOOK_MILLIS);
            }
            display.show(before, progress.byState(names()));
        }
        return report(start);
    }

    /** One poll is asked for: its route stops as soon as it has ended. */
    private PollOutcome awaitPoll() throws Exception {
        CountDownLatch ended = new CountDownLatch(1);
        poll.first().whenComplete((outcome, failure) -> ended.countDown());
        while (!ended.await(1, TimeUnit.SECONDS)) {
            if (context.isStopping() || context.isStopped()) {
                throw new InterruptedException("stopped before the first poll ended");
            }
        }
        PollOutcome outcome = poll.first().toCompletableFuture().join();
        context.getRouteController().stopRoute(outcome.routeId());
        return outcome;
    }

    private int report(Instant start) {
        List<Progress.Trouble> trouble = progress.troubleSince(names(), start);
        trouble.forEach(item -> LOG.errorf(
                "not delivered: exports:%s: %s is %s after %d attempts%s",
                item.destination(),
                item.file(),
                item.state().text(),
                item.attempts(),
                item.error() == null ? "" : ": " + item.error()));
        Map<DeliveryState, Long> states = progress.byState(names());
        long older = states.getOrDefault(DeliveryState.PARKED, 0L)
                + states.getOrDefault(DeliveryState.EXPIRED, 0L)
                - trouble.stream().filter(item -> item.state().isFinal()).count();
        LOG.infof(
                "once: %d delivered in all, %d not delivered in this run%s",
                states.getOrDefault(DeliveryState.DELIVERED, 0L),
                trouble.size(),
                older > 0 ? ", " + older + " parked or expired earlier" : "");
        return trouble.isEmpty() ? RelayProcess.DELIVERED : RelayProcess.NOT_DELIVERED;
    }

    private List<String> names() {
        return destinations.running().stream().map(Destination::name).toList();
    }
}
