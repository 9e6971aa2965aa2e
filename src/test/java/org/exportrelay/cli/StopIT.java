package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.core.ConditionTimeoutException;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.LocalServer;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.exportrelay.testing.RelayChild.Running;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SIGTERM while deliveries are under way. */
class StopIT {

    @TempDir
    private Path directory;

    private Running running;

    /** Where a test has failed before it stopped it. */
    @AfterEach
    void leaveNothingRunning() {
        running.process().destroyForcibly();
    }

    @Test
    void finishesWhatIsUnderWayAndMakesTheRestAfterTheRestart() throws Exception {
        try (Sandbox sandbox = Sandbox.start(quiet())) {
            RelayChild relay = twoFiles(sandbox);
            Path file = directory.resolve("routes/deliver-to-file.camel.yaml");
            String shipped = Files.readString(file);
            Files.writeString(
                    file, shipped.replace("parallel: 8", "parallel: 1").replace("      steps:\n", delay(3000)));
            running = relay.start("run");
            awaitInProgress(relay, 1);
            Ended ended = running.stop();
            assertThat(ended.exitCode()).as(ended.out()).isZero();
            assertThat(ended.out())
                    .containsOnlyOnce("exports:archive: delivered")
                    .doesNotContain("interrupted");
            Files.writeString(file, shipped);
            Ended rest = relay.run("once");
            assertThat(rest.exitCode()).as(rest.err()).isZero();
            assertThat(rest.err()).containsOnlyOnce("exports:archive: delivered");
            assertThat(relay.ledger()
                            .number("SELECT count(*) FROM delivery WHERE state = 'delivered' AND attempts = 1"))
                    .isEqualTo(2);
        }
    }

    @Test
    void endsInTimeWithStepsThatHangAndMakesTheirDeliveriesAgain() throws Exception {
        try (Sandbox sandbox = Sandbox.start(quiet());
                LocalServer partner = new LocalServer()) {
            partner.answer("/inbox", partner.stalled(200, new byte[1]));
            RelayChild relay = twoFiles(sandbox).with("relay.shutdown-timeout", "4s");
            Path sleeping = directory.resolve("routes/deliver-to-file.camel.yaml");
            Path hanging = directory.resolve("routes/hanging.camel.yaml");
            String shipped = Files.readString(sleeping);
            Files.writeString(sleeping, shipped.replace("      steps:\n", delay(600_000)));
            Files.writeString(hanging, post("hanging", partner.url("/inbox").toString()));
            running = relay.start("run");
            awaitInProgress(relay, 4);
            await().until(() -> partner.requests("/inbox") == 2);

            long start = System.nanoTime();
            Ended ended = running.stop();
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(4));
            assertThat(ended.exitCode()).as(ended.out()).isZero();
            assertThat(ended.out()).doesNotContain(": delivered ").doesNotContain("\tat ");
            assertThat(
                            relay.ledger()
                                    .number(
                                            "SELECT count(*) FROM delivery WHERE destination = 'archive' AND state = 'retrying'"))
                    .as("handed back")
                    .isEqualTo(2);

            Files.writeString(sleeping, shipped);
            partner.answer("/inbox", LocalServer.body(200, "text/plain", "thanks"));
            Ended rest = relay.run("once");
            assertThat(rest.exitCode()).as(rest.err()).isZero();
            assertThat(relay.ledger().number("SELECT count(*) FROM delivery WHERE state = 'delivered'"))
                    .isEqualTo(4);
        }
    }

    private RelayChild twoFiles(Sandbox sandbox) {
        sandbox.addFinished("properties_export", new SandboxFile("a.csv.gz", 10), new SandboxFile("b.csv.gz", 10));
        return RelayChild.in(directory).at(sandbox);
    }

    private void awaitInProgress(RelayChild relay, int deliveries) throws IOException {
        try {
            await().atMost(Duration.ofSeconds(30))
                    .ignoreExceptions()
                    .until(() -> relay.ledger().number("SELECT count(*) FROM delivery WHERE state = 'in_progress'")
                            == deliveries);
        } catch (ConditionTimeoutException e) {
            throw new AssertionError(
                    "the relay printed:\n" + Files.readString(running.out()) + Files.readString(running.err()), e);
        }
    }

    private static String delay(long millis) {
        return """
                      steps:
                        - delay:
                            expression:
                              constant:
                                expression: "%d"
                """
                .formatted(millis);
    }

    private static String post(String name, String url) {
        return """
                - route:
                    id: %1$s
                    from:
                      uri: exports:%1$s
                      parameters:
                        payload: file
                        parallel: 2
                      steps:
                        - to:
                            uri: "%2$s"
                            parameters:
                              httpMethod: POST
                """
                .formatted(name, url);
    }

    private static SandboxOptions quiet() {
        return SandboxOptions.defaults().withArrivalPeriod(Duration.ZERO).withExports(0);
    }
}
