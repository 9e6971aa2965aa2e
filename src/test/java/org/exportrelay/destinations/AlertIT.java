package org.exportrelay.destinations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxExport;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.FreePort;
import org.exportrelay.testing.MailServer;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.exportrelay.testing.RelayChild.Running;
import org.exportrelay.testing.TcpGate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code alert-on-failed-exports} and {@code poll-failed-exports} as they are, against the sandbox, to the log and to a
 * mail server.
 */
class AlertIT {

    /** The same seed, the same key. */
    private static final long SEED = 42;

    @TempDir
    private Path directory;

    private Sandbox sandbox;

    @BeforeEach
    void startSandbox() {
        sandbox = Sandbox.start(SandboxOptions.defaults()
                .withExports(3)
                .withSeed(SEED)
                .withArrivalPeriod(Duration.ZERO)
                .withRequestsPerMinute(600));
    }

    @AfterEach
    void stopSandbox() {
        sandbox.close();
    }

    @Test
    void reportsEachFailedExportOnceOverAllPagesAndRestarts() {
        List<String> failed = addFailed(230);
        RelayChild relay = relay();
        assertThat(relay.run("validate").out()).contains("0 faults, 0 warnings");
        Running first = relay.start("run");
        await().atMost(Duration.ofSeconds(40)).until(() -> alerts(first).size() >= 230);
        assertThat(alerts(first)).hasSize(230).allMatch(line -> line.contains("WARN") && line.contains("run it again"));
        assertThat(failed)
                .allMatch(id ->
                        alerts(first).stream().filter(line -> line.contains(id)).count() == 1);
        first.stop();

        String another = addFailed(1).get(0);
        Running second = relay.start("run");
        long requests = sandbox.listRequests();
        await().atMost(Duration.ofSeconds(30)).until(() -> sandbox.listRequests() >= requests + 9);
        await().atMost(Duration.ofSeconds(10)).until(() -> !alerts(second).isEmpty());
        assertThat(alerts(second)).singleElement().asString().contains(another);
        assertThat(second.stop().out()).doesNotContain(sandbox.key());
    }

    @Test
    void reportsByMailWhatItCouldNotReportWhileTheMailServerWasAway() throws Exception {
        String id =
                sandbox.addFailed("x\r\nBcc: thief@example.com", Instant.now()).id();
        int port = TcpGate.freePort();
        Running running = relay().with(
                        "alert.to",
                        "smtp:127.0.0.1:" + port
                                + "?username=relay&password=RAW({{smtp.password}})&from=relay@example.com&to=operators@example.com")
                .with("smtp.password", "sm+p&s3cret")
                .with("relay.delivery.retry-delay", "1s")
                .start("run");
        try {
            await().atMost(Duration.ofSeconds(30)).until(() -> running.output().contains("retrying in 1s"));
            try (MailServer server = MailServer.start(port)) {
                await().atMost(Duration.ofSeconds(20))
                        .until(() -> server.mails().size() == 1);
                long requests = sandbox.listRequests();
                await().atMost(Duration.ofSeconds(20)).until(() -> sandbox.listRequests() >= requests + 3);
                assertThat(server.mails()).singleElement().satisfies(mail -> assertThat(mail)
                        .contains("Subject: An export has failed")
                        .contains("export-failed export " + id + ": the export x Bcc: thief@example.com failed")
                        .doesNotContain("\nBcc:")
                        .doesNotContain("\nExport")
                        .doesNotContain("X-RateLimit"));
            }
        } finally {
            assertThat(running.stop().out()).doesNotContain("s3cret");
        }
    }

    @Test
    void continuesWhenTheApiHasBeenAway() throws Exception {
        int port = FreePort.find();
        Running running =
                relay().with("relay.api.url", "http://127.0.0.1:" + port).start("run");
        try (Sandbox late = lateSandbox(running, port)) {
            SandboxExport failed = late.addFailed("people_export", Instant.now());
            await().atMost(Duration.ofSeconds(30)).until(() -> alerts(running).size() == 1);
            assertThat(alerts(running).get(0)).contains(failed.id());
        } finally {
            running.stop();
        }
    }

    /** What docs/upgrade.md says: refused with the way out, nothing starts, and the new files report nothing again. */
    @Test
    void namesTheNewRoutesForTheRouteOfVersion010() throws IOException {
        RelayChild relay = relay();
        Path route = directory.resolve("routes/alert-on-failed-exports.camel.yaml");
        String shipped = Files.readString(route);
        Files.writeString(
                route,
                Files.readString(
                        Path.of("src/test/resources/version-0.1.0/examples/alert-on-failed-exports.camel.yaml")));
        assertThat(relay.run("validate").out())
                .contains("alert-on-failed-exports.camel.yaml:")
                .contains("add routes/examples/poll-failed-exports.camel.yaml")
                .contains("1 fault");
        Ended run = relay.run("run");
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err() + run.out())
                .contains("of version 0.1.0 is gone; replace this file by")
                .doesNotContain("\tat ");
        Files.writeString(route, shipped);
        assertThat(relay.run("validate").exitCode()).isZero();
    }

    private Sandbox lateSandbox(Running running, int port) {
        await().atMost(Duration.ofSeconds(30)).until(() -> running.output().contains("cannot be reached"));
        return Sandbox.start(SandboxOptions.defaults()
                .withPort(port)
                .withSeed(SEED)
                .withExports(0)
                .withArrivalPeriod(Duration.ZERO));
    }

    private List<String> addFailed(int count) {
        return IntStream.range(0, count)
                .mapToObj(
                        any -> sandbox.addFailed("people_export", Instant.now()).id())
                .toList();
    }

    private static List<String> alerts(Running running) {
        return running.output()
                .lines()
                .filter(line -> line.contains("failed at the vendor"))
                .toList();
    }

    private RelayChild relay() {
        return RelayChild.in(directory)
                .at(sandbox)
                .withExample("alert-on-failed-exports")
                .withExample("poll-failed-exports")
                .without("deliver-to-file")
                .without("poll-exports")
                .with("alert.period", "1s")
                .with("alert.to", "log:org.exportrelay.alert?level=WARN&plain=true");
    }
}
