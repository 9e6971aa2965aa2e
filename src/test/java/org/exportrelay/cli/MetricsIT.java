package org.exportrelay.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.Postgres;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Running;
import org.exportrelay.testing.TcpGate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The metrics of the installed relay: what docs/operating.md lists, and sums that are right with any number of instances. */
@Execution(ExecutionMode.CONCURRENT)
class MetricsIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int EXPORTS = 6;
    private static final String POLL_PERIOD = "1s";

    private static final int SCRAPE_TIMEOUT_MILLIS = 5_000;

    @TempDir
    private Path directory;

    @Test
    void theDocumentedMetricsAreThoseThatAreServed() throws Exception {
        try (Sandbox sandbox = Sandbox.start(SandboxOptions.defaults().withExports(EXPORTS))) {
            int port = TcpGate.freePort();
            RelayChild relay = relay("one", sandbox, port)
                    .with("relay.expect.nightly.exports", "*")
                    .with(
                            "relay.expect.nightly.by",
                            DateTimeFormatter.ofPattern("HH:mm")
                                    .format(LocalTime.now(ZoneOffset.UTC).plusHours(1)))
                    .with("relay.expect.nightly.warn-before", "2h");
            assertThat(relay.run("once").exitCode()).isZero();
            sandbox.addFinished("properties_export", new SandboxFile("later.csv.gz", 10));
            Running running = relay.start("run");
            try {
                await().atMost(PATIENCE).until(() -> sum("relay_delivery_duration_seconds_count", port) > 0);
                await().atMost(PATIENCE).until(() -> scrape(port).contains("relay_deliveries{"));
                String served = scrape(port);
                assertThat(names(served, "^# TYPE (relay_\\w+) ")).isEqualTo(documented("relay"));
                assertThat(names(served, "^# TYPE (camel_\\w+) ")).isEqualTo(documented("camel"));
                assertThat(names(served, "routeId=\"([^\"]*)\"")).containsExactly("deliver-to-file", "poll-exports");
                assertThat(served)
                        .contains("relay_api_requests_total{operation=\"list\",status=\"200\"}")
                        .contains("relay_api_budget_remaining{window=\"minute\"}")
                        .contains("relay_api_budget_remaining{window=\"day\"}")
                        .contains("relay_oldest_waiting_seconds{destination=\"archive\"}")
                        .contains("relay_deliveries{destination=\"archive\",state=\"delivered\"}")
                        .contains("relay_deliveries{destination=\"archive\",state=\"skipped\"}")
                        .contains("relay_expectation_met{expectation=\"nightly\"} 1.0")
                        .contains("relay_polls_total{outcome=\"read\"}")
                        .contains("relay_downloads_total{outcome=\"verified\"}")
                        .contains("relay_delivery_duration_seconds_bucket{destination=\"archive\",le=\"5.0\"}");
                assertThat(served).doesNotContain(sandbox.key()).doesNotContain("X-Goog");
                assertThat(sum("relay_download_bytes_total", port)).isPositive();
            } finally {
                running.stop();
            }
        }
    }

    @Test
    void theSumOverTwoInstancesIsWhatTheLedgerHasAlsoAfterThePollingOneHasEnded() throws Exception {
        try (EmbeddedPostgres postgres = Postgres.start();
                Sandbox sandbox = Sandbox.start(SandboxOptions.defaults().withExports(EXPORTS))) {
            List<Integer> ports = List.of(TcpGate.freePort(), TcpGate.freePort());
            RelayChild one = relay("one", sandbox, ports.get(0)).withLedger(postgres);
            Running first = one.start("run");
            await().atMost(PATIENCE)
                    .ignoreExceptionsInstanceOf(SQLException.class)
                    .until(() -> one.ledger().number("SELECT count(*) FROM delivery WHERE state = 'delivered'") > 0);
            assertThat(one.run("pause", "archive").exitCode()).isZero();
            Running second =
                    relay("two", sandbox, ports.get(1)).withLedger(postgres).start("run");
            try {
                await().atMost(PATIENCE).until(() -> sum("relay_instance_info", ports) == 2);
                sandbox.addFinished("properties_export", new SandboxFile("export.csv.gz", 100));
                sandbox.addFinished("properties_export", new SandboxFile("export.csv.gz", 100));
                await().atMost(PATIENCE)
                        .until(() -> waiting(one) > 0 && sum("relay_deliveries", ports) == deliveries(one));
                first.stop();
                await().atMost(PATIENCE).until(() -> sum("relay_deliveries", ports.get(1)) == deliveries(one));
            } finally {
                second.stop();
            }
        }
    }

    /** The poll goes from a suspended instance, and from one that was killed, to the other, and back. */
    @Test
    void atEachScrapeTheSumsAreThoseOfTheLedgerWhileThePollGoesToOtherInstances() throws Exception {
        try (EmbeddedPostgres postgres = Postgres.start();
                Sandbox sandbox = Sandbox.start(
                        SandboxOptions.defaults().withExports(EXPORTS).withArrivalPeriod(Duration.ofSeconds(1)))) {
            Map<Integer, RelayChild> relays = new TreeMap<>();
            Map<Integer, Running> running = new TreeMap<>();
            for (String name : List.of("one", "two")) {
                int port = TcpGate.freePort();
                relays.put(port, relay(name, sandbox, port).withLedger(postgres));
            }
            RelayChild any = relays.values().iterator().next();
            try {
                relays.forEach((port, relay) -> running.put(port, relay.start("run")));
                Scrapes scrapes = new Scrapes(any, relays.keySet());
                int first = scrapes.untilShownBy(relays.keySet());

                running.get(first).pause();
                int second = scrapes.untilShownBy(others(relays.keySet(), first));
                running.get(first).resume();
                scrapes.during(Duration.ofSeconds(8));

                running.get(second).kill();
                scrapes.untilShownBy(Set.of(first));
                running.put(second, relays.get(second).start("run"));
                scrapes.during(Duration.ofSeconds(8));

                running.get(first).stop();
                scrapes.untilShownBy(Set.of(second));
            } finally {
                running.values().forEach(relay -> relay.process().destroyForcibly());
            }
        }
    }

    private static Set<Integer> others(Set<Integer> ports, int port) {
        return ports.stream().filter(other -> other != port).collect(Collectors.toSet());
    }

    /** Scrapes all instances again and again, and compares each sum with what the ledger has had in the last seconds. */
    private static final class Scrapes {

        /** Of what an instance shows. */
        private static final Duration MAX_AGE = Duration.ofSeconds(11);

        private final RelayChild ledger;
        private final Set<Integer> ports;
        private final TreeMap<Instant, Double> history = new TreeMap<>();

        Scrapes(RelayChild ledger, Set<Integer> ports) {
            this.ledger = ledger;
            this.ports = ports;
        }

        /** Which of the instances shows the sums. */
        int untilShownBy(Set<Integer> expected) throws Exception {
            Instant end = Instant.now().plus(PATIENCE);
            while (Instant.now().isBefore(end)) {
                Optional<Integer> shown = scrapeAll();
                if (shown.filter(expected::contains).isPresent()) {
                    return shown.get();
                }
            }
            throw new AssertionError("none of " + expected + " shows the sums");
        }

        void during(Duration time) throws Exception {
            Instant end = Instant.now().plus(time);
            while (Instant.now().isBefore(end)) {
                scrapeAll();
            }
        }

        private Optional<Integer> scrapeAll() throws Exception {
            Instant begin = Instant.now();
            List<Integer> showing = showing();
            if (showing.size() > 1) {
                // One may have ended between the two scrapes, but then it shows them no more.
                showing = showing();
            }
            assertThat(showing).as("instances that show the sums").hasSizeLessThan(2);
            double shown = showing.isEmpty() ? 0 : sum("relay_deliveries", showing.get(0));
            double now = deliveriesOrNone(ledger);
            history.put(Instant.now(), now);
            if (!showing.isEmpty() && shown > 0) {
                var before = history.floorEntry(begin.minus(MAX_AGE));
                assertThat(shown).isBetween(before == null ? 0 : before.getValue(), now);
            }
            return showing.stream().findFirst();
        }

        private List<Integer> showing() {
            return ports.stream()
                    .filter(port -> scrape(port).contains("relay_deliveries{"))
                    .toList();
        }
    }

    /** 0 before the ledger has its tables. */
    private static double deliveriesOrNone(RelayChild relay) throws Exception {
        try {
            return deliveries(relay);
        } catch (SQLException notYet) {
            return 0;
        }
    }

    private static double deliveries(RelayChild relay) throws Exception {
        return relay.ledger().number("SELECT count(*) FROM delivery");
    }

    private static double waiting(RelayChild relay) throws Exception {
        return relay.ledger()
                .number("SELECT count(*) FROM delivery WHERE state IN ('pending', 'retrying', 'in_progress')");
    }

    private RelayChild relay(String name, Sandbox sandbox, int port) {
        return RelayChild.in(directory.resolve(name))
                .at(sandbox)
                .with("relay.poll.period", POLL_PERIOD)
                .with("archive.directory", directory.resolve("archive"))
                .with("relay.http.port", port);
    }

    private static Set<String> documented(String prefix) throws IOException {
        String page = Files.readString(Path.of("docs/operating.md"));
        String section =
                page.substring(page.indexOf("\n## Monitor with Prometheus\n"), page.indexOf("\n## Trace exports"));
        return names(section, "^\\| `(" + prefix + "_\\w+)").stream()
                .map(name -> name.replaceFirst("_total$", ""))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> names(String text, String pattern) {
        return Pattern.compile(pattern, Pattern.MULTILINE)
                .matcher(text)
                .results()
                .map((MatchResult match) -> match.group(1).replaceFirst("_total$", ""))
                .filter(name -> !name.endsWith("_max"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static double sum(String metric, List<Integer> ports) throws IOException {
        double sum = 0;
        for (int port : ports) {
            sum += sum(metric, port);
        }
        return sum;
    }

    /** 0 while nothing listens, or no sample has the name. */
    private static double sum(String metric, int port) throws IOException {
        return scrape(port)
                .lines()
                .filter(line -> line.startsWith(metric + "{") || line.startsWith(metric + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private static String scrape(int port) {
        try {
            URLConnection connection = URI.create("http://127.0.0.1:" + port + "/q/metrics")
                    .toURL()
                    .openConnection();
            // A suspended instance does not answer.
            connection.setReadTimeout(SCRAPE_TIMEOUT_MILLIS);
            return text(connection);
        } catch (IOException notYet) {
            return "";
        }
    }

    private static String text(URLConnection connection) throws IOException {
        try (InputStream answer = connection.getInputStream()) {
            // One of the two text formats has a comma after the last label.
            return new String(answer.readAllBytes(), UTF_8).replace(",}", "}");
        }
    }
}
