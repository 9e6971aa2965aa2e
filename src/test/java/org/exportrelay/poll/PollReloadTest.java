package org.exportrelay.poll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.camel.impl.DefaultCamelContext;
import org.exportrelay.api.ApiPause;
import org.exportrelay.api.ExportsJson;
import org.exportrelay.api.RelayApi;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.TestSettings;
import org.exportrelay.ledger.LedgerInstance;
import org.exportrelay.ledger.LedgerSettings;
import org.exportrelay.ledger.PollLease;
import org.exportrelay.ledger.SharedUrls;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.routes.RouteFiles;
import org.exportrelay.routes.RouteReload;
import org.exportrelay.testing.LocalServer;
import org.exportrelay.testing.LogLines;
import org.exportrelay.trace.TestTraces;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shipped poll route with two exports a page, edited while the API is slow to answer. */
class PollReloadTest {

    private static final int EXPORTS = 6;
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final Pattern OFFSET = Pattern.compile("offset=(\\d+)");

    private static final String ABANDONED =
            "WARN poll: the poll of route poll-exports did not end before its route was stopped; it is abandoned, and the"
                    + " next poll reads the list again";

    private static final String OTHER =
            """
            - route:
                id: other
                from:
                  uri: direct:other
                  steps:
                    - to:
                        uri: "%s/v1/exports"
                        parameters:
                          httpMethod: GET
                          httpClientConfigurer: "#bean:exportsApi"
            """;

    private static final String FAILING =
            """
            - filter:
                expression:
                  simple:
                    expression: "${body.exportId} == 'export-5'"
                steps:
                  - throwException:
                      exceptionType: java.lang.IllegalStateException
                      message: the last page
            """;

    @TempDir
    private Path directory;

    private final LocalServer server = new LocalServer();
    private final CountDownLatch released = new CountDownLatch(1);
    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicInteger held = new AtomicInteger();
    private volatile int slowRequest = Integer.MAX_VALUE;
    private RelayApi api;
    private DefaultCamelContext context;
    private LedgerDatabase database;
    private RouteReload reload;
    private LogLines log;

    @BeforeEach
    void start() throws Exception {
        server.answer("/v1/exports", this::answer);
        RelaySettings settings = TestSettings.of(
                "relay.api.url",
                server.url("").toString(),
                "relay.api.key",
                "dm_sk_live_x",
                "relay.poll.period",
                "1s",
                "relay.poll.page-size",
                "2");
        api = new RelayApi(settings);
        context = api.context();
        database = LedgerDatabase.openForWork(LedgerSettings.of("jdbc:sqlite:" + directory.resolve("ledger.db")));
        LedgerInstance ledger = new LedgerInstance(database, "me", Duration.ofMinutes(2), api.clock());
        context.getRegistry()
                .bind(
                        "poll",
                        new ExportPoll(
                                settings,
                                new ApiPause(),
                                new PollLease(database, "me", api.clock()),
                                ledger.recorder,
                                api.signedUrls(),
                                new SharedUrls(database, api.urlCipher(), api.clock()),
                                ledger.destinations,
                                ledger.creator,
                                ledger.deliveries,
                                ledger.progress,
                                api.clock(),
                                new PollMetrics(new SimpleMeterRegistry()),
                                TestTraces.off()));
        context.getRegistry().bind("exportsJson", ExportsJson.exportsJson());
        log = LogLines.of(ExportPoll.class);
    }

    @AfterEach
    void stop() throws IOException {
        released.countDown();
        if (reload != null) {
            reload.close();
        }
        log.close();
        api.close();
        database.close();
        server.close();
    }

    @Test
    void aPollThatIsCutOffByAnEditIsRepeatedByTheNewRoute() throws Exception {
        slowRequest = 2;
        write("poll-exports", "");
        watch(Duration.ofMillis(200));
        await().atMost(SOON).until(() -> held.get() == 1);
        write("poll-exports", "# edited\n");
        await().atMost(SOON).until(() -> polls() >= 2);
        assertThat(log.all().subList(0, 2))
                .satisfiesExactly(line -> assertThat(line).isEqualTo(ABANDONED), line -> assertThat(line)
                        .startsWith("INFO poll: 6 seen, 4 new"));
        assertThat(log.all()).filteredOn(line -> !line.startsWith("INFO")).hasSize(1);
        assertThat(recorded()).containsExactlyElementsOf(ids());
    }

    @Test
    void aPollThatOutlivesAnEditIsAbandonedAndHasNoEffectLater() throws Exception {
        slowRequest = 2;
        write("poll-exports", "");
        // Another route keeps the connections of the endpoint open.
        String url = server.url("").toString();
        writeText("other", OTHER.formatted(url));
        watch(Duration.ofMillis(200));
        await().atMost(SOON).until(() -> held.get() == 1);
        write("poll-exports", "# edited\n");
        await().atMost(SOON).until(() -> polls() >= 1);
        assertThat(log.all()).satisfiesExactly(line -> assertThat(line).isEqualTo(ABANDONED), line -> assertThat(line)
                .startsWith("INFO poll: 6 seen, 4 new"));
        released.countDown();
        int before = polls();
        await().atMost(SOON).until(() -> polls() >= before + 2);
        assertThat(log.all()).filteredOn(line -> !line.startsWith("INFO")).hasSize(1);
        assertThat(log.all().subList(2, log.all().size()))
                .allSatisfy(line -> assertThat(line).startsWith("INFO poll: 6 seen, 0 new"));
        assertThat(recorded()).containsExactlyElementsOf(ids());
    }

