package org.exportrelay.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

class ExportLifeTest {

    private static final SandboxOptions ARRIVING = SandboxOptions.defaults()
            .withSeed(11)
            .withExports(0)
            .withArrivalPeriod(Duration.ofSeconds(4))
            .withMaxRecords(400)
            .withRequestsPerMinute(1_000);

    private final MovableClock clock = MovableClock.atNoon();

    @Test
    void showsARemovedExportNeitherInTheListNorByItsId() throws Exception {
        try (Sandbox sandbox = Sandbox.start(ARRIVING.withArrivalPeriod(Duration.ZERO), clock)) {
            Caller caller = new Caller(sandbox);
            SandboxExport removed = sandbox.addFinished("people_export", new SandboxFile("a.csv.gz", 10));
            SandboxExport other = sandbox.addFinished("people_export", new SandboxFile("b.csv.gz", 10));
            sandbox.remove(removed.id());
            assertThat(caller.json("/v1/exports").get("data").findValuesAsText("export_id"))
                    .containsExactly(other.id());
            assertThat(caller.get("/v1/exports/" + removed.id()).statusCode()).isEqualTo(404);
            assertThat(sandbox.exports()).contains(removed);
            assertThat(sandbox.content(removed.id(), 0)).isNotEmpty();
        }
    }

    @Test
    void goesFromPendingThroughProcessingToCompleted() throws Exception {
        try (Sandbox sandbox = Sandbox.start(ARRIVING, clock)) {
            Caller caller = new Caller(sandbox);
            SandboxExport export = arrived(
                    sandbox,
                    candidate -> !candidate.failed() && candidate.name().startsWith("people"));

            clock.moveTo(export.createdAt());
            JsonNode pending = caller.export(export.id());
            assertThat(pending.get("status").asText()).isEqualTo("pending");
            assertNothingToDownload(pending);
            assertThat(pending.get("updated_at")).isEqualTo(pending.get("created_at"));

            int lastProgress = 0;
            Instant lastUpdate = export.createdAt();
            for (Instant at = export.startedAt(); at.isBefore(export.finishedAt()); at = at.plusMillis(500)) {
                clock.moveTo(at);
                JsonNode processing = caller.export(export.id());
                assertThat(processing.get("status").asText()).isEqualTo("processing");
                assertThat(processing.get("progress").intValue()).isBetween(lastProgress, 99);
                assertThat(processing.get("progress_stage").asText()).isNotBlank();
                assertThat(Instant.parse(processing.get("updated_at").asText())).isBetween(lastUpdate, at);
                assertNothingToDownload(processing);
                lastProgress = processing.get("progress").intValue();
                lastUpdate = Instant.parse(processing.get("updated_at").asText());
            }
            assertThat(lastProgress).isGreaterThan(50);

            clock.moveTo(export.finishedAt());
            JsonNode completed = caller.export(export.id());
            assertThat(completed.get("status").asText()).isEqualTo("completed");
            assertThat(completed.get("progress").intValue()).isEqualTo(100);
            assertThat(completed.get("progress_stage").asText()).isEqualTo("Complete");
            assertThat(completed.get("record_count").longValue()).isEqualTo(export.recordCount());
            assertThat(completed.get("download_urls")).isNotEmpty();
            assertThat(Instant.parse(completed.get("updated_at").asText())).isEqualTo(export.finishedAt());
        }
    }

    @Test
    void namesItsStageUnlessPendingWhetherOfPeopleOrProperties() throws Exception {
        try (Sandbox sandbox = Sandbox.start(ARRIVING, clock)) {
            Caller caller = new Caller(sandbox);
            for (String kind : List.of("people", "properties")) {
                clock.moveTo(clock.instant().truncatedTo(ChronoUnit.DAYS).plus(Duration.ofHours(12)));
                SandboxExport completed =
                        arrived(sandbox, one -> !one.failed() && one.name().startsWith(kind));
                clock.advance(Duration.ofMinutes(20));
                SandboxExport failed =
                        arrived(sandbox, one -> one.failed() && one.name().startsWith(kind));

                clock.moveTo(completed.createdAt());
                assertThat(caller.export(completed.id()).get("progress_stage").isNull())
                        .isTrue();
                clock.moveTo(completed.startedAt());
                assertThat(stage(caller, completed)).isEqualTo("Collecting " + kind);
                clock.moveTo(completed.finishedAt().minusMillis(1));
                assertThat(stage(caller, completed)).isEqualTo("Writing files");
                clock.moveTo(completed.finishedAt());
                assertThat(stage(caller, completed)).isEqualTo("Complete");
                clock.moveTo(failed.finishedAt());
                assertThat(stage(caller, failed)).isEqualTo("Failed");
            }
        }
    }

