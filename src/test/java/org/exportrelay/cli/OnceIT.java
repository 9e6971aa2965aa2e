package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.exportrelay.config.Counts;
import org.exportrelay.delivery.FileName;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxExport;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.LocalServer;
import org.exportrelay.testing.Postgres;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code once}, as the packaged jar, against a sandbox in another process than its own. */
class OnceIT {

    private static final String ONLY_PEOPLE =
            """
                  steps:
                    - filter:
                        expression:
                          simple:
                            expression: "${header.ExportName} != 'people_export'"
                        steps:
                          - stop: {}
            """;

    @TempDir
    private Path directory;

    @Test
    void deliversTwoHundredExportsByteForByteAndNothingTheSecondTime() throws Exception {
        try (Sandbox sandbox = Sandbox.start(quiet().withExports(200))) {
            RelayChild relay = RelayChild.in(directory).at(sandbox);
            Ended first = relay.run("once");
            assertThat(first.exitCode()).as(first.err()).isZero();
            assertThat(first.out()).isEmpty();
            assertArchiveIsExact(sandbox, relay);
            assertThat(relay.ledger().column("SELECT DISTINCT state FROM delivery"))
                    .containsExactly("delivered");
            assertThat(spooled(relay)).isEmpty();
            long downloads = sandbox.downloads();
            assertThat(downloads).isEqualTo(files(sandbox));

            Ended second = relay.run("once");
            assertThat(second.exitCode()).as(second.err()).isZero();
            assertThat(sandbox.downloads()).isEqualTo(downloads);
            assertThat(second.err()).doesNotContain(": delivered ").contains("200 seen, 0 new; 0 delivered");
        }
    }

    @Test
    void endsWithOneAndListsTheExportsThatCouldNotBeRead() throws Exception {
        try (LocalServer api = new LocalServer();
                LocalServer store = new LocalServer()) {
            byte[] file = "id\n1\n".getBytes(StandardCharsets.UTF_8);
            store.answer("/a.csv", LocalServer.body(200, "text/csv", file));
            api.answer(
                    "/v1/exports",
                    LocalServer.body(
                            200,
                            "application/json",
                            """
                            {"data": [
                              {"export_id": "good", "status": "completed", "name": "properties_export",
                               "download_urls": [{"filename": "a.csv", "url": "%s", "size": %d}]},
                              {"export_id": "without-status", "name": "properties_export"},
                              {"export_id": "without-url", "status": "completed",
                               "download_urls": [{"filename": "b.csv", "size": 1}]}],
                             "pagination": {"limit": 100, "offset": 0, "total": 3, "has_more": false}}"""
                                    .formatted(store.url("/a.csv?X-Goog-Signature=s3cret"), file.length)));
            Ended ended = RelayChild.in(directory)
                    .with("relay.api.url", api.url(""))
                    .with("relay.api.key", "dm_sk_live_0123456789abcdef0123456789abcdef")
                    .with("relay.download.allowed-hosts", store.authority())
                    .run("once");
            assertThat(ended.exitCode()).as(ended.err()).isEqualTo(1);
            assertThat(ended.err())
                    .contains("exports:archive: delivered a.good.csv")
                    .contains("rejected: export without-status: ")
                    .contains("rejected: export without-url: ")
                    .contains("0 not delivered in this run, 2 exports rejected")
                    .doesNotContain("skipped")
                    .doesNotContain("s3cret");
        }
    }

