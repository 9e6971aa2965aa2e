package org.exportrelay.routetest;

import io.quarkus.arc.All;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.exportrelay.config.Counts;
import org.exportrelay.config.Durations;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.destinations.KnownFaults;
import org.exportrelay.ledger.Event;
import org.exportrelay.ledger.Events;
import org.exportrelay.ledger.ScratchLedger;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.poll.ExportPoll;
import org.exportrelay.poll.PollOutcome;
import org.exportrelay.routes.RouteFault;
import org.exportrelay.routes.RouteFile;
import org.exportrelay.routes.RouteFiles;
import org.exportrelay.routes.RouteSession;
import org.exportrelay.routetest.Expectation.Verdict;
import org.exportrelay.routetest.Observation.Kind;
import org.jboss.logging.Logger;

/**
 * Runs tests of routes in this process, one after the other: the route files as they are, the relay's own poll, downloads,
 * deliveries and retries, a ledger that is cleared before each test, and recorders in place of the endpoints that leave
 * the process. For one thread.
 */
@Singleton
public final class RouteTests {

    private static final Logger LOG = Logger.getLogger(RouteTests.class);
    private static final Duration LONGEST_POLL = Duration.ofSeconds(20);

    private final CamelContext context;
    private final Recorder recorder;
    private final RecordedBeans beans;
    private final RecordingEndpoints endpoints;
    private final RouteTestReader reader;
    private final ExportPoll poll;
    private final ScratchLedger ledger;
    private final Events events;
    private final RouteTestEnd end;
    private RouteTestFile current;
    /** Names in {@code replace} that no route of the current file has called so far. */
    private Set<String> uncalled = Set.of();

    /** All files that are loaded for the current file. */
    private List<Path> loaded = List.of();