    private static String stage(Caller caller, SandboxExport export) throws Exception {
        return caller.export(export.id()).get("progress_stage").asText();
    }

    @Test
    void failsSometimesWithNothingToDownload() throws Exception {
        try (Sandbox sandbox = Sandbox.start(ARRIVING, clock)) {
            SandboxExport export = arrived(sandbox, SandboxExport::failed);

            clock.moveTo(export.finishedAt());
            JsonNode failed = new Caller(sandbox).export(export.id());

            assertThat(failed.get("status").asText()).isEqualTo("failed");
            assertNothingToDownload(failed);
            clock.advance(Duration.ofHours(2));
            long failures =
                    sandbox.exports().stream().filter(SandboxExport::failed).count();
            assertThat((double) failures / sandbox.exports().size()).isBetween(0.02, 0.06);
        }
    }

    @Test
    void staysSomeSecondsInEachState() {
        try (Sandbox sandbox = Sandbox.start(ARRIVING, clock)) {
            clock.advance(Duration.ofMinutes(20));

            assertThat(sandbox.exports()).hasSize(300).allSatisfy(export -> {
                assertThat(Duration.between(export.createdAt(), export.startedAt()))
                        .isBetween(Duration.ofSeconds(1), Duration.ofSeconds(10));
                assertThat(Duration.between(export.startedAt(), export.finishedAt()))
                        .isBetween(Duration.ofSeconds(1), Duration.ofSeconds(20));
            });
        }
    }

    @Test
    void hasNoUrlsOnceItHasExpired() throws Exception {
        try (Sandbox sandbox = Sandbox.start(ARRIVING.withArrivalPeriod(Duration.ZERO), clock)) {
            Caller caller = new Caller(sandbox);
            SandboxExport export = sandbox.addFinished("properties_export", new SandboxFile("a.csv.gz", 5));
            String url = caller.url(export, 0);

            clock.moveTo(export.expiresAt().minusMillis(1));
            assertThat(caller.export(export.id()).get("download_urls")).hasSize(1);
            clock.moveTo(export.expiresAt());
            JsonNode expired = caller.export(export.id());

            assertThat(expired.get("status").asText()).isEqualTo("completed");
            assertThat(expired.get("download_urls").isNull()).isTrue();
            assertThat(expired.get("record_count").intValue()).isEqualTo(5);
            assertThat(expired.get("file_size").intValue()).isPositive();
            assertThat(caller.download(url).statusCode()).isEqualTo(400);
        }
    }

    @Test
    void arrivesOncePerPeriodAndNeverWhenThePeriodIsZero() throws Exception {
        try (Sandbox arriving = Sandbox.start(ARRIVING.withExports(3), clock);
                Sandbox still = Sandbox.start(ARRIVING.withExports(3).withArrivalPeriod(Duration.ZERO), clock)) {
            clock.advance(Duration.ofMillis(3_999));
            assertThat(arriving.exports()).hasSize(3);
            clock.advance(Duration.ofMillis(1));
            assertThat(arriving.exports()).hasSize(4);
            clock.advance(Duration.ofSeconds(41));

            assertThat(arriving.exports()).hasSize(14);
            assertThat(new Caller(arriving)
                            .json("/v1/exports")
                            .get("pagination")
                            .get("total")
                            .intValue())
                    .isEqualTo(14);
            assertThat(still.exports()).hasSize(3);
        }
    }

    @Test
    void startsWithCompletedUnexpiredExportsOfTheLastHours() {
        Instant start = clock.instant();
        try (Sandbox sandbox = Sandbox.start(ARRIVING.withExports(40), clock)) {
            assertThat(sandbox.exports()).hasSize(40).allSatisfy(export -> {
                assertThat(export.status(start)).isEqualTo(ExportStatus.COMPLETED);
                assertThat(export.createdAt()).isBetween(start.minus(Duration.ofHours(12)), start);
                assertThat(export.expiresAt()).isEqualTo(export.createdAt().plus(Duration.ofDays(7)));
                assertThat(export.createdAt()).isEqualTo(export.createdAt().truncatedTo(ChronoUnit.MILLIS));
                assertThat(export.createdAt()).isBeforeOrEqualTo(export.startedAt());
                assertThat(export.startedAt()).isBeforeOrEqualTo(export.finishedAt());
            });
            assertThat(sandbox.exports()).extracting(SandboxExport::createdAt).isSorted();
        }
    }

