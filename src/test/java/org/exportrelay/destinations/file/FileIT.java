package org.exportrelay.destinations.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.exportrelay.delivery.FileName;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxExport;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.Postgres;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.exportrelay.testing.RelayChild.Running;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** routes/deliver-to-file.camel.yaml as it is, in the packaged jar, stopped while it writes. */
class FileIT {

    private static final String FILE = "properties_export_2026-02-17.csv.gz";
    private static final int RECORDS = 60_000;

    /** Stops a process while a temporary file is there; tries again where it was renamed that moment. */
    private static final String STOP_IN_MID_FILE =
            """
            while kill -0 "$2"; do
              for file in "$1"/.*.part; do
                if [ -e "$file" ]; then
                  kill -STOP "$2"
                  sleep 0.1
                  if [ -e "$file" ]; then exit 0; fi
                  kill -CONT "$2"
                fi
              done
            done
            exit 1
            """;

    @TempDir
    private Path directory;

    private final Map<String, byte[]> expected = new TreeMap<>();
    private Sandbox sandbox;

    @BeforeEach
    void start() {
        sandbox = Sandbox.start(
                SandboxOptions.defaults().withArrivalPeriod(Duration.ZERO).withExports(0));
        addExport();
    }

    private void addExport() {
        SandboxExport export = sandbox.addFinished("properties_export", new SandboxFile(FILE, RECORDS));
        expected.put(FileName.withId(FILE, export.id()), sandbox.content(export.id(), 0));
    }

    @AfterEach
    void stop() {
        sandbox.close();
    }

    @Test
    void finishesAfterAKillInMidFileAndLeavesNoTemporaryFile() throws Exception {
        RelayChild relay = RelayChild.in(directory.resolve("relay"))
                .at(sandbox)
                .with("archive.directory", archive())
                .with("relay.poll.period", "1s");
        Running running = relay.start("run");
        stopInMidFile(running);
        running.kill();
        assertThat(names()).anyMatch(name -> name.endsWith(".1.part"));
        assertWhatIsVisibleIsWhole();
        Ended ended = relay.run("once");
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        assertArchiveIsExact();
    }

    @Test
    void anInstanceThatWasPausedInMidFileShowsNoHalfFileWhenItWakesUp() throws Exception {
        try (EmbeddedPostgres postgres = Postgres.start()) {
            Running paused = instance("paused", postgres).start("run");
            stopInMidFile(paused);
            Running successor = instance("successor", postgres).start("run");
            try {
                await().atMost(Duration.ofSeconds(60))
                        .untilAsserted(() -> assertThat(delivered(paused) + delivered(successor))
                                .isEqualTo(expected.size()));
                assertArchiveIsExact();
                paused.resume();
                await().atMost(Duration.ofSeconds(20))
                        .until(() -> paused.output().contains("another instance has claimed it"));
                assertArchiveIsExact();
            } finally {
                paused.resume();
                paused.stop();
                successor.stop();
            }
        }
    }

    private RelayChild instance(String name, EmbeddedPostgres postgres) {
        return RelayChild.in(directory.resolve(name))
                .at(sandbox)
                .withLedger(postgres)
                .with("archive.directory", archive())
                .with("relay.delivery.lease", "5s")
                .with("relay.poll.period", "2s");
    }

    /** Adds exports until one is met in mid-file: on a busy machine several are written before anyone can look. */
    private void stopInMidFile(Running running) throws Exception {
        await().atMost(Duration.ofSeconds(60)).until(() -> running.output().contains("delivering to archive"));
        Process stopper = new ProcessBuilder(
                        "sh",
                        "-c",
                        STOP_IN_MID_FILE,
                        "sh",
                        archive().toString(),
                        Long.toString(running.process().pid()))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            await().atMost(Duration.ofSeconds(60)).until(() -> {
                boolean ended = stopper.waitFor(500, TimeUnit.MILLISECONDS);
                if (!ended) {
                    addExport();
                }
                return ended;
            });
            assertThat(stopper.exitValue()).as(running.output()).isZero();
        } finally {
            stopper.destroyForcibly();
        }
    }

    private static long delivered(Running instance) {
        return instance.output()
                .lines()
                .filter(line -> line.contains("exports:archive: delivered"))
                .count();
    }

    private Path archive() {
        return directory.resolve("archive");
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(archive())) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    private void assertWhatIsVisibleIsWhole() throws IOException {
        for (String name : names()) {
            if (!name.startsWith(".")) {
                assertThat(archive().resolve(name)).hasBinaryContent(expected.get(name));
            }
        }
    }

    /** Every file is there, whole, and nothing else, nothing temporary either. */
    private void assertArchiveIsExact() throws IOException {
        assertThat(names()).containsExactlyInAnyOrderElementsOf(expected.keySet());
        assertWhatIsVisibleIsWhole();
    }
}
