package org.exportrelay.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExportsApiTest {

    private static final SandboxOptions QUIET = SandboxOptions.defaults()
            .withSeed(7)
            .withArrivalPeriod(Duration.ZERO)
            .withMaxRecords(300)
            .withRequestsPerMinute(1_000);

    private Sandbox sandbox;
    private Caller caller;

    @AfterEach
    void closesTheSandbox() {
        sandbox.close();
    }

    @Test
    void answersEveryDocumentedFieldOfACompletedExport() throws Exception {
        start(QUIET.withExports(0));
        SandboxExport added =
                sandbox.addFinished("people_export", new SandboxFile("a.csv.gz", 30), new SandboxFile("b.csv.gz", 12));

        JsonNode export = caller.json("/v1/exports").get("data").get(0);

        assertThat(export.fieldNames())
                .toIterable()
                .containsExactly(
                        "export_id",
                        "status",
                        "name",
                        "progress",
                        "progress_stage",
                        "record_count",
                        "file_size",
                        "download_urls",
                        "created_at",
                        "updated_at",
                        "expires_at");
        assertThat(export.get("export_id").asText())
                .isEqualTo(added.id())
                .matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
        assertThat(export.get("status").asText()).isEqualTo("completed");
        assertThat(export.get("name").asText()).isEqualTo("people_export");
        assertThat(export.get("progress").intValue()).isEqualTo(100);
        assertThat(export.get("progress_stage").asText()).isEqualTo("Complete");
        assertThat(export.get("record_count").intValue()).isEqualTo(42);
        JsonNode downloads = export.get("download_urls");
        assertThat(downloads).hasSize(2);
        assertThat(downloads.get(0).fieldNames()).toIterable().containsExactly("filename", "url", "size");
        assertThat(downloads.get(1).get("filename").asText()).isEqualTo("b.csv.gz");
        assertThat(downloads.get(1).get("size").intValue()).isEqualTo(sandbox.content(added.id(), 1).length);
        assertThat(export.get("file_size").intValue())
                .isEqualTo(downloads.get(0).get("size").intValue()
                        + downloads.get(1).get("size").intValue());
        for (String field : List.of("created_at", "updated_at", "expires_at")) {
            assertThat(export.get(field).asText()).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
        }
        assertThat(Instant.parse(export.get("expires_at").asText()))
                .isEqualTo(Instant.parse(export.get("created_at").asText()).plus(Duration.ofDays(7)));
    }

    @Test
    void writesThreeDigitsOfMillisecondsOnTheWholeSecondToo() throws Exception {
        start(QUIET.withExports(0), MovableClock.atNoon());
        sandbox.addFinished("properties_export", new SandboxFile("a.csv.gz", 1));

        JsonNode export = caller.json("/v1/exports").get("data").get(0);

        assertThat(export.get("created_at").asText()).isEqualTo("2026-02-17T12:00:00.000Z");
        assertThat(export.get("progress_stage").asText()).isEqualTo("Complete");
    }

    @Test
    void keepsANameThatIsNull() throws Exception {
        start(QUIET.withExports(0));
        SandboxExport added = sandbox.addFinished(null, new SandboxFile("a.csv.gz", 1));

        assertThat(caller.export(added.id()).get("name").isNull()).isTrue();
    }

    @Test
    void answersTwentyFiveExportsUnlessAskedForMore() throws Exception {
        start(QUIET.withExports(30));

        JsonNode page = caller.json("/v1/exports");

        assertThat(page.fieldNames()).toIterable().containsExactly("data", "pagination");
        assertThat(page.get("data")).hasSize(25);
        assertThat(page.get("pagination").toString())
                .isEqualTo("{\"limit\":25,\"offset\":0,\"total\":30,\"has_more\":true}");
    }

    @Test
    void pagesThroughTheWholeListOnce() throws Exception {
        start(QUIET.withExports(23));
        List<String> ids = new ArrayList<>();
        JsonNode page;
        do {
            page = caller.json("/v1/exports?limit=10&offset=" + ids.size());
            page.get("data").forEach(export -> ids.add(export.get("export_id").asText()));
        } while (page.get("pagination").get("has_more").booleanValue());

        assertThat(ids).doesNotHaveDuplicates().hasSize(23);
    }

    @Test
    void answersAnEmptyPagePastTheEnd() throws Exception {
        start(QUIET.withExports(3));

        for (String offset : List.of("3", "1000", "9223372036854775807")) {
            JsonNode page = caller.json("/v1/exports?offset=" + offset);
            assertThat(page.get("data")).isEmpty();
            assertThat(page.get("pagination").get("offset").asText()).isEqualTo(offset);
            assertThat(page.get("pagination").get("total").intValue()).isEqualTo(3);
            assertThat(page.get("pagination").get("has_more").booleanValue()).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void listsInTheOrderOfTheOptions(boolean newestFirst) throws Exception {
        start(QUIET.withExports(8).withNewestFirst(newestFirst));
        List<String> created = new ArrayList<>();
        caller.json("/v1/exports")
                .get("data")
                .forEach(export -> created.add(export.get("created_at").asText()));

        List<String> sorted = new ArrayList<>(created);
        sorted.sort(newestFirst ? (a, b) -> b.compareTo(a) : String::compareTo);
        assertThat(created).hasSize(8).doesNotHaveDuplicates().isEqualTo(sorted);
    }

    @Test
    void filtersByStatus() throws Exception {
        MovableClock clock = MovableClock.atNoon();
        start(QUIET.withExports(2).withArrivalPeriod(Duration.ofSeconds(1)), clock);
        clock.advance(Duration.ofSeconds(150));
        Instant now = clock.instant();

        int counted = 0;
        for (ExportStatus status : ExportStatus.values()) {
            JsonNode page = caller.json("/v1/exports?limit=100&status=" + status.json());
            long expected = sandbox.exports().stream()
                    .filter(export -> export.status(now) == status)
                    .count();
            assertThat(page.get("pagination").get("total").longValue())
                    .isEqualTo(expected)
                    .isPositive();
            page.get("data")
                    .forEach(export -> assertThat(export.get("status").asText()).isEqualTo(status.json()));
            counted += page.get("pagination").get("total").intValue();
        }
        assertThat(counted).isEqualTo(152);
    }

    @ParameterizedTest
    @CsvSource({
        "limit=0, limit",
        "limit=101, limit",
        "limit=-1, limit",
        "limit=ten, limit",
        "limit=2.5, limit",
        "limit=, limit",
        "offset=-1, offset",
        "offset=x, offset",
        "offset=9223372036854775808, offset",
        "status=done, status",
        "status=COMPLETED, status",
        "status=, status"
    })
    void answers400WithIssuesForABadParameter(String query, String culprit) throws Exception {
        start(QUIET.withExports(1));

        HttpResponse<String> answer = caller.get("/v1/exports?" + query);

        assertThat(answer.statusCode()).isEqualTo(400);
        JsonNode error = Caller.error(answer);
        assertThat(error.get("code").asText()).isEqualTo("validation_error");
        assertThat(error.get("details").get("issues")).hasSize(1);
        assertThat(error.get("details").get("issues").get(0).get("path").asText())
                .isEqualTo(culprit);
        assertThat(error.get("details").get("issues").get(0).get("message").asText())
                .startsWith("must be");
    }

    @Test
    void namesEveryBadParameterInOneAnswer() throws Exception {
        start(QUIET.withExports(1));

        HttpResponse<String> answer = caller.get("/v1/exports?limit=0&offset=-5&status=gone");

        assertThat(Caller.error(answer).get("details").get("issues")).hasSize(3);
    }

    @Test
    void acceptsTheEndsOfTheLimitsRangeAndIgnoresUnknownParameters() throws Exception {
        start(QUIET.withExports(2));

        assertThat(caller.json("/v1/exports?limit=1&colour=red").get("data")).hasSize(1);
        assertThat(caller.json("/v1/exports?limit=100").get("data")).hasSize(2);
    }

    @Test
    void answersOneExportByItsId() throws Exception {
        start(QUIET.withExports(3));
        JsonNode listed = caller.json("/v1/exports").get("data").get(1);

        JsonNode answer = caller.json("/v1/exports/" + listed.get("export_id").asText());

        assertThat(answer.fieldNames()).toIterable().containsExactly("data");
        assertThat(answer.get("data").get("updated_at")).isEqualTo(listed.get("updated_at"));
        assertThat(answer.get("data").get("download_urls")).hasSameSizeAs(listed.get("download_urls"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1/exports/11111111-2222-4333-8444-555555555555",
                "/v1/exports/",
                "/v1/exports/a/b",
                "/v1/properties",
                "/v2/exports",
                "/"
            })
    void answers404WhereThereIsNothing(String path) throws Exception {
        start(QUIET.withExports(1));

        HttpResponse<String> answer = caller.get(path);

        assertThat(answer.statusCode()).isEqualTo(404);
        JsonNode error = Caller.error(answer);
        assertThat(error.fieldNames()).toIterable().containsExactly("code", "message", "request_id", "details");
        assertThat(error.get("code").asText()).isEqualTo("not_found");
        assertThat(error.get("message").asText()).isNotBlank();
        assertThat(error.get("request_id").asText()).matches("req_[a-z0-9]{12}");
        assertThat(error.get("details").isObject()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "DELETE", "PATCH", "HEAD"})
    void answers405ToOtherMethods(String method) throws Exception {
        start(QUIET.withExports(1));

        for (String path : List.of("/v1/exports", "/v1/exports/x", "/v1/account")) {
            HttpResponse<String> answer = caller.send(caller.request(path).method(method, BodyPublishers.noBody()));
            assertThat(answer.statusCode()).isEqualTo(405);
            assertThat(answer.headers().firstValue("Allow")).hasValue("GET");
        }
        assertThat(sandbox.listRequests() + sandbox.getRequests()).isZero();
    }

    @Test
    void answersTheAccountInItsDocumentedShape() throws Exception {
        start(QUIET.withExports(0), MovableClock.atNoon());

        JsonNode account = caller.json("/v1/account");

        assertThat(account.toString())
                .isEqualTo("{\"data\":{\"organization\":{\"id\":1,\"name\":\"Sandbox Organization\","
                        + "\"createdAt\":\"2024-03-01T09:00:00.000Z\"},"
                        + "\"user\":{\"id\":null,\"authType\":\"api_key\"},"
                        + "\"plan\":{\"name\":\"Sandbox\",\"enrichment_credit_cap\":10000,\"is_paid\":true,"
                        + "\"billing_cycle_start\":\"2026-02-01T00:00:00.000Z\","
                        + "\"billing_cycle_end\":\"2026-03-01T00:00:00.000Z\"}}}");
    }

    @Test
    void acceptsAnOAuthTokenLikeAKey() throws Exception {
        start(QUIET.withExports(2));
        String authorization = "Bearer " + sandbox.oauthToken();

        assertThat(sandbox.oauthToken()).matches("dm_at_live_[A-Za-z0-9]{32}");
        for (String path :
                List.of("/v1/exports", "/v1/exports/" + sandbox.exports().get(0).id(), "/v1/account")) {
            HttpResponse<String> answer = caller.send(caller.anonymous(path).header("Authorization", authorization));
            assertThat(answer.statusCode()).as(path).isEqualTo(200);
            if (path.equals("/v1/account")) {
                assertThat(Caller.tree(answer).at("/data/user/authType").asText())
                        .isEqualTo("oauth");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "Basic abc, invalid_auth_format",
        "dm_sk_live_00000000000000000000000000000000, invalid_auth_format",
        "Bearer dm_sk_live_00000000000000000000000000000000, invalid_api_key",
        "Bearer nonsense, invalid_api_key",
        "Bearer dm_at_live_00000000000000000000000000000000, oauth_invalid_token"
    })
    void answers401ToAWrongKey(String authorization, String code) throws Exception {
        start(QUIET.withExports(1));

        for (String path : List.of("/v1/exports", "/v1/exports/x", "/v1/account", "/nowhere")) {
            HttpResponse<String> answer = caller.send(caller.anonymous(path).header("Authorization", authorization));
            assertThat(answer.statusCode()).isEqualTo(401);
            assertThat(Caller.error(answer).get("code").asText()).isEqualTo(code);
            assertThat(answer.body()).doesNotContain(sandbox.key());
        }
    }

    @Test
    void answers401WithoutAKey() throws Exception {
        start(QUIET.withExports(1));

        HttpResponse<String> answer = caller.send(caller.anonymous("/v1/exports"));

        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(Caller.error(answer).get("code").asText()).isEqualTo("missing_api_key");
    }

    @Test
    void echoesTheCallersRequestIdAndPutsNoneIntoASuccess() throws Exception {
        start(QUIET.withExports(1));

        HttpResponse<String> listed = caller.send(caller.request("/v1/exports").header("X-Request-Id", "mine-1"));
        HttpResponse<String> refused =
                caller.send(caller.anonymous("/v1/exports").header("X-Request-Id", "mine-2"));

        assertThat(listed.headers().firstValue("X-Request-Id")).hasValue("mine-1");
        assertThat(listed.body()).doesNotContain("request_id");
        assertThat(refused.headers().firstValue("X-Request-Id")).hasValue("mine-2");
        assertThat(caller.get("/v1/exports").headers().firstValue("X-Request-Id"))
                .isEmpty();
    }

    @Test
    void signsNewUrlsOfTheStoresOriginAtEachCall() throws Exception {
        MovableClock clock = MovableClock.atNoon();
        start(QUIET.withExports(0), clock);
        SandboxExport added = sandbox.addFinished("properties_export", new SandboxFile("a.csv.gz", 1));
        String first = caller.url(added, 0);
        clock.advance(Duration.ofSeconds(1));
        String second = caller.url(added, 0);

        assertThat(second).isNotEqualTo(first);
        assertThat(first)
                .startsWith(sandbox.storeUrl() + "/dm-exports/" + added.id() + "/")
                .containsPattern("X-Goog-Algorithm=GOOG4-HMAC-SHA256&.*X-Goog-Date=20260217T120000Z&.*Expires=604800")
                .containsPattern("X-Goog-Signature=[0-9a-f]{64}$");
        assertThat(sandbox.storeUrl().getPort()).isNotEqualTo(sandbox.apiUrl().getPort());
        assertThat(URI.create(first).getHost()).isEqualTo("127.0.0.1");
        assertThat(caller.download(first).statusCode()).isEqualTo(200);
        assertThat(caller.download(second).statusCode()).isEqualTo(200);
    }

    @Test
    void countsListRequestsAndRequestsByIdApart() throws Exception {
        start(QUIET.withExports(2));
        caller.get("/v1/exports");
        caller.get("/v1/exports?limit=0");
        caller.get("/v1/exports/unknown");
        caller.get("/v1/account");

        assertThat(sandbox.listRequests()).isEqualTo(2);
        assertThat(sandbox.getRequests()).isEqualTo(1);
        assertThat(sandbox.downloads()).isZero();
    }

    private void start(SandboxOptions options) {
        start(options, Instant::now);
    }

    private void start(SandboxOptions options, InstantSource clock) {
        sandbox = Sandbox.start(options, clock);
        caller = new Caller(sandbox);
    }
}
