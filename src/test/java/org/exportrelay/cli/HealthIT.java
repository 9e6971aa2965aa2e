package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
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
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Running;
import org.exportrelay.testing.RelayLedger;
import org.exportrelay.testing.TcpGate;
import org.exportrelay.testing.ThreadStopper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What an orchestrator learns of the installed relay: only what a restart, or less traffic, can help. */
@Execution(ExecutionMode.CONCURRENT)
class HealthIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final HttpClient client = HttpClient.newHttpClient();
    private final int port = TcpGate.freePort();

    @TempDir
    private Path directory;

    @Test
    void aPartnerThatIsAwayAndAPausedDestinationAreDataAndNoReasonToRestart() throws Exception {
        try (Sandbox sandbox = Sandbox.start(SandboxOptions.defaults())) {
            RelayChild relay = relay(sandbox)
                    .withExample("deliver-to-sftp")
                    .with("sftp.host", "127.0.0.1")
                    .with("sftp.port", TcpGate.freePort())
                    .with("sftp.username", "relay")
                    .with("sftp.password", "secret")
                    .with("sftp.directory", "inbox");
            Running running = relay.start("run");
            try {
                await().atMost(PATIENCE).until(() -> "UP".equals(status("started")));
                await().atMost(PATIENCE)
                        .until(() -> "down".equals(destinations().path("sftp").asText()));
                assertThat(destinations().path("archive").asText()).isEqualTo("up");
                assertThat(relay.run("pause", "archive").exitCode()).isZero();
                await().atMost(PATIENCE).until(() -> "paused"
                        .equals(destinations().path("archive").asText()));
                sandbox.close();
                for (String kind : new String[] {"started", "ready", "live"}) {
                    assertThat(get("/q/health/" + kind).statusCode()).as(kind).isEqualTo(200);
                }
                assertThat(get("/q/health").body()).doesNotContain("secret");
                assertThat(get("/metrics").body()).isNotEmpty();
                assertThat(get("/q/metrics").body()).contains("relay_destination_up{destination=\"sftp\"} 0.0");
            } finally {
                assertThat(running.stop().exitCode()).isZero();
            }
        }
    }

    @Test
    void aLedgerThatHangsIsNotReadyAndAfterAMinuteNotAlive() throws Exception {
        try (EmbeddedPostgres postgres = Postgres.start();
                TcpGate gate = new TcpGate(postgres.getPort());
                Sandbox sandbox = Sandbox.start(SandboxOptions.defaults())) {
            RelayLedger ledger = RelayLedger.of(postgres);
            Running running = relay(sandbox)
                    .with("relay.ledger.url", ledger.url().replace(":" + postgres.getPort(), ":" + gate.port()))
                    .with("relay.ledger.username", ledger.username())
                    .with("relay.delivery.lease", "10s")
                    .start("run");
            try {
                await().atMost(PATIENCE).until(() -> "UP".equals(status("ready")));
                gate.mute();
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> get("/q/health/ready").statusCode() == 503);
                assertThat(status("live")).isEqualTo("UP");
                await().atMost(PATIENCE).until(() -> get("/q/health/live").statusCode() == 503);
                assertThat(get("/q/health/live").body()).contains("renew the lease");
            } finally {
                running.kill();
                System.out.println("OUT " + running.output());
            }
        }
    }

    @Test
    void leaseThreadsThatHaveStoppedAreNotAliveWithinAMinute() throws Exception {
        try (Sandbox sandbox = Sandbox.start(SandboxOptions.defaults())) {
            int debugPort = TcpGate.freePort();
            Running running =
                    relay(sandbox).withJava(ThreadStopper.javaOption(debugPort)).start("run");
            try {
                await().atMost(PATIENCE).until(() -> "UP".equals(status("ready")));
                try (ThreadStopper threads = ThreadStopper.attach(debugPort)) {
                    assertThat(threads.stopThreads("lease-renewal")).isEqualTo(3);
                    assertThat(status("live")).isEqualTo("UP");
                    await().atMost(PATIENCE).until(() -> get("/q/health/live").statusCode() == 503);
                    await().atMost(PATIENCE).until(() -> overdue().size() == 3);
                    assertThat(overdue()).allMatch(step -> step.startsWith("renew the lease"));
                }
                await().atMost(PATIENCE).until(() -> "UP".equals(status("live")));
            } finally {
                running.kill();
            }
        }
    }

    /** Camel ignores what fails in the observer of an event, so that the routes would run without maintenance. */
    @Test
    void aLedgerThatHangsWhileTheRelayStartsIsUsedOnceItAnswers() throws Exception {
        try (EmbeddedPostgres postgres = Postgres.start();
                TcpGate gate = new TcpGate(postgres.getPort());
                Sandbox sandbox = Sandbox.start(SandboxOptions.defaults().withExports(3))) {
            RelayLedger ledger = RelayLedger.of(postgres);
            RelayChild relay = relay(sandbox)
                    .with("relay.ledger.url", ledger.url().replace(":" + postgres.getPort(), ":" + gate.port()))
                    .with("relay.ledger.username", ledger.username())
                    .with("relay.delivery.lease", "10s")
                    .with("relay.poll.period", "5s");
            gate.before("AS deliveries FROM delivery", gate::mute);
            Running running = relay.start("run");
            try {
                await().atMost(PATIENCE).until(() -> running.output().contains("the ledger cannot be used now"));
                assertThat(gate.isSprung()).isTrue();
                gate.cut();
                await().atMost(PATIENCE).until(() -> relay.archived().size() >= 3 && "UP".equals(status("ready")));
                assertThat(running.output()).doesNotContain("exception will be ignored");
            } finally {
                running.kill();
                System.out.println("OUT " + running.output());
            }
        }
    }

    /** The steps that did not end in time. */
    private List<String> overdue() throws IOException, InterruptedException {
        List<String> steps = new ArrayList<>();
        JSON.readTree(get("/q/health/live").body())
                .path("checks")
                .forEach(check -> check.path("data").fieldNames().forEachRemaining(steps::add));
        return steps;
    }

    private RelayChild relay(Sandbox sandbox) {
        return RelayChild.in(directory.resolve("relay")).at(sandbox).with("relay.http.port", port);
    }

    private JsonNode destinations() throws IOException, InterruptedException {
        for (JsonNode check : JSON.readTree(get("/q/health/ready").body()).path("checks")) {
            if (check.path("name").asText().equals("destinations")) {
                return check.path("data");
            }
        }
        throw new AssertionError("no check of destinations");
    }

    /** Empty while nothing listens. */
    private String status(String kind) throws InterruptedException {
        try {
            return JSON.readTree(get("/q/health/" + kind).body()).path("status").asText();
        } catch (IOException e) {
            return "";
        }
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .timeout(Duration.ofSeconds(5))
                        .build(),
                BodyHandlers.ofString());
    }
}
