package org.exportrelay.routetest;

import io.quarkus.arc.All;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.apache.camel.model.ModelCamelContext;
import org.exportrelay.config.NearestName;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.SettingsException;
import org.exportrelay.destinations.KnownFaults;
import org.exportrelay.ledger.DeliveryCreator;
import org.exportrelay.ledger.ExportOutcomes;
import org.exportrelay.ledger.ExportRecorder;
import org.exportrelay.poll.ExportPoll;
import org.exportrelay.routes.RouteFault;
import org.exportrelay.routes.RouteFiles;
import org.exportrelay.routes.RouteHazards;
import org.exportrelay.routes.RouteSession;
import org.exportrelay.routetest.GuaranteeJournal.Entry;
import org.exportrelay.routetest.GuaranteeJournal.Kind;

/**
 * Runs one round of a test of the guarantees in this process: the route files as they are, with servers on disk in place of
 * the endpoints that leave the process. The ledger and the servers stay for the next round. For one thread.
 */
@Singleton
public final class GuaranteeRun {

    private static final long CHECK_MILLIS = 20;

    private final CamelContext context;
    private final RelaySettings settings;
    private final FaultCatalog catalog;
    private final ExportPoll poll;
    private final ExportRecorder exports;
    private final DeliveryCreator deliveries;
    private final ExportOutcomes outcomes;
    private final RouteTestEnd end;
    private GuaranteeRecorder recorder;

    @Inject
    GuaranteeRun(
            CamelContext context,
            RelaySettings settings,
            @All List<KnownFaults> faults,
            ExportPoll poll,
            ExportRecorder exports,
            DeliveryCreator deliveries,
            ExportOutcomes outcomes,
            RouteTestEnd end) {
        this.context = context;
        this.settings = settings;
        this.catalog = new FaultCatalog(faults);
        this.poll = poll;
        this.exports = exports;
        this.deliveries = deliveries;
        this.outcomes = outcomes;
        this.end = end;
    }

    /** What happens in the rounds that use a data directory. */
    public static GuaranteeJournal journal(Path dataDirectory) {
        return GuaranteeRecorder.journal(recorded(dataDirectory));
    }

    /** The file by which a round in a data directory asks to be killed. */
    public static Path killRequest(Path dataDirectory) {
        return GuaranteeRecorder.killRequest(recorded(dataDirectory));
    }

    private static Path recorded(Path dataDirectory) {
        return dataDirectory.resolve("recorded");
    }

    /**
     * Reads the test file beside a route; one that is missing is as one without exports and settings.
     *
     * @param route a route file, its test file, or the name or the id of a route in {@code routes/}
     * @param rounds in which exports are published
     * @throws SettingsException if there is no such route, or the test file has faults
     */
    public GuaranteePlan plan(String route, long seed, int rounds) {
        String path = file(route).toString();
        Path test = Path.of(path.replace(RouteFiles.SUFFIX, RouteTestFile.SUFFIX));
        if (!Files.exists(test)) {
            RouteTest empty = new RouteTest("", 1, Map.of(), List.of(), List.of(), List.of(), List.of());
            return GuaranteePlan.of(
                    new RouteTestFile(test, List.of(Path.of(path)), Map.of(), List.of(empty)), seed, rounds);
        }
        RouteTestReader.Read read = new RouteTestReader(catalog).read(test);
        if (!read.faults().isEmpty()) {
            throw new SettingsException(
                    read.faults().stream().map(RouteFault::toString).toList());
        }
        return GuaranteePlan.of(read.file(), seed, rounds);
    }

    private static Path file(String route) {
        Path path = Path.of(route);
        if (Files.isRegularFile(path) && (route.endsWith(RouteFiles.SUFFIX) || route.endsWith(RouteTestFile.SUFFIX))) {
            return path;
        }
        RouteFiles files = RouteFiles.inWorkingDirectory();
        return files.fileOf(route)
                .orElseThrow(() -> new SettingsException("--guarantees " + route + ": there is no such file or route"
                        + NearestName.of(route, files.names())
                                .map(near -> "; did you mean " + near + "?")
                                .orElse("; name a file that ends in " + RouteFiles.SUFFIX + ", or a route in "
                                        + files.directory())));
    }

    /** Before Camel starts. */
    public void prepare(GuaranteePlan plan, GuaranteeRound round) throws IOException {
        recorder = new GuaranteeRecorder(
                catalog, round, plan.file().replaced().keySet(), Files.createDirectories(recorded(settings.dataDir())));
        RecordedBeans beans = new RecordedBeans(recorder);
        context.getCamelContextExtension()
                .registerEndpointCallback(new RecordingEndpoints(
                        recorder, beans, settings.api().url().toString()));
        context.getCamelContextExtension().addInterceptStrategy(beans);
        poll.always();
    }

    /** Steps of endpoints so far. */
    public int steps() {
        return recorder.steps();
    }

    /**
     * Runs the round until every delivery is final and nothing is in flight, or the time is over.
     *
     * @return what keeps the routes from running
     */
    public List<RouteFault> run(GuaranteePlan plan, GuaranteeRound round, Duration limit) throws InterruptedException {
        List<GivenExport> published = plan.publishedUntil(round);
        List<String> ids = published.stream().map(GivenExport::id).toList();
        GuaranteeJournal journal = journal(settings.dataDir());
        long stop = System.nanoTime() + limit.toNanos();
        end.begin();
        try (TestSettings keys = new TestSettings(plan.file().tests().get(0).settings());
                RouteSession session = new RouteSession(context)) {
            List<RouteFault> faults = session.open(RouteTests.routes(plan.file()));
            if (!faults.isEmpty()) {
                return faults;
            }
            if (round.number() == 0) {
                ModelCamelContext model = (ModelCamelContext) context;
                List<Path> files = plan.file().routes();
                RouteHazards.ofLoss(model, files)
                        .forEach(fault -> journal.append(Entry.of(Kind.LOSES, fault.toString())));
                RouteHazards.ofRepetition(model, files)
                        .forEach(fault -> journal.append(Entry.of(Kind.REPEATS, fault.toString())));
            }
            while (exports.known(ids).size() < ids.size() && System.nanoTime() < stop) {
                Thread.sleep(CHECK_MILLIS);
            }
            // A poll that failed later has recorded them, but not created their deliveries.
            deliveries.createDeliveries();
            end.limit(Duration.ofNanos(Math.max(0, stop - System.nanoTime())));
            end.await(published, () -> true);
            outcomes.of(ids)
                    .forEach(outcome -> journal.append(new Entry(
                            Kind.OUTCOME,
                            outcome.deliveryId(),
                            outcome.destination(),
                            outcome.file(),
                            outcome.state().text(),
                            "",
                            outcome.error() == null ? "" : outcome.error())));
        }
        return List.of();
    }
}