    @Test
    void aPollThatIsFinishedByTheReloadIsNotAbandoned() throws Exception {
        slowRequest = 2;
        write("poll-exports", "");
        watch(Duration.ofSeconds(10));
        await().atMost(SOON).until(() -> held.get() == 1);
        write("poll-exports", "# edited\n");
        await().during(Duration.ofSeconds(3)).until(() -> polls() == 0);
        released.countDown();
        await().atMost(SOON).until(() -> polls() >= 3);
        assertThat(recorded()).containsExactlyElementsOf(ids());
        assertThat(log.all()).allMatch(line -> line.startsWith("INFO"));
    }

    @Test
    void aSecondRouteThatPollsWaitsForTheEndOfTheFirst() throws Exception {
        slowRequest = 2;
        write("poll-exports", "");
        watch(Duration.ofMillis(200));
        await().atMost(SOON).until(() -> held.get() == 1);
        write("second-poll", "");
        await().atMost(SOON).until(() -> logged("poll: route second-poll does not poll now"));
        await().during(Duration.ofSeconds(3)).until(() -> asked.get() == 2);
        released.countDown();
        await().atMost(SOON).until(() -> polls() >= 3);
        assertThat(recorded()).containsExactlyElementsOf(ids());
        assertThat(log.all())
                .contains("WARN poll: route second-poll does not poll now, because the poll of route poll-exports is"
                        + " still running and only one may run at a time; if this happens often, remove one of the"
                        + " routes that poll")
                .filteredOn(line -> line.startsWith("WARN"))
                .hasSize(1);
        assertThat(log.all()).anyMatch(line -> line.startsWith("INFO poll: 6 seen, 6 new"));
    }

    @Test
    void aPageThatAFailedPollDidNotRecordIsReadAgain() throws Exception {
        String shipped = route("poll-exports");
        String filter = "${body.isCompleted}\"\n" + " ".repeat(30) + "steps:\n";
        assertThat(shipped).contains(filter);
        writeText("poll-exports", shipped.replace(filter, filter + FAILING.indent(32)));
        watch(Duration.ofSeconds(10));
        await().atMost(SOON).until(() -> logged("ERROR poll: "));
        write("poll-exports", "");
        await().atMost(SOON).until(() -> polls() >= 1 && recorded().size() == EXPORTS);
    }

    private void answer(HttpExchange request) throws IOException {
        if (asked.incrementAndGet() == slowRequest) {
            held.incrementAndGet();
            awaitRelease();
        }
        Matcher offset =
                OFFSET.matcher(URLDecoder.decode(request.getRequestURI().getRawQuery(), StandardCharsets.UTF_8));
        int from = offset.find() ? Integer.parseInt(offset.group(1)) : 0;
        String entries = IntStream.range(from, Math.min(EXPORTS, from + 2))
                .mapToObj(
                        """
                        {"export_id": "export-%1$d", "status": "completed",
                         "download_urls": [{"url": "https://storage.googleapis.com/%1$d"}]}"""
                                ::formatted)
                .collect(Collectors.joining(","));
        LocalServer.body(
                        200,
                        "application/json",
                        "{\"data\": [%s], \"pagination\": {\"total\": %d, \"has_more\": %s}}"
                                .formatted(entries, EXPORTS, from + 2 < EXPORTS))
                .handle(request);
    }

    private void awaitRelease() {
        try {
            released.await(1, TimeUnit.MINUTES);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void watch(Duration patience) throws Exception {
        RouteFiles files = new RouteFiles(directory.resolve("routes"));
        reload = new RouteReload(context, files, patience);
        for (Path file : files.list()) {
            context.getCamelContextExtension()
                    .getContextPlugin(org.apache.camel.spi.RoutesLoader.class)
                    .loadRoutes(
                            org.apache.camel.support.ResourceHelper.fromString("file:" + file, Files.readString(file)));
        }
        reload.start();
    }

    private void write(String id, String end) throws IOException {
        writeText(id, route(id) + end);
    }

    private void writeText(String id, String text) throws IOException {
        Files.createDirectories(directory.resolve("routes"));
        Files.writeString(directory.resolve("routes/" + id + RouteFiles.SUFFIX), text);
    }

    private String route(String id) throws IOException {
        return Files.readString(Path.of("routes/poll-exports.camel.yaml"))
                .replace("id: poll-exports", "id: " + id)
                .replace("timer:poll-exports", "timer:" + id)
                .replace("{{relay.poll.period}}", "1000")
                .replace("{{relay.poll.page-size}}", "2")
                .replace("{{relay.api.url}}", server.url("").toString());
    }

    private boolean logged(String text) {
        return log.all().stream().anyMatch(line -> line.contains(text));
    }

    private int polls() {
        return (int) log.all().stream()
                .filter(line -> line.startsWith("INFO poll: "))
                .count();
    }

    private List<String> recorded() {
        return database.jdbi()
                .withHandle(handle -> handle.createQuery("SELECT export_id FROM export_file ORDER BY export_id")
                        .mapTo(String.class)
                        .list());
    }

    private static List<String> ids() {
        return IntStream.range(0, EXPORTS).mapToObj(i -> "export-" + i).toList();
    }
}
