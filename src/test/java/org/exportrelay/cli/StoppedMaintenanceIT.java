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

    @Test
    void aThreadThatHasStoppedIsNotAliveAfterThreeMinutes() throws Exception {
        assertNotAlive(threads -> assertThat(threads.stopThreads("maintenance")).isEqualTo(1));
    }

    @Test
    void aStepThatHangsIsNotAliveAfterThreeMinutes() throws Exception {
        assertNotAlive(threads -> threads.stopAt("org.exportrelay.download.Spool", "releaseEnded"));
    }

    private void assertNotAlive(Stop stop) throws Exception {
        try (Sandbox sandbox = Sandbox.start(SandboxOptions.defaults())) {
            Running running = RelayChild.in(directory.resolve("relay"))
                    .at(sandbox)
                    .with("relay.http.port", port)
                    .withJava(ThreadStopper.javaOption(debugPort))
                    .start("run");
            try {
                await().atMost(PATIENCE).until(() -> Probes.isStarted(port));
                try (ThreadStopper threads = ThreadStopper.attach(debugPort)) {
                    stop.by(threads);
                    assertThat(live().statusCode()).isEqualTo(200);
                    await().atMost(LIMIT.plus(PATIENCE))
                            .pollInterval(Duration.ofSeconds(1))
                            .until(() -> live().statusCode() == 503);
                    assertThat(live().body())
                            .contains("free the spool of delivered files")
                            .doesNotContain("renew the lease");
                }
                await().atMost(PATIENCE).until(() -> live().statusCode() == 200);
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
