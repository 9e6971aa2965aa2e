package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.Dashboard;
import org.exportrelay.testing.Postgres;
import org.exportrelay.testing.Prometheus;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Running;
import org.exportrelay.testing.TcpGate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The Grafana dashboard on a real Prometheus that scrapes two instances. */
@Execution(ExecutionMode.CONCURRENT)
class DashboardIT {

    private static final Pattern VARIABLE = Pattern.compile("label_values\\((\\w+), (\\w+)\\)");
    private static final String FAILING_ROUTE =
            """
            - route:
                id: deliver-to-nobody
                from:
                  uri: exports:nobody
                  parameters: {name: "people_*", retryDelay: 1s, maxAttempts: 2}
                  steps:
                    - throwException: {exceptionType: java.lang.IllegalArgumentException, message: refused}
            """;

    @TempDir
    private Path directory;

    @Test
    void eachQueryAndEachVariableOfTheDashboardHasData() throws Exception {
        assumeThat(Prometheus.isInstalled())
                .as("prometheus is installed, as by the Debian package prometheus")
                .isTrue();
        Dashboard dashboard = Dashboard.read();
        List<String> queries = Stream.concat(
                        dashboard.queries().stream().map(DashboardIT::ofAll),
                        dashboard.variables().stream().flatMap(variable -> VARIABLE.matcher(
                                        variable.path("definition").asText())
                                .results()
                                .map(values -> values.group(1) + "{" + values.group(2) + "!=\"\"}")))
                .toList();
        List<Integer> ports = List.of(TcpGate.freePort(), TcpGate.freePort());
        try (EmbeddedPostgres postgres = Postgres.start();
                Sandbox sandbox = Sandbox.start(
                        SandboxOptions.defaults().withExports(6).withArrivalPeriod(Duration.ofSeconds(1)));
                Prometheus prometheus = Prometheus.start(directory, ports)) {
            Running one =
                    relay("one", sandbox, ports.get(0)).withLedger(postgres).start("run");
            Running two =
                    relay("two", sandbox, ports.get(1)).withLedger(postgres).start("run");
            try {
                await().atMost(Duration.ofSeconds(60)).until(() -> prometheus.hasData("sum(relay_instance_info) == 2"));
                collectGarbage(one);
                collectGarbage(two);
                // Expectations are checked a minute after the start.
                assertThat(queries).isNotEmpty();
                // Not all at the same time: for a moment after a takeover of the poll, no instance has the sums.
                List<String> withoutData = new ArrayList<>(queries);
                await().atMost(Duration.ofSeconds(120))
                        .pollInterval(Duration.ofSeconds(1))
                        .untilAsserted(() -> {
                            withoutData.removeIf(prometheus::hasData);
                            assertThat(withoutData).isEmpty();
                        });
            } finally {
                one.stop();
                two.stop();
            }
        }
    }

    /** With all values of the variables, as Grafana fills them in. */
    private static String ofAll(String query) {
        return query.replace("$__rate_interval", "10s")
                .replace("$instance", ".*")
                .replace("$destination", ".*");
    }

    /** A collection after the start: the metric of its pauses does not exist before. */
    private static void collectGarbage(Running relay) throws Exception {
        new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        Long.toString(relay.process().pid()),
                        "GC.run")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    private RelayChild relay(String name, Sandbox sandbox, int port) throws IOException {
        RelayChild relay = RelayChild.in(directory.resolve(name))
                .at(sandbox)
                // On a busy machine, the poll would change each second between the two otherwise.
                .with("relay.poll.period", "10s")
                .with("archive.directory", directory.resolve("archive"))
                .with("relay.expect.nightly.exports", "properties_*")
                .with(
                        "relay.expect.nightly.by",
                        DateTimeFormatter.ofPattern("HH:mm")
                                .format(LocalTime.now(ZoneOffset.UTC).plusHours(1)))
                .with("relay.expect.nightly.warn-before", "2h")
                .with("relay.http.port", port);
        Files.writeString(relay.directory().resolve("routes/deliver-to-nobody.camel.yaml"), FAILING_ROUTE);
        return relay;
    }
}
