package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.Postgres;
import org.exportrelay.testing.Probes;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Running;
import org.exportrelay.testing.TcpGate;
import org.exportrelay.testing.ThreadStopper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Threads of the installed relay, or its database server, stop in the middle of their work. Lease renewal is known to hang
 * within a minute. A step of maintenance may take up to three minutes, since some of them delete thousands of files at times.
 */
@Execution(ExecutionMode.CONCURRENT)
class StoppedThreadsIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration LIMIT_OF_MAINTENANCE = Duration.ofMinutes(3);

    private final HttpClient client = HttpClient.newHttpClient();
    private final int port = TcpGate.freePort();
    private final int debugPort = TcpGate.freePort();

    @TempDir
    private Path directory;

    /** Each step has a thread while it runs; the other steps continue, and are not reported. */
    @ParameterizedTest
    @CsvSource({
        "org.exportrelay.ledger.DeliveryQueue, renewLeases, renew the leases on deliveries",
        "org.exportrelay.ledger.DownloadQueue, renewLeases, renew the leases on files",
        "org.exportrelay.ledger.PollLease, renew, renew the lease on the poll"
    })
    void aThreadThatStopsWhileItRenewsLeasesIsNotAliveWithinAMinute(String type, String method, String step)
            throws Exception {
        assertThat(overdueAfter(threads -> threads.stopAt(type, method), PATIENCE, step))
                .containsExactly(step);
    }

    /** Where it stops by chance, it may hold the ledger, so that lease renewal is overdue sooner. */
    @Test
    void aThreadOfMaintenanceThatHasStoppedIsNotAliveAfterThreeMinutes() throws Exception {
        assertThat(overdueAfter(
                        threads ->
                                assertThat(threads.stopThreads("maintenance")).isEqualTo(1),
                        LIMIT_OF_MAINTENANCE.plus(PATIENCE),
                        "create deliveries"))
                .contains("free the spool of delivered files");
    }

    @Test
    void aStepOfMaintenanceThatHangsIsNotAliveAfterThreeMinutes() throws Exception {
        assertThat(overdueAfter(
                        threads -> threads.stopAt("org.exportrelay.download.Spool", "releaseEnded"),
                        LIMIT_OF_MAINTENANCE.plus(PATIENCE),
                        "create deliveries"))
                .contains("free the spool of delivered files")
                .noneMatch(step -> step.startsWith("renew the lease"));
    }

    /** As after SIGSTOP, or on a host whose disk answers no more: connections stay open, and nothing is answered. */
    @Test
    void aDatabaseServerWhoseProcessesAreStoppedIsNotReadyAndAfterAMinuteNotAlive() throws Exception {
        try (EmbeddedPostgres postgres = Postgres.start();
                Sandbox sandbox = Sandbox.start(SandboxOptions.defaults())) {
            Running running = relay(sandbox)
                    .withLedger(postgres)
                    .with("relay.delivery.lease", "10s")
                    .start("run");
            List<ProcessHandle> server = List.of();
            try {
                await().atMost(PATIENCE).until(() -> Probes.isStarted(port));
                server = Postgres.processes(postgres);
                Postgres.signal("STOP", server);
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> get("/q/health/ready").statusCode() == 503);
                assertThat(get("/q/health/live").statusCode()).isEqualTo(200);
                await().atMost(PATIENCE).until(() -> get("/q/health/live").statusCode() == 503);
                assertThat(overdue()).anyMatch(step -> step.startsWith("renew the lease"));
            } finally {
                running.kill();
                Postgres.signal("CONT", server);
            }
        }
    }

    /** What the check reports when it fails for a step. It succeeds before, and when the threads continue. */
    private List<String> overdueAfter(Stop stop, Duration time, String step) throws Exception {
        try (Sandbox sandbox = Sandbox.start(SandboxOptions.defaults())) {
            Running running =
                    relay(sandbox).withJava(ThreadStopper.javaOption(debugPort)).start("run");
            try {
                List<String> overdue;
                await().atMost(PATIENCE).until(() -> Probes.isStarted(port));
                try (ThreadStopper threads = ThreadStopper.attach(debugPort)) {
                    stop.by(threads);
                    assertThat(get("/q/health/live").statusCode()).isEqualTo(200);
                    await().atMost(time).pollInterval(Duration.ofSeconds(1)).until(() -> overdue()
                            .contains(step));
                    assertThat(get("/q/health/live").statusCode()).isEqualTo(503);
                    overdue = overdue();
                }
                await().atMost(PATIENCE).until(() -> get("/q/health/live").statusCode() == 200);
                return overdue;
            } finally {
                running.kill();
            }
        }
    }

    private RelayChild relay(Sandbox sandbox) {
        return RelayChild.in(directory.resolve("relay")).at(sandbox).with("relay.http.port", port);
    }

    /** The steps that did not end in time. */
    private List<String> overdue() throws IOException, InterruptedException {
        List<String> steps = new ArrayList<>();
        JSON.readTree(get("/q/health/live").body())
                .path("checks")
                .forEach(check -> check.path("data").fieldNames().forEachRemaining(steps::add));
        return steps;
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .timeout(Duration.ofSeconds(5))
                        .build(),
                BodyHandlers.ofString());
    }

    private interface Stop {
        void by(ThreadStopper threads) throws IOException;
    }
}