    private Optional<PollRoute> pollRoute = Optional.empty();
    private List<RouteFault> warnings = List.of();

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
        this.beans = new RecordedBeans(recorder);
        this.endpoints =
                new RecordingEndpoints(recorder, beans, settings.api().url().toString());
        this.reader = new RouteTestReader(catalog);
        this.poll = poll;
        this.ledger = ledger;
        this.events = events;
        this.end = end;
    }

    /**
     * Before Camel starts.
     *
     * @param limit for one test, from the end of its poll
     */
    public void prepare(Duration limit) {
        end.limit(limit);
        context.getCamelContextExtension().registerEndpointCallback(endpoints);
        context.getCamelContextExtension().addInterceptStrategy(beans);
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

    /** Runs one test of a file. It never fails: a failure of the test itself is a result, and other tests can follow. */
    public RouteTestResult run(RouteTestFile file, RouteTest test, ExportSource source) throws InterruptedException {
        long start = System.nanoTime();
        List<String> faults = new ArrayList<>();
        List<String> failures = new ArrayList<>();
        try {
            failures.addAll(run(file, test, source, faults));
        } catch (RuntimeException | Error e) {
            // An Error too, such as one of a class that cannot be initialized, must not end the tests that follow.
            LOG.debugf(e, "%s:%d: the test has ended with an exception", file.path(), test.line());
            faults.add(file.path() + ":" + test.line() + ": this test cannot be run (" + LedgerDatabase.describe(e)
                    + "); run 'test --log' to see why");
        }
        return new RouteTestResult(
                test,
                Duration.ofNanos(System.nanoTime() - start),
                faults.isEmpty() ? failures : faults,
                !faults.isEmpty());
    }

    private List<String> run(RouteTestFile file, RouteTest test, ExportSource source, List<String> faults)
            throws InterruptedException {
        ledger.clear();
        boolean isFirst = file != current;
        if (isFirst) {
            current = file;
            uncalled = new TreeSet<>(file.replaced().keySet());
            loaded = routes(file);
            warnings = List.of();
        }
        recorder.begin(test.faults(), file.replaced().keySet());
        end.begin();
        test.exports().forEach(source.publish());
        try (TestSettings settings = new TestSettings(test.settings());
                RouteSession session = new RouteSession(context)) {
            CompletionStage<PollOutcome> polled = poll.next();
            open(file, test, session).forEach(fault -> faults.add(fault.toString()));
            if (!faults.isEmpty()) {
                return List.of();
            }
            if (isFirst) {
                warnings = session.warnings();
            }
            return observe(file, test, polled);
        } finally {
            pollRoute.ifPresent(PollRoute::stop);
            test.exports().forEach(export -> source.withdraw().accept(export.id()));
        }
    }

    private List<RouteFault> open(RouteTestFile file, RouteTest test, RouteSession session) {
        if (pollRoute.isEmpty()) {
            pollRoute = polling().map(polls -> new PollRoute(context, polls));
        }
        boolean addsPoll = loaded.size() > file.routes().size();
        if (addsPoll && pollRoute.get().isSharedWith(test.settings())) {
            List<RouteFault> faults = session.open(file.routes());
            return faults.isEmpty() ? pollRoute.get().start() : faults;
        }
        pollRoute.ifPresent(PollRoute::close);
        return session.open(loaded);
    }

    /**
     * Warnings about the routes of the file whose tests ran last, as {@code validate} reports them; those that depend on
     * settings, which a test invents, or on other routes are left out.
     */
    public List<RouteFault> warnings() {
        return warnings;
    }

    /** The routes of the test, and the one that polls. It starts last, when the others wait for what it finds. */
    static List<Path> routes(RouteTestFile file) {
        boolean polls = file.routes().stream()
                .anyMatch(route -> new RouteFiles(route.toAbsolutePath().getParent())
                        .polling().stream()
                                .anyMatch(each -> each.path().toAbsolutePath().equals(route.toAbsolutePath())));
        return polls
                ? file.routes()
                : Stream.concat(file.routes().stream(), polling().map(RouteFile::path).stream())
                        .toList();
    }

    private static Optional<RouteFile> polling() {
        return RouteFiles.inWorkingDirectory().polling().stream().findFirst();
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
        boolean ended = end.await(test.exports(), recorder::hasFaultsLeft);
        List<Observation> observations = new ArrayList<>(recorder.observations());
        observations.addAll(end.outcomes(test.exports()));
        observations.addAll(end.events(test.exports(), id -> id <= before || id > after));
        return Stream.of(
                        mismatches(file, test, observations),
                        recorder.untested(file.path()).stream(),
                        uncalled(file, test),
                        ended ? Stream.<String>empty() : Stream.of(unended()))
                .flatMap(Function.identity())
                .toList();
    }

    /** Of each expectation that does not hold, and below the last one what happened instead. */
    private static Stream<String> mismatches(RouteTestFile file, RouteTest test, List<Observation> observations) {
        List<Verdict> verdicts = test.expectations().stream()
                .map(expectation -> expectation.check(observations))
                .filter(verdict -> !verdict.holds())
                .toList();
        if (verdicts.isEmpty()) {
            return Stream.empty();
        }
        Set<Kind> kinds =
                verdicts.stream().map(verdict -> verdict.expectation().kind()).collect(Collectors.toSet());
        return Stream.concat(
                verdicts.stream().map(verdict -> new MismatchText(file.path(), verdict).toString()),
                Stream.of(MismatchText.happened(observations, kinds)));
    }

    /** Known after the last test: only some tests may reach a step that computes the name. */
    private Stream<String> uncalled(RouteTestFile file, RouteTest test) {
        uncalled.removeAll(recorder.called());
        return test == file.tests().get(file.tests().size() - 1)
                ? uncalled.stream()
                        .map(name -> file.path() + ":" + file.replaced().get(name) + ": replace: " + name
                                + " is a bean that no route of this file calls; write the name that the route has in"
                                + " 'ref:', or remove it")
                : Stream.empty();
    }

    private String unended() {
        return "the test was still running after " + Durations.text(end.limit()) + " and was ended ("
                + Counts.text(context.getInflightRepository().size(), "exchange", "exchanges")
                + " in flight); correct the step that does not end, or write a longer --timeout";
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
