package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.Probes;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Running;
import org.exportrelay.testing.TcpGate;
import org.exportrelay.testing.ThreadStopper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * The thread of maintenance of the installed relay stops. Its steps may take up to three minutes, since some of them delete
 * thousands of files at times: only then is it known to hang.
 */
@Execution(ExecutionMode.CONCURRENT)
class StoppedMaintenanceIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration LIMIT = Duration.ofMinutes(3);

    private final HttpClient client = HttpClient.newHttpClient();
    private final int port = TcpGate.freePort();
    private final int debugPort = TcpGate.freePort();

    @TempDir
    private Path directory;

    /** Where it stops by chance, it may hold the ledger, so that lease renewal is overdue sooner. */
    @Test
    void aThreadThatHasStoppedIsNotAliveAfterThreeMinutes() throws Exception {
        assertThat(overdueAfter(threads ->
                        assertThat(threads.stopThreads("maintenance")).isEqualTo(1)))
                .contains("free the spool of delivered files", "create deliveries");
    }

    @Test
    void aStepThatHangsIsNotAliveAfterThreeMinutes() throws Exception {
        assertThat(overdueAfter(threads -> threads.stopAt("org.exportrelay.download.Spool", "releaseEnded")))
                .contains("free the spool of delivered files", "create deliveries")
                .doesNotContain("renew the lease");
    }

    /** What the check reports when it has failed for maintenance. */
    private String overdueAfter(Stop stop) throws Exception {
        try (Sandbox sandbox = Sandbox.start(SandboxOptions.defaults())) {
            Running running = RelayChild.in(directory.resolve("relay"))
                    .at(sandbox)
                    .with("relay.http.port", port)
                    .withJava(ThreadStopper.javaOption(debugPort))
                    .start("run");
            try {
                String overdue;
                await().atMost(PATIENCE).until(() -> Probes.isStarted(port));
                try (ThreadStopper threads = ThreadStopper.attach(debugPort)) {
                    stop.by(threads);
                    assertThat(live().statusCode()).isEqualTo(200);
                    await().atMost(LIMIT.plus(PATIENCE))
                            .pollInterval(Duration.ofSeconds(1))
                            .until(() -> live().body().contains("create deliveries"));
                    assertThat(live().statusCode()).isEqualTo(503);
                    overdue = live().body();
                }
                await().atMost(PATIENCE).until(() -> live().statusCode() == 200);
                return overdue;
            } finally {
                running.kill();
            }
        }
    }

    private HttpResponse<String> live() throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/q/health/live"))
                        .timeout(Duration.ofSeconds(5))
                        .build(),
                BodyHandlers.ofString());
    }

    private interface Stop {
        void by(ThreadStopper threads) throws IOException;
    }
}
