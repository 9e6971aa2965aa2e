package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.FreePort;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.exportrelay.testing.RelayChild.Running;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code pause}, {@code resume}, {@code retry} and {@code retire} beside the packaged jar, and what {@code once} does. */
class DestinationControlIT {

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final Duration PROMISED = Duration.ofSeconds(5);

    @TempDir
    private Path directory;

    private Sandbox sandbox;
    private RelayChild relay;

    @BeforeEach
    void start() throws IOException {
        sandbox = Sandbox.start(SandboxOptions.defaults().withExports(0).withArrivalPeriod(Duration.ZERO));
        relay = RelayChild.in(directory).at(sandbox).with("relay.poll.period", "1s");
    }

    @AfterEach
    void stop() {
        sandbox.close();
    }

    @Test
    void aPausedDestinationWaitsKeepsItsFilesAndResumes() throws Exception {
        int port = FreePort.find();
        export("before");
        Running running = relay.with("relay.http.port", port).start("run");
        try {
            await().atMost(SOON).until(() -> relay.archived().size() == 1);
            Ended pause = relay.run("pause", "archive", "--note", "ticket 7: the server moves");
            assertThat(pause.exitCode()).as(pause.err()).isZero();
            await().atMost(PROMISED).until(() -> running.output()
                    .contains("exports:archive: paused by " + user() + " (ticket 7: the server moves)"));
            export("during");
            await().atMost(SOON).until(() -> spooled().size() == 1);
            await().atMost(SOON).untilAsserted(() -> assertThat(metrics(port))
                    .containsPattern("relay_destination_paused\\{destination=\"archive\",?} 1\\.0")
                    .containsPattern("relay_destination_up\\{destination=\"archive\",?} 1\\.0")
                    .containsPattern("relay_destination_has_route\\{destination=\"archive\",?} 1\\.0"));
            JsonNode archive = destination("archive");
            assertThat(archive.path("paused").asBoolean()).isTrue();
            assertThat(archive.path("paused_note").asText()).isEqualTo("ticket 7: the server moves");
            assertThat(archive.path("waiting").asInt()).isEqualTo(1);
            assertThat(relay.run("status").out())
                    .containsPattern(
                            "archive: paused for \\d+s by " + user() + ": ticket 7: the server moves; 1 delivery waits")
                    .containsPattern("archive +paused +1 +1 +0 +0 +0 +\\d+\\w +\\d+\\w");
            assertThat(relay.archived()).hasSize(1);

            assertThat(relay.run("resume", "archive").out()).isEqualTo("exports:archive: resumed\n");
            await().atMost(PROMISED).until(() -> relay.archived().size() == 2);
            await().atMost(PROMISED).until(() -> running.output().contains("exports:archive: resumed after "));
        } finally {
            assertThat(running.stop().exitCode()).isZero();
        }
        assertThat(spooled()).isEmpty();
    }

    @Test
    void retryTriesADestinationThatIsDownNow() throws Exception {
        Path archive = blockedArchive();
        relay.with("relay.delivery.retry-delay", "1h").with("relay.delivery.max-retry-delay", "1h");
        export("one");
        export("two");
        Running running = relay.start("run");
        try {
            await().atMost(SOON).until(() -> running.output().contains("exports:archive: down: "));
            await().atMost(SOON)
                    .until(() -> destination("archive").path("waiting").asInt() == 2);
            Ended check = relay.run("check");
            assertThat(check.exitCode()).isEqualTo(1);
            assertThat(check.out())
                    .containsPattern(
                            "FAIL  exports:archive: down for \\d+s: .*; next probe in 59m \\d+s;"
                                    + " 2 deliveries wait; fix the cause; to try it before the next probe, run 'retry archive'\n");
            Files.delete(archive);
            assertThat(relay.run("retry", "archive").out()).contains("is down; one delivery is tried within seconds");
            await().atMost(PROMISED.multipliedBy(2)).until(() -> names(archive).size() == 2);
            assertThat(running.output()).containsPattern("exports:archive: up again after \\d+s; ");
        } finally {
            assertThat(running.stop().exitCode()).isZero();
        }
        assertThat(relay.ledger().column("SELECT DISTINCT attempts FROM delivery"))
                .containsExactly("1");
    }

    @Test
    void aDestinationWithoutARouteIsVisibleAndReceivesExportsUntilItIsRetired() throws Exception {
        export("before");
        assertThat(relay.run("once").exitCode()).isZero();
        Path route = directory.resolve("routes/deliver-to-file.camel.yaml");
        String shipped = Files.readString(route);
        Files.delete(route);
        export("without-route");
        assertRouteless(1);
        Files.writeString(route, shipped.replaceFirst("    from:", "    autoStartup: false\n    from:"));
        export("not-started");
        assertRouteless(2);
        Ended check = relay.run("check");
        assertThat(check.exitCode()).as(check.out() + check.err()).isEqualTo(1);
        assertThat(check.out())
                .contains("FAIL  exports:archive: no route; 2 deliveries wait; add or start its route, or run 'retire"
                        + " archive'\n");

        Ended retire = relay.run("retire", "archive");
        assertThat(retire.out())
                .as(retire.err())
                .isEqualTo("exports:archive: retired; 2 waiting deliveries ended as skipped\n");
        assertThat(relay.run("status").out())
                .containsPattern("archive +retired +1 +0 +0 +0 +0 +- +\\d+\\w")
                .contains("1 delivered, 2 skipped")
                .contains("the destination was retired by " + user());
        assertThat(relay.archived()).hasSize(1);

        Files.writeString(route, shipped);
        export("after");
        Ended once = relay.run("once");
        assertThat(once.exitCode()).as(once.err()).isZero();
        assertThat(relay.archived()).hasSize(2);
        assertThat(destination("archive").path("retired_at").isNull()).isTrue();
    }

