package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxExport;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.exportrelay.testing.RelayChild.Running;
import org.exportrelay.testing.SmallDisk;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Disks that are full or read-only for a while, beneath the packaged jar. */
class DiskIT {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final int MANY = 150;

    @TempDir
    private Path directory;

    @Test
    void waitsForAnArchiveThatIsFullOrReadOnlyAndUsesUpNoAttempt() throws Exception {
        Path full = directory.resolve("full");
        Path readOnly = directory.resolve("read-only");
        try (SmallDisk fullDisk = SmallDisk.mount(full, 2);
                SmallDisk readOnlyDisk = SmallDisk.mount(readOnly, 2);
                Sandbox sandbox = quiet()) {
            SandboxExport export = sandbox.addFinished("properties_export", new SandboxFile("a.csv.gz", 2000));
            fullDisk.fill();
            readOnlyDisk.readOnly();
            RelayChild relay = RelayChild.in(directory)
                    .at(sandbox)
                    .with("archive.directory", full)
                    .with("second.directory", readOnly)
                    .with("relay.delivery.max-attempts", 1);
            Files.writeString(
                    directory.resolve("routes/second.camel.yaml"),
                    Files.readString(directory.resolve("routes/deliver-to-file.camel.yaml"))
                            .replace("deliver-to-file", "deliver-to-second")
                            .replace("exports:archive", "exports:second")
                            .replace("archive.directory", "second.directory"));
            Running running = relay.start("run");
            try {
                await().atMost(SOON).untilAsserted(() -> assertThat(running.output())
                        .contains("exports:archive: ", "No space left on device")
                        .contains("exports:second: ", "Read-only file system"));
                assertThat(names(full)).containsExactly("ballast");
                fullDisk.empty();
                readOnlyDisk.writable();
                for (Path archive : List.of(full, readOnly)) {
                    await().atMost(SOON).until(() -> names(archive).size() == 1);
                    assertThat(archive.resolve("a." + export.id() + ".csv.gz"))
                            .hasBinaryContent(sandbox.content(export.id(), 0));
                }
                await().atMost(SOON).until(() -> running.output().contains("second: up again after"));
            } finally {
                assertThat(running.stop().exitCode()).isZero();
            }
            assertThat(running.output()).doesNotContain("parked after").contains("archive: up again after");
            assertThat(running.output().split("No space left on device", -1))
                    .as("told once")
                    .hasSizeLessThanOrEqualTo(3);
            assertThat(relay.run("status", "--json").out())
                    .contains("\"attempts\":1")
                    .doesNotContain("\"attempts\":2");
        }
    }

    @Test
    void pausesWhileTheDataDirectoryIsFullAndGoesOnByItself() throws Exception {
        Path archive = directory.resolve("archive");
        try (SmallDisk disk = SmallDisk.mount(directory.resolve("data"), 40);
                Sandbox sandbox = quiet()) {
            RelayChild relay = RelayChild.in(directory)
                    .at(sandbox)
                    .with("archive.directory", archive)
                    .with("relay.poll.period", "1s");
            Running running = relay.start("run");
            try {
                await().atMost(SOON).until(() -> running.output().contains("poll: 0 seen"));
                disk.fill();
                // Enough to outgrow what the ledger has room for in its own files.
                for (int i = 0; i < MANY; i++) {
                    sandbox.addFinished("properties_export", new SandboxFile("a.csv.gz", 10));
                }
                await().atMost(SOON).until(() -> running.output().contains("the ledger cannot be used now"));
                assertThat(names(archive)).isEmpty();
                disk.empty();
                await().atMost(SOON).until(() -> names(archive).size() == MANY);

                disk.resize(16);
                SandboxExport last = sandbox.addFinished("properties_export", new SandboxFile("last.csv.gz", 2000));
                String shortage = "the files of export " + last.id() + " need ";
                await().atMost(SOON).until(() -> running.output().contains(shortage));
                disk.resize(40);
                await().atMost(SOON).until(() -> names(archive).size() == MANY + 1);
                assertThat(running.output().lines().filter(line -> line.contains(shortage)))
                        .singleElement()
                        .asString()
                        .contains("even if the spool is empty; free disk space");
            } finally {
                assertThat(running.stop().exitCode()).isZero();
            }
            assertThat(names(directory.resolve("data/spool"))).isEmpty();
            assertThat(running.output()).doesNotContain("parked after").doesNotContain("\tat ");
            assertThat(relay.run("status", "--json").out()).contains("\"delivered\":" + (MANY + 1));
        }
    }

    @Test
    void anExportThatTheDiskCannotHoldDelaysNoSmallerOneAndArrivesWhenThereIsRoom() throws Exception {
        Path archive = directory.resolve("archive");
        try (SmallDisk disk = SmallDisk.mount(directory.resolve("data"), 22);
                Sandbox sandbox = quiet()) {
            RelayChild relay = RelayChild.in(directory)
                    .at(sandbox)
                    .with("archive.directory", archive)
                    .with("relay.poll.period", "1s");
            // About 8 MB; the relay leaves 16 MB to its ledger.
            SandboxExport large = sandbox.addFinished("properties_export", new SandboxFile("large.csv.gz", 300_000));
            Running running = relay.start("run");
            try {
                await().atMost(SOON).until(() -> running.output().contains("files of export " + large.id() + " need"));
                for (int round = 1; round <= 3; round++) {
                    for (int i = 0; i < 5; i++) {
                        sandbox.addFinished("properties_export", new SandboxFile("small.csv.gz", 100));
                    }
                    int expected = 5 * round;
                    await().atMost(Duration.ofSeconds(10))
                            .until(() -> names(archive).size() == expected);
                }
                assertThat(relay.run("status").out()).contains("free disk space");
                disk.resize(60);
                await().atMost(SOON).until(() -> names(archive).size() == 16);
            } finally {
                assertThat(running.stop().exitCode()).isZero();
            }
            assertThat(archive.resolve("large." + large.id() + ".csv.gz"))
                    .hasBinaryContent(sandbox.content(large.id(), 0));
            assertThat(running.output().lines().filter(line -> line.contains(large.id()) && line.contains("need")))
                    .as("logged once")
                    .hasSize(1);
            assertThat(relay.ledger().column("SELECT DISTINCT attempts FROM delivery"))
                    .containsExactly("1");
        }
    }

    @Test
    void saysInOneLineThatTheDataDirectoryIsReadOnlyAtStart() {
        try (SmallDisk disk = SmallDisk.mount(directory.resolve("data"), 2);
                Sandbox sandbox = quiet()) {
            disk.readOnly();
            Ended ended = RelayChild.in(directory).at(sandbox).run("once");
            assertThat(ended.exitCode()).as(ended.err()).isEqualTo(2);
            assertThat(ended.err().lines())
                    .singleElement()
                    .asString()
                    .startsWith("relay.data-dir=data: cannot be created or written")
                    .contains("Read-only file system");
        }
    }

    private static Sandbox quiet() {
        return Sandbox.start(SandboxOptions.defaults()
                .withArrivalPeriod(Duration.ZERO)
                .withExports(0)
                .withRequestsPerMinute(1000));
    }

    private static List<String> names(Path directory) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
