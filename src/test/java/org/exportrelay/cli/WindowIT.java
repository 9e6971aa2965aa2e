package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Stream;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.FreePort;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.exportrelay.testing.RelayChild.Running;
import org.exportrelay.testing.ShiftedClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code window} at {@code exports:} of the packaged jar, which has the clock of this machine. */
class WindowIT {

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final Duration PROMISED = Duration.ofSeconds(5);
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm");

    private final ShiftedClock clock = new ShiftedClock();

    @TempDir
    private Path directory;

    private Sandbox sandbox;
    private RelayChild relay;

    @BeforeEach
    void start() throws IOException {
        sandbox = Sandbox.start(SandboxOptions.defaults().withExports(0).withArrivalPeriod(Duration.ZERO), clock);
        relay = RelayChild.in(directory).at(sandbox).with("relay.poll.period", "1s");
    }

    @AfterEach
    void stop() {
        sandbox.close();
    }

    @Test
    void aDestinationReceivesNothingBeforeItsWindowOpensAndThenAFileWhoseUrlsHaveExpired() throws Exception {
        // Late enough for what comes before.
        ZonedDateTime opening = now().plusSeconds(135).truncatedTo(ChronoUnit.MINUTES);
        String opensAt = "outside its window, opens at " + TIME.format(opening) + " (UTC)";
        window(opening, opening.plusHours(1));
        sandbox.addFinished("properties_export", new SandboxFile("one.csv.gz", 100));
        int port = FreePort.find();
        Running running = relay.with("relay.http.port", port).start("run");
        try {
            await().atMost(SOON).until(() -> spooled().size() == 1);
            await().atMost(SOON).until(() -> running.output()
                    .contains("exports:archive: " + opensAt + "; its deliveries wait until then"));
            clock.advance(Duration.ofDays(30));
            Ended status = relay.run("status");
            assertThat(status.out())
                    .contains("Nothing needs your action.", "    " + opensAt + "\n")
                    .containsPattern("archive +closed +0 +1 +0 ");
            JsonNode archive = new ObjectMapper().readTree(get(port, "/api/v1/destinations/archive"));
            assertThat(archive.path("window_opens_at").asText())
                    .startsWith(opening.toLocalDateTime()
                            .truncatedTo(ChronoUnit.MINUTES)
                            .toString());
            assertThat(archive.path("paused").asBoolean()).isFalse();
            await().atMost(SOON).untilAsserted(() -> assertThat(get(port, "/metrics"))
                    .containsPattern("relay_destination_window_open\\{destination=\"archive\",?} 0\\.0")
                    .containsPattern("relay_destination_paused\\{destination=\"archive\",?} 0\\.0"));
            assertThat(now()).as("the test was too slow").isBefore(opening);
            assertThat(relay.archived()).isEmpty();

            await().atMost(Duration.between(now(), opening).plus(PROMISED))
                    .until(() -> relay.archived().size() == 1);
            assertThat(now()).isAfterOrEqualTo(opening);
            await().atMost(SOON)
                    .until(() -> running.output().contains("exports:archive: its window opens; deliveries resume"));
        } finally {
            assertThat(running.stop().exitCode()).isZero();
        }
        assertThat(relay.ledger().column("SELECT attempts FROM delivery")).containsExactly("1");
        assertThat(spooled()).isEmpty();
    }

    @Test
    void onceDoesNotWaitForTheWindowButDownloadsTheFiles() throws Exception {
        ZonedDateTime opening = now().plusHours(2).truncatedTo(ChronoUnit.MINUTES);
        window(opening, opening.plusHours(1));
        String opensAt = "outside its window, opens at " + TIME.format(opening) + " \\(UTC\\)";
        for (int i = 0; i < 20; i++) {
            sandbox.addFinished("properties_export", new SandboxFile(i + ".csv.gz", 100));
        }
        Ended once = relay.run("once");
        assertThat(once.exitCode()).as(once.err()).isZero();
        assertThat(once.err().lines().filter(line -> line.contains("not delivered: ")))
                .singleElement()
                .asString()
                .matches(".* WARN +not delivered: exports:archive: 20 deliveries wait: " + opensAt
                        + "; a relay that runs then makes them");
        assertThat(spooled()).hasSize(20);
        assertThat(relay.run("check").out())
                .containsPattern(
                        "exports:archive: " + opensAt + "; 20 deliveries wait; a relay that runs then makes them\n");
        assertThat(relay.run(
                                "explain",
                                relay.ledger()
                                        .column("SELECT min(export_id) FROM export")
                                        .get(0))
                        .out())
                .containsPattern(opensAt)
                .contains("It is delivered after the window opens at ");

        window(now().minusMinutes(1), now().plusHours(1));
        assertThat(relay.run("once").exitCode()).isZero();
        assertThat(relay.archived()).hasSize(20);
        assertThat(sandbox.downloads()).isEqualTo(20);
    }

    @Test
    void aTestOfARouteDoesNotDependOnTheTime() throws Exception {
        ZonedDateTime opening = now().plusHours(2);
        window(opening, opening.plusHours(1));
        Ended test = relay.run("test");
        assertThat(test.exitCode()).as(test.out() + test.err()).isZero();
    }

    @Test
    void aWindowThatIsNoneIsRefusedWithItsLine() throws Exception {
        window("22:00-06:00 Europe/Berln");
        Ended validate = relay.run("validate");
        assertThat(validate.exitCode()).isEqualTo(2);
        assertThat(validate.out() + validate.err())
                .containsPattern(
                        "deliver-to-file\\.camel\\.yaml:\\d+: .*window=22:00-06:00 Europe/Berln: not a time zone;"
                                + " write Europe/Berlin, if that is meant");
    }

    private static ZonedDateTime now() {
        return ZonedDateTime.now(ZoneOffset.UTC);
    }

    private void window(ZonedDateTime from, ZonedDateTime until) throws IOException {
        window(TIME.format(from) + "-" + TIME.format(until) + " UTC");
    }

    private void window(String times) throws IOException {
        Path route = directory.resolve("routes/deliver-to-file.camel.yaml");
        Files.writeString(route, Files.readString(route).replaceAll(" +window: .*\n", ""));
        relay.withExportsOption("deliver-to-file", "window: \"" + times + "\"");
    }

    private List<Path> spooled() throws IOException {
        Path spool = directory.resolve("data/spool");
        if (!Files.isDirectory(spool)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(spool)) {
            return files.filter(file -> !file.getFileName().toString().startsWith("."))
                    .toList();
        }
    }

    private static String get(int port, String path) throws IOException {
        return new String(
                URI.create("http://127.0.0.1:" + port + path)
                        .toURL()
                        .openStream()
                        .readAllBytes(),
                StandardCharsets.UTF_8);
    }
}
