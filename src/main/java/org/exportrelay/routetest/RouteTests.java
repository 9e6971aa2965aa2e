package org.exportrelay.routetest;

import io.quarkus.arc.All;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.destinations.KnownFaults;
import org.exportrelay.ledger.Event;
import org.exportrelay.ledger.Events;
import org.exportrelay.ledger.ScratchLedger;
import org.exportrelay.poll.ExportPoll;
import org.exportrelay.poll.PollOutcome;
import org.exportrelay.routes.RouteFault;
import org.exportrelay.routes.RouteFiles;
import org.exportrelay.routes.RouteSession;
import org.exportrelay.routetest.Expectation.Verdict;

/**
 * Runs tests of routes in this process, one after the other: the route files as they are, the relay's own poll, downloads,
 * deliveries and retries, a ledger that is cleared before each test, and recorders in place of the endpoints that leave
 * the process. For one thread.
 */
@Singleton
public final class RouteTests {

    private static final Duration LONGEST_POLL = Duration.ofSeconds(20);

    private final CamelContext context;
    private final Recorder recorder;
    private final RecordingEndpoints endpoints;
    private final RouteTestReader reader;
    private final ExportPoll poll;
    private final ScratchLedger ledger;
    private final Events events;
    private final RouteTestEnd end;

    @Inject
    RouteTests(
            CamelContext context,
            RelaySettings settings,
            @All List<KnownFaults> faults,
            ExportPoll poll,
            ScratchLedger ledger,
            Events events,
            RouteTestEnd end) {
        FaultCatalog catalog = new FaultCatalog(faults);
        this.context = context;
        this.recorder = new Recorder(catalog);
        this.endpoints = new RecordingEndpoints(recorder, settings.api().url().toString());
        this.reader = new RouteTestReader(catalog);
        this.poll = poll;
        this.ledger = ledger;
        this.events = events;
        this.end = end;
    }

    /** Before Camel starts. */
    public void prepare() {
        context.getCamelContextExtension().registerEndpointCallback(endpoints);
        context.getCamelContextExtension().addInterceptStrategy(new RecordedBeans(recorder));
        context.getCamelContextExtension().addLogListener((exchange, logger, line) -> {
            recorder.logged(line, exchange);
            return line;
        });
        poll.always();
    }

    /**
     * Reads a test file.
     *
     * @return what is wrong in it, if anything is
     */
    public RouteTestReader.Read read(Path path) {
        return reader.read(path);
    }

    /** Runs one test of a file. */
    public RouteTestResult run(RouteTestFile file, RouteTest test, ExportSource source) throws InterruptedException {
        long start = System.nanoTime();
        List<RouteFault> faults = new ArrayList<>();
        List<String> failures = new ArrayList<>();
        ledger.clear();
        recorder.begin(test.faults(), file.replaced());
        test.exports().forEach(source.publish());
        try (TestSettings settings = new TestSettings(test.settings());
                RouteSession session = new RouteSession(context)) {
            CompletionStage<PollOutcome> polled = poll.next();
            faults.addAll(session.open(routes(file)));
            if (faults.isEmpty()) {
                failures.addAll(observe(file, test, polled));
            }
        } finally {
            test.exports().forEach(export -> source.withdraw().accept(export.id()));
        }
        return new RouteTestResult(
                test,
                Duration.ofNanos(System.nanoTime() - start),
                faults.isEmpty()
                        ? failures
                        : faults.stream().map(RouteFault::toString).toList(),
                !faults.isEmpty());
    }

    /** The routes of the test, and the one that polls. It starts last, when the others wait for what it finds. */
    private static List<Path> routes(RouteTestFile file) {
        List<Path> polling = RouteFiles.inWorkingDirectory().polling();
        boolean polls = file.routes().stream().anyMatch(route -> new RouteFiles(
                        route.toAbsolutePath().getParent())
                .polling().stream().anyMatch(each -> each.toAbsolutePath().equals(route.toAbsolutePath())));
        return polls
                ? file.routes()
                : Stream.concat(file.routes().stream(), polling.stream().limit(1))
                        .toList();
    }

    private List<String> observe(RouteTestFile file, RouteTest test, CompletionStage<PollOutcome> polled)
            throws InterruptedException {
        String problem = pollProblem(polled);
        if (problem != null) {
            return List.of(problem);
        }
        long before = events.settled().orElse(0);
        Instant now = Instant.now();
        ledger.record(test.events().stream()
                .map(event -> new Event(
                        0,
                        now,
                        event.kind().text(),
                        Event.RELAY,
                        event.destination(),
                        null,
                        null,
                        null,
                        null,
                        event.message(),
                        null))
                .toList());
        long after = events.settled().orElse(0);
        boolean ended = end.await(test.exports(), recorder);
        List<Observation> observations = new ArrayList<>(recorder.observations());
        observations.addAll(end.outcomes(test.exports()));
        observations.addAll(end.events(test.exports(), id -> id <= before || id > after));
        List<String> failures = test.expectations().stream()
                .map(expectation -> expectation.check(observations))
                .filter(verdict -> !verdict.holds())
                .map(verdict -> text(file, verdict, observations))
                .toList();
        return ended || failures.isEmpty()
                ? failures
                : Stream.concat(
                                failures.stream(),
                                Stream.of("the test was still running after " + RouteTestEnd.LIMIT.toSeconds()
                                        + " s and was ended"))
                        .toList();
    }

    private static String text(RouteTestFile file, Verdict verdict, List<Observation> observations) {
        return new MismatchText(file.path(), verdict, observations).toString();
    }

    private static String pollProblem(CompletionStage<PollOutcome> polled) throws InterruptedException {
        try {
            PollOutcome outcome = polled.toCompletableFuture().get(LONGEST_POLL.toSeconds(), TimeUnit.SECONDS);
            return outcome.result() == PollOutcome.Result.READ
                    ? null
                    : "the poll route " + outcome.routeId() + " failed; run 'test --log' to see why";
        } catch (TimeoutException e) {
            return "no route has polled the simulated API within " + LONGEST_POLL.toSeconds()
                    + " s; put routes/poll-exports.camel.yaml back, or name a route that polls in 'route:'";
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }
}