    @Test
    void startsUnexpiredHoweverShortTheLifetime() {
        try (Sandbox sandbox = Sandbox.start(ARRIVING.withExports(10).withUrlLifetime(Duration.ofSeconds(20)), clock)) {
            assertThat(sandbox.exports()).allSatisfy(export -> {
                assertThat(export.status(clock.instant())).isEqualTo(ExportStatus.COMPLETED);
                assertThat(export.expiresAt()).isAfterOrEqualTo(clock.instant().plusSeconds(10));
            });
        }
    }

    @Test
    void namesFilesAfterTheDayOfCreationAndSplitsOneInEight() {
        try (Sandbox sandbox = Sandbox.start(ARRIVING.withExports(800), clock)) {
            List<SandboxExport> exports = sandbox.exports();

            assertThat(exports).extracting(SandboxExport::name).containsOnly("properties_export", "people_export");
            for (SandboxExport export : exports) {
                String stem =
                        export.name() + "_" + export.createdAt().toString().substring(0, 10);
                if (export.files().size() == 1) {
                    assertThat(export.files().get(0).filename()).isEqualTo(stem + ".csv.gz");
                } else {
                    assertThat(export.files()).hasSizeBetween(2, 3);
                    assertThat(export.files().get(1).filename()).isEqualTo(stem + "_part2.csv.gz");
                }
                assertThat(export.recordCount()).isBetween(100, 400);
            }
            long inParts =
                    exports.stream().filter(export -> export.files().size() > 1).count();
            assertThat(inParts / 800.0).isBetween(0.08, 0.17);
        }
    }

    @Test
    void drawsMostExportsSmall() {
        try (Sandbox sandbox = Sandbox.start(ARRIVING.withExports(400).withMaxRecords(20_000), clock)) {
            assertThat(sandbox.exports())
                    .allSatisfy(export -> assertThat(export.recordCount()).isBetween(100, 20_000));
            long small = sandbox.exports().stream()
                    .filter(export -> export.recordCount() < 1_414)
                    .count();
            assertThat(small / 400.0).isBetween(0.4, 0.6);
        }
    }

    @Test
    void addsExportsOfTheSameDayWithTheSameFileName() throws Exception {
        try (Sandbox sandbox = Sandbox.start(ARRIVING.withArrivalPeriod(Duration.ZERO), clock)) {
            SandboxFile file = new SandboxFile("properties_export_2026-02-17.csv.gz", 20);
            SandboxExport one = sandbox.addFinished("properties_export", file);
            SandboxExport other = sandbox.addFinished("properties_export", file);

            assertThat(one.id()).isNotEqualTo(other.id());
            assertThat(sandbox.content(one.id(), 0)).isNotEqualTo(sandbox.content(other.id(), 0));
            assertThat(new Caller(sandbox).json("/v1/exports?status=completed").get("data"))
                    .hasSize(2);
        }
    }

    @Test
    void addsAnExportOfThePastButNotOfTheFuture() {
        try (Sandbox sandbox = Sandbox.start(ARRIVING.withExports(4), clock)) {
            SandboxFile file = new SandboxFile("a.csv.gz", 1);
            SandboxExport old =
                    sandbox.addFinished("properties_export", clock.instant().minus(Duration.ofDays(8)), file);

            assertThat(sandbox.exports()).first().isEqualTo(old);
            assertThat(old.status(clock.instant())).isEqualTo(ExportStatus.COMPLETED);
            assertThat(old.expiresAt()).isBefore(clock.instant());
            assertThatThrownBy(() -> sandbox.addFinished(
                            "properties_export", clock.instant().plusSeconds(1), file))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("createdAt");
        }
    }

    private SandboxExport arrived(Sandbox sandbox, Predicate<SandboxExport> wanted) {
        clock.advance(Duration.ofMinutes(10));
        return sandbox.exports().stream().filter(wanted).findFirst().orElseThrow();
    }

    private static void assertNothingToDownload(JsonNode export) {
        assertThat(export.get("record_count").isNull()).isTrue();
        assertThat(export.get("file_size").isNull()).isTrue();
        assertThat(export.get("download_urls").isNull()).isTrue();
    }
}