    @Test
    void skipsWhatARouteHandsToNoEndpointAndDeliversItAfterAReplay() throws Exception {
        try (Sandbox sandbox = Sandbox.start(quiet().withExports(0))) {
            sandbox.addFinished("people_export", new SandboxFile("people.csv.gz", 120));
            sandbox.addFinished("properties_export", new SandboxFile("properties.csv.gz", 130));
            RelayChild relay = RelayChild.in(directory).at(sandbox);
            Path route = relay.directory().resolve("routes/deliver-to-file.camel.yaml");
            String shipped = Files.readString(route);
            Files.writeString(route, shipped.replace("      steps:\n", ONLY_PEOPLE));

            Ended once = relay.run("once");
            assertThat(once.exitCode()).as(once.err()).isZero();
            assertThat(once.err())
                    .containsPattern(
                            "INFO +exports:archive: skipped properties\\.\\S+\\.csv\\.gz: its route handed it to no"
                                    + " endpoint\n")
                    .contains("exports:archive: delivered people.")
                    .contains("once: 1 delivered in all, 0 not delivered in this run, 1 skipped in all");
            assertThat(relay.archived()).hasSize(1);
            assertThat(spooled(relay)).isEmpty();
            assertThat(relay.run("status").out())
                    .containsPattern("skipped +archive")
                    .contains("its route handed it to no endpoint")
                    .contains("1 delivered, 1 skipped");
            JsonNode totals = new ObjectMapper()
                    .readTree(relay.run("status", "--json").out())
                    .path("totals");
            assertThat(totals.path("delivered").asInt()).isEqualTo(1);
            assertThat(totals.path("skipped").asInt()).isEqualTo(1);

            Files.writeString(route, shipped);
            assertThat(relay.run("replay").out()).contains("replay: 0 deliveries");
            assertThat(relay.run("replay", "--state", "skipped", "--dry-run").out())
                    .contains(".csv.gz (skipped)");
            assertThat(relay.run("replay", "--state", "skipped").out()).contains("replay: 1 delivery ");
            Ended again = relay.run("once");
            assertThat(again.exitCode()).as(again.err()).isZero();
            assertThat(again.err()).contains("once: 2 delivered in all, 0 not delivered in this run");
            assertArchiveIsExact(sandbox, relay);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            textBlock =
                    """
                    {"data": [{"export_id": "e1", "status": "expired"}]} | rejected: export e1: its status is expired, not one of
                    {"data": [{"export_id": "e1", "status": "completed", "download_urls": [], "expires_at": "2099-01-01T00:00:00Z"}]} | not delivered: export e1 is completed and has not expired
                    {"data": [{"export_id": "e1", "status": "completed", "expires_at": "2099-01-01T00:00:00Z"}]} | 1 export without download URLs
                    {"data": [], "pagination": {"total": 1000, "has_more": true}} | poll: the API promises a total of 1000 exports, but lists 0
                    """)
    void failsWhereAnExportOfTheListCannotBeDelivered(String list, String reason) {
        try (LocalServer api = new LocalServer()) {
            api.answer("/v1/exports", LocalServer.body(200, "application/json", list));
            Ended ended = RelayChild.in(directory)
                    .with("relay.api.url", api.url(""))
                    .with("relay.api.key", "dm_sk_live_0123456789abcdef0123456789abcdef")
                    .run("once");
            assertThat(ended.exitCode()).as(ended.err()).isEqualTo(1);
            assertThat(ended.err()).contains(reason).doesNotContain("too late");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            textBlock =
                    """
                    200 | null | the API's answer is not the documented JSON
                    200 | ^^   | the API answered 200 without a body
                    204 | ^^   | the API answered 204 without a body
                    """)
    void namesAnAnswerThatIsNoList(int status, String body, String reason) {
        try (LocalServer api = new LocalServer()) {
            api.answer("/v1/exports", LocalServer.body(status, "application/json", body));
            Ended ended = RelayChild.in(directory)
                    .with("relay.api.url", api.url(""))
                    .with("relay.api.key", "dm_sk_live_0123456789abcdef0123456789abcdef")
                    .run("once");
            assertThat(ended.exitCode()).as(ended.err()).isEqualTo(3);
            assertThat(ended.err().lines().filter(line -> line.contains("ERROR")))
                    .singleElement()
                    .asString()
                    .contains("poll: " + reason)
                    .contains("check that relay.api.url leads to the API itself");
            assertThat(ended.err()).doesNotContain("Exception");
        }
    }

    @Test
    void endsWithEveryExportFinalAndOnlyTheIncurableParkedWhenAFifthOfTheAnswersGoWrong() throws Exception {
        try (Sandbox sandbox =
                Sandbox.start(quiet().withExports(60).withFaults(0.2).withSeed(11))) {
            RelayChild relay = RelayChild.in(directory)
                    .at(sandbox)
                    .with("relay.download.stall-timeout", "2s")
                    .with("relay.api.timeout", "2s")
                    .with("relay.delivery.retry-delay", "200ms");
            Ended ended = relay.run("once");
            List<String> parked = relay.ledger()
                    .column(
                            "SELECT DISTINCT export_id FROM delivery JOIN export_file USING (file_id) WHERE state = 'parked'");
            List<String> incurable = sandbox.exports().stream()
                    .filter(export -> !export.failed())
                    .map(SandboxExport::id)
                    .filter(sandbox::incurable)
                    .toList();
            assertThat(parked).as(ended.err()).containsExactlyInAnyOrderElementsOf(incurable);
            assertThat(ended.exitCode()).isEqualTo(incurable.isEmpty() ? 0 : 1);
            assertThat(relay.ledger().column("SELECT DISTINCT state FROM delivery"))
                    .isSubsetOf("delivered", "parked");
            assertThat(relay.ledger().column("SELECT count(*) FROM export"))
                    .containsExactly(Long.toString(completed(sandbox).count()));
            assertThat(relay.ledger().column("SELECT last_error FROM delivery WHERE state = 'parked'"))
                    .allMatch(reason -> reason.contains("run the export again"));
        }
    }

    @Test
    void keepsApartTwoExportsOfADayAndAllTenFilesOfOne() throws Exception {
        try (Sandbox sandbox = Sandbox.start(quiet().withExports(0))) {
            sandbox.addFinished("properties_export", new SandboxFile("properties_export_2026-02-17.csv.gz", 120));
            sandbox.addFinished("properties_export", new SandboxFile("properties_export_2026-02-17.csv.gz", 130));
            sandbox.addFinished(
                    "people_export",
                    IntStream.rangeClosed(1, 10)
                            .mapToObj(part -> new SandboxFile("people.csv.gz", 100 + part))
                            .toArray(SandboxFile[]::new));
            RelayChild relay = RelayChild.in(directory).at(sandbox);
            Ended ended = relay.run("once");
            assertThat(ended.exitCode()).as(ended.err()).isZero();
            assertThat(relay.archived()).hasSize(12);
            assertArchiveIsExact(sandbox, relay);
        }
    }

    @Test
    void readsTwoHundredAndFiftyExportsOverThreePages() throws Exception {
        try (Sandbox sandbox = Sandbox.start(quiet().withExports(250).withMaxRecords(150))) {
            RelayChild relay = RelayChild.in(directory).at(sandbox);
            Ended ended = relay.run("once");
            assertThat(ended.exitCode()).as(ended.err()).isZero();
            assertThat(sandbox.listRequests()).isEqualTo(3);
            assertThat(ended.err()).contains("poll: 250 seen, 250 new");
        }
    }

    @Test
    void keepsItsLedgerInPostgresqlByOneSettingAlone() throws Exception {
        try (EmbeddedPostgres postgres = Postgres.start();
                Sandbox sandbox = Sandbox.start(quiet().withExports(20))) {
            RelayChild relay = RelayChild.in(directory)
                    .at(sandbox)
                    .withLedger(postgres)
                    .with("relay.ledger.password", "s3cret-password");
            Ended ended = relay.run("once");
            assertThat(ended.exitCode()).as(ended.err()).isZero();
            assertArchiveIsExact(sandbox, relay);
            assertThat(directory.resolve("data/ledger.db")).doesNotExist();
            assertThat(relay.run("once").err()).contains("20 seen, 0 new; 0 delivered");
        }
    }

    @Test
    void leavesNoKeyAndNoSignedQueryInLogsLedgerOrSpool() throws Exception {
        try (Sandbox sandbox =
                Sandbox.start(quiet().withExports(25).withFaults(0.3).withSeed(5))) {
            RelayChild relay = RelayChild.in(directory)
                    .at(sandbox)
                    .with("relay.download.stall-timeout", "1s")
                    .with("relay.api.timeout", "1s")
                    .with("relay.delivery.retry-delay", "100ms")
                    .with("quarkus.log.category.\"org.exportrelay\".level", "DEBUG");
            relay.run("once");
            assertNoSecret(sandbox.key());
            assertNoSecret("X-Goog-Signature");
        }
    }

    @Test
    void endsWithThreeWhereTheApiRefusesTheKeyAndSaysWhatToDo() throws Exception {
        try (Sandbox sandbox = Sandbox.start(quiet().withExports(1))) {
            Ended ended = RelayChild.in(directory)
                    .at(sandbox)
                    .with("relay.api.key", "dm_sk_live_wrong")
                    .run("once");
            assertThat(ended.exitCode()).isEqualTo(3);
            assertThat(ended.err())
                    .contains("401 invalid_api_key")
                    .contains("request req_")
                    .contains("DM_API_KEY")
                    .doesNotContain("dm_sk_live_wrong")
                    .doesNotContain("\tat ");
        }
    }

    @Test
    void refusesHostsThatAreNotAllowedAndParksWithTheReason() throws Exception {
        try (Sandbox sandbox = Sandbox.start(quiet().withExports(1))) {
            RelayChild relay =
                    RelayChild.in(directory).at(sandbox).with("relay.download.allowed-hosts", "storage.googleapis.com");
            Ended ended = relay.run("once");
            assertThat(ended.exitCode()).isEqualTo(1);
            assertThat(ended.err())
                    .contains("relay.download.allowed-hosts does not list")
                    .contains("add it there");
            assertThat(sandbox.downloads()).isZero();
            Ended replay = relay.with(
                            "relay.download.allowed-hosts", sandbox.storeUrl().getAuthority())
                    .run("replay");
            assertThat(replay.out()).contains("replay: " + Counts.deliveries(files(sandbox)) + " will be made again");
            assertThat(relay.run("once").exitCode()).isZero();
            assertArchiveIsExact(sandbox, relay);
        }
    }

    @Test
    void statusTellsTheWholeLedgerAsOneDocumentAlsoWhileARelayRuns() throws Exception {
        try (Sandbox sandbox = Sandbox.start(quiet().withExports(5))) {
            RelayChild relay = RelayChild.in(directory).at(sandbox);
            assertThat(relay.run("status").err()).contains("there is no ledger yet");
            RelayChild.Running running = relay.start("run");
            try {
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> relay.archived().size() == files(sandbox));
                await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
                    JsonNode document = new ObjectMapper()
                            .readTree(relay.run("status", "--json").out());
                    assertThat(document.path("totals").path("delivered").asLong())
                            .isEqualTo(files(sandbox));
                    assertThat(document.path("exports")).hasSize(5);
                    JsonNode delivery = document.at("/exports/0/files/0/deliveries/0");
                    assertThat(delivery.path("state").asText()).isEqualTo("delivered");
                    assertThat(delivery.path("delivered_at").asText()).endsWith("Z");
                    assertThat(document.path("rejected")).isEmpty();
                });
                assertThat(relay.run("status").out())
                        .contains("STATE")
                        .contains("archive")
                        .contains(files(sandbox) + " delivered");
                assertThat(relay.run("replay", "--state", "pending").exitCode()).isEqualTo(2);
            } finally {
                running.stop();
            }
        }
    }

    private static SandboxOptions quiet() {
        return SandboxOptions.defaults()
                .withArrivalPeriod(Duration.ZERO)
                .withSeed(42)
                .withMaxRecords(3000);
    }

    private static Stream<SandboxExport> completed(Sandbox sandbox) {
        return sandbox.exports().stream().filter(export -> !export.failed());
    }

    private static long files(Sandbox sandbox) {
        return completed(sandbox).mapToLong(export -> export.files().size()).sum();
    }

    /** Every file of every export is there, byte for byte, and nothing else. */
    private static void assertArchiveIsExact(Sandbox sandbox, RelayChild relay) throws IOException {
        List<Path> expected = new ArrayList<>();
        for (SandboxExport export : completed(sandbox).toList()) {
            for (int i = 0; i < export.files().size(); i++) {
                String filename = export.files().get(i).filename();
                int same = (int) export.files().subList(0, i).stream()
                        .filter(file -> file.filename().equals(filename))
                        .count();
                String safe = FileName.safe(filename);
                String name = FileName.withId(same == 0 ? safe : FileName.numbered(safe, same + 1), export.id());
                Path file = relay.archive().resolve(name);
                assertThat(file).exists();
                assertThat(Files.readAllBytes(file)).isEqualTo(sandbox.content(export.id(), i));
                expected.add(file);
            }
        }
        try (Stream<Path> archive = Files.list(relay.archive())) {
            assertThat(archive.toList()).containsExactlyInAnyOrderElementsOf(expected);
        }
    }

    private List<Path> spooled(RelayChild relay) throws IOException {
        try (Stream<Path> files = Files.list(relay.directory().resolve("data/spool"))) {
            return files.toList();
        }
    }

    private void assertNoSecret(String secret) throws IOException {
        byte[] needle = secret.getBytes(StandardCharsets.US_ASCII);
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String bytes = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
                assertThat(bytes.contains(new String(needle, StandardCharsets.ISO_8859_1)))
                        .as(file.toString())
                        .isFalse();
            }
        }
    }
}