    @Test
    void retireRefusesWhileTheRouteRuns() throws Exception {
        Running running = relay.start("run");
        try {
            await().atMost(SOON).until(() -> running.output().contains("delivering to archive"));
            await().atMost(SOON).untilAsserted(() -> {
                Ended retire = relay.run("retire", "archive");
                assertThat(retire.exitCode()).isEqualTo(2);
                assertThat(retire.err().lines())
                        .singleElement()
                        .asString()
                        .startsWith("exports:archive: a relay runs its route");
            });
            for (String command : List.of("pause", "resume", "retry", "retire")) {
                Ended unknown = relay.run(command, "archiv");
                assertThat(unknown.exitCode()).isEqualTo(2);
                assertThat(unknown.err().lines()).singleElement().asString().contains("did you mean archive?");
            }
        } finally {
            assertThat(running.stop().exitCode()).isZero();
        }
    }

    @Test
    void onceDoesNotWaitForAPausedDestinationButDownloadsItsFiles() throws Exception {
        assertThat(relay.run("once").exitCode()).isZero();
        relay.run("pause", "archive", "--note", "ticket 7");
        for (int i = 0; i < 20; i++) {
            export("export" + i);
        }
        Ended once = relay.run("once");
        assertThat(once.exitCode()).as(once.err()).isZero();
        assertThat(once.err().lines().filter(line -> line.contains("not delivered: ")))
                .singleElement()
                .asString()
                .matches(".* WARN +not delivered: exports:archive: 20 deliveries wait: paused for \\d+s by " + user()
                        + ": ticket 7; run 'resume archive' to end the pause");
        assertThat(once.err()).contains("once: 0 delivered in all, 20 not delivered in this run");
        assertThat(spooled()).hasSize(20);
        relay.run("resume", "archive");
        assertThat(relay.run("once").exitCode()).isZero();
        assertThat(relay.archived()).hasSize(20);
        assertThat(sandbox.downloads()).isEqualTo(20);
    }

    @Test
    void onceWaitsNoLongerThanAskedForADestinationThatIsDownAndTriesItOnceTheNextTime() throws Exception {
        Path archive = blockedArchive();
        for (int i = 0; i < 3; i++) {
            export("export" + i);
        }
        Ended first = once("6s");
        assertThat(first.exitCode()).isEqualTo(1);
        assertHeldInOneLine(first);
        assertThat(first.err()).containsOnlyOnce("exports:archive: down: ");

        await().pollDelay(Duration.ofSeconds(2)).until(() -> true);
        long probes = probes();
        Ended second = once("1s");
        assertThat(second.exitCode()).isEqualTo(1);
        assertHeldInOneLine(second);
        assertThat(second.err()).doesNotContain("exports:archive: down: ");
        assertThat(probes()).isEqualTo(probes + 1);
        assertThat(relay.ledger().column("SELECT DISTINCT attempts FROM delivery"))
                .containsExactly("0");

        Files.delete(archive);
        Ended back = once("1s");
        assertThat(back.exitCode()).as(back.err()).isZero();
        assertThat(names(archive)).hasSize(3);
        assertThat(back.err()).contains("exports:archive: up again after ");
    }

    private Ended once(String wait) {
        return relay.run("once", "--wait", wait);
    }

    private void assertHeldInOneLine(Ended once) {
        assertThat(once.err().lines().filter(line -> line.contains("not delivered: ")))
                .as(once.err())
                .singleElement()
                .asString()
                .matches(".* ERROR +not delivered: exports:archive: 3 deliveries wait: down for \\d+s: .*; the next run"
                        + " tries one of them");
    }

    /** A relay that has no started route for it says so, and creates its deliveries. */
    private void assertRouteless(int waiting) throws Exception {
        Running running = relay.start("run");
        try {
            await().atMost(SOON)
                    .until(() -> running.output().contains("exports:archive: no route here delivers to it; "));
            await().atMost(SOON).untilAsserted(() -> {
                JsonNode archive = destination("archive");
                assertThat(archive.path("waiting").asInt()).isEqualTo(waiting);
                assertThat(archive.path("has_route").asBoolean()).isFalse();
            });
            assertThat(relay.run("status").out()).containsPattern("archive +no route +\\d+ +" + waiting + " +0 +0 +0 ");
        } finally {
            assertThat(running.stop().exitCode()).isZero();
        }
        assertThat(relay.archived()).hasSize(1);
    }

    /** A file stands where the archive's directory should be. */
    private Path blockedArchive() throws IOException {
        Path archive = Files.createFile(directory.resolve("blocked"));
        relay.with("archive.directory", archive);
        return archive;
    }

    private void export(String name) {
        sandbox.addFinished("properties_export", new SandboxFile(name + ".csv.gz", 100));
    }

    private JsonNode destination(String name) throws IOException {
        for (JsonNode destination :
                new ObjectMapper().readTree(relay.run("status", "--json").out()).path("destinations")) {
            if (destination.path("destination").asText().equals(name)) {
                return destination;
            }
        }
        throw new AssertionError("status has no destination " + name);
    }

    private long probes() throws Exception {
        return relay.ledger().number("SELECT down_probes FROM destination");
    }

    private List<Path> spooled() {
        return names(directory.resolve("data/spool"));
    }

    private static List<Path> names(Path directory) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> !file.getFileName().toString().startsWith("."))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String metrics(int port) throws IOException {
        return new String(
                URI.create("http://127.0.0.1:" + port + "/metrics")
                        .toURL()
                        .openStream()
                        .readAllBytes(),
                StandardCharsets.UTF_8);
    }

    private static String user() {
        return System.getProperty("user.name");
    }
}
