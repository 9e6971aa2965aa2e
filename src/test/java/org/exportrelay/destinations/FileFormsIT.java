package org.exportrelay.destinations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.exportrelay.records.RecordBatches;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxExport;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.Postgres;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.exportrelay.testing.RelayChild.Running;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code expand=true} and {@code format=jsonl}, as the shipped routes have them, with kills while copies are written. */
class FileFormsIT {

    private static final int EXPORTS = 12;
    private static final int RECORDS = 40_000;
    private static final int KILLS = 3;

    @TempDir
    private Path directory;

    private final Random random = new Random(22);

    @Test
    void everyFileArrivesWholeInItsFormHoweverOftenTheRelayIsKilledOnSqlite() throws Exception {
        killAndCompare(RelayChild.in(directory));
    }

    @Test
    void everyFileArrivesWholeInItsFormHoweverOftenTheRelayIsKilledOnPostgresql() throws Exception {
        try (EmbeddedPostgres postgres = Postgres.start()) {
            killAndCompare(RelayChild.in(directory).withLedger(postgres).with("relay.delivery.lease", "5s"));
        }
    }

    private void killAndCompare(RelayChild installed) throws Exception {
        try (Sandbox sandbox =
                Sandbox.start(SandboxOptions.defaults().withExports(0).withArrivalPeriod(Duration.ZERO))) {
            for (int i = 0; i < EXPORTS; i++) {
                sandbox.addFinished("properties_export", new SandboxFile("properties.csv.gz", RECORDS));
            }
            RelayChild relay = installed
                    .at(sandbox)
                    .withExample("deliver-csv-to-file")
                    .withExample("deliver-json-lines-to-file")
                    .with("csv.directory", directory.resolve("csv"))
                    .with("jsonl.directory", directory.resolve("jsonl"));
            Path spool = relay.directory().resolve("data/spool");
            for (int i = 0; i < KILLS; i++) {
                killWhileACopyIsWritten(relay, spool);
            }
            Ended ended = relay.run("once");
            assertThat(ended.exitCode()).as(ended.err()).isZero();

            assertThat(names(spool)).as("copies that are left").isEmpty();
            Set<String> csv = new TreeSet<>();
            Set<String> jsonLines = new TreeSet<>();
            for (SandboxExport export : sandbox.exports()) {
                byte[] content = sandbox.content(export.id(), 0);
                csv.add("properties." + export.id() + ".csv");
                jsonLines.add("properties." + export.id() + ".jsonl");
                assertThat(directory.resolve("csv/properties." + export.id() + ".csv"))
                        .hasBinaryContent(expanded(content));
                assertThat(directory.resolve("jsonl/properties." + export.id() + ".jsonl"))
                        .content(StandardCharsets.UTF_8)
                        .isEqualTo(jsonLines(content));
            }
            assertThat(names(directory.resolve("csv"))).isEqualTo(csv);
            assertThat(names(directory.resolve("jsonl"))).isEqualTo(jsonLines);

            assertThat(relay.run("reconcile", "csv", "--checksums").out())
                    .isEqualToIgnoringNewLines(
                            "exports:csv: 12 delivered files compared, 0 missing, 0 different; 0 unknown there");
            assertThat(relay.run("reconcile", "json-lines", "--checksums").out())
                    .isEqualToIgnoringNewLines(
                            "exports:json-lines: 12 delivered files compared, 0 missing, 0 different; 0 unknown there");
            Path changed = directory.resolve("csv").resolve(csv.iterator().next());
            Files.writeString(changed, Files.readString(changed).replaceFirst("\\d", "x"));
            assertThat(relay.run("reconcile", "csv", "--checksums").out())
                    .contains("exports:csv: different: file:", "11 delivered files compared, 0 missing, 1 different");
        }
    }

    private void killWhileACopyIsWritten(RelayChild relay, Path spool) throws InterruptedException {
        Running running = relay.start("run");
        try {
            await().atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> names(spool).stream().anyMatch(name -> name.endsWith(".copy"))
                            || running.output().contains("12 delivered since"));
            Thread.sleep(random.nextInt(50));
        } finally {
            running.kill();
        }
    }

    private static Set<String> names(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return Set.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private static byte[] expanded(byte[] content) throws IOException {
        try (InputStream csv = new GZIPInputStream(new ByteArrayInputStream(content))) {
            return csv.readAllBytes();
        }
    }

    private String jsonLines(byte[] content) throws IOException {
        Path file = Files.write(directory.resolve("expected.csv.gz"), content);
        StringBuilder lines = new StringBuilder();
        try (RecordBatches batches = RecordBatches.open(file, "expected.csv.gz", 1000, null)) {
            batches.forEachRemaining(
                    (List<?> batch) -> batch.forEach(row -> lines.append(row).append('\n')));
        }
        return lines.toString();
    }
}
