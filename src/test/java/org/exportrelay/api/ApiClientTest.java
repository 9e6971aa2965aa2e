package org.exportrelay.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.Exchange;
import org.apache.camel.FluentProducerTemplate;
import org.exportrelay.api.ApiException.Kind;
import org.exportrelay.config.TestSettings;
import org.exportrelay.testing.LocalServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ApiClientTest {

    private static final String KEY = "dm_sk_live_0123456789abcdef0123456789abcdef";
    private static final String PATH = "/v1/exports/e1";
    private static final String WITH_KEY = "?httpClientConfigurer=%23bean:exportsApi";
    private static final Duration AT_ONCE = Duration.ofSeconds(5);
    private static final HttpHandler EXPORT = LocalServer.body(
            200,
            "application/json",
            """
            {"data": {"export_id": "e1", "status": "completed", "download_urls":
              [{"filename": "a.csv.gz", "url": "https://storage.googleapis.com/a?X-Goog-Signature=s3cret", "size": 3}]}}""");

    private final LocalServer server = new LocalServer();
    private RelayApi api;

    @TempDir
    private Path directory;

    @BeforeEach
    void startContext() {
        api = new RelayApi(TestSettings.of(
                "relay.api.url", server.url("").toString(), "relay.api.key", KEY, "relay.api.timeout", "2s"));
    }

    @AfterEach
    void stopContext() throws IOException {
        api.close();
        server.close();
    }

    @Test
    void sendsTheKeyToTheApi() throws Exception {
        server.answer(PATH, EXPORT);
        Export export = api.exports().export("e1");
        assertThat(export.exportId()).isEqualTo("e1");
        assertThat(export.files()).hasSize(1);
        LocalServer.Request request = server.requests().get(0);
        assertThat(request.headers().get("Authorization")).containsExactly("Bearer " + KEY);
        assertThat(request.headers().getFirst("Accept")).isEqualTo("application/json");
        assertThat(request.headers().getFirst("X-Request-Id")).isNotBlank();
        assertThat(request.target()).isEqualTo(PATH).doesNotContain(KEY);
    }

    @ParameterizedTest
    @CsvSource({"../../admin, /v1/exports/..%2F..%2Fadmin", "a b?c#d, /v1/exports/a%20b%3Fc%23d"})
    void keepsAHostileIdInsideItsPathSegment(String id, String target) {
        catchThrowable(() -> api.exports().export(id));
        assertThat(server.requests()).extracting(LocalServer.Request::target).containsExactly(target);
    }

    @Test
    void refusesAtOnceToCarryTheKeyElsewhere() {
        try (LocalServer other = new LocalServer()) {
            assertRefusesToCall(other.url("/v1/exports").toString());
            assertRefusesToCall("http://localhost:" + other.authority().replaceFirst(".*:", "") + "/v1/exports");
            assertThat(other.requests()).isEmpty();
        }
    }

    private void assertRefusesToCall(String url) {
        assertTimeoutPreemptively(AT_ONCE, () -> {
            Throwable failure = catchThrowable(() -> call(url + WITH_KEY));
            assertThat(failure).rootCause().hasMessageContaining("the key is for " + server.authority() + " only");
        });
    }

    @Test
    void followsNoRedirectWithTheKey() {
        try (LocalServer other = new LocalServer()) {
            server.answer(
                    PATH, LocalServer.redirect(302, other.url("/v1/exports").toString()));
            assertThat(failure().kind()).isEqualTo(Kind.NONSENSE);
            assertThat(other.requests()).isEmpty();
        }
    }

    @Test
    void leavesNoKeyInTheMessage() throws Exception {
        server.answer("/v1/exports", LocalServer.body(200, "application/json", "{}"));
        try (FluentProducerTemplate template = api.context().createFluentProducerTemplate()) {
            Exchange exchange =
                    template.to(server.url("/v1/exports") + WITH_KEY).send();
            assertThat(exchange.getException()).isNull();
            assertThat(exchange.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE))
                    .isEqualTo(200);
            for (Map<String, Object> all : List.of(
                    exchange.getMessage().getHeaders(), exchange.getIn().getHeaders(), exchange.getAllProperties())) {
                assertThat(all).doesNotContainKey("Authorization");
                assertThat(all.toString()).doesNotContain(KEY);
            }
        }
        assertThat(server.requests().get(0).headers()).containsKey("Authorization");
    }

    @Test
    void asksAgainWhenRetryAfterSays() throws Exception {
        server.answer(
                PATH,
                exchange -> {
                    exchange.getResponseHeaders().set("Retry-After", "1");
                    error(429, "rate_limit_exceeded").handle(exchange);
                },
                EXPORT);
        long start = System.nanoTime();
        assertThat(api.exports().export("e1").exportId()).isEqualTo("e1");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofSeconds(1), AT_ONCE);
        assertThat(server.requests()).hasSize(2);
    }

    @Test
    void doesNotWaitWhereRetryAfterIsLongerThanItsPatience() {
        server.answer(PATH, exchange -> {
            exchange.getResponseHeaders().set("Retry-After", "3600");
            error(429, "rate_limit_exceeded").handle(exchange);
        });
        assertTimeoutPreemptively(AT_ONCE, () -> {
            ApiException failure = failure();
            assertThat(failure.kind()).isEqualTo(Kind.RATE_LIMITED);
        });
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void asksAgainAfterAnInternalError() throws Exception {
        server.answer(PATH, error(500, "internal_error"), EXPORT);
        assertThat(api.exports().export("e1").exportId()).isEqualTo("e1");
        assertThat(server.requests()).hasSize(2).allSatisfy(request -> assertThat(
                        request.headers().get("Authorization"))
                .hasSize(1));
    }

    @Test
    void asksAgainAfterACutBody() throws Exception {
        server.answer(PATH, LocalServer.cut("{\"data\": {".getBytes(StandardCharsets.UTF_8), 500), EXPORT);
        assertThat(api.exports().export("e1").exportId()).isEqualTo("e1");
        assertThat(server.requests()).hasSize(2);
    }

    @Test
    void asksAgainAfterABodyThatStops() throws Exception {
        server.answer(PATH, server.stalled(200, "{\"data\": {".getBytes(StandardCharsets.UTF_8)), EXPORT);
        assertThat(api.exports().export("e1").exportId()).isEqualTo("e1");
        assertThat(server.requests()).hasSize(2);
    }

    @Test
    void givesUpAnAnswerThatNeverEnds() {
        server.answer(PATH, LocalServer.endless(200, 0, new AtomicInteger()));
        assertTimeoutPreemptively(
                Duration.ofSeconds(30), () -> assertThat(failure()).hasMessageContaining("the answer is larger than"));
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void doesNotAskAgainWithARefusedKeyAndSaysWhatToDo() {
        server.answer(PATH, error(401, "invalid_api_key"));
        ApiException failure = failure();
        assertThat(failure.kind()).isEqualTo(Kind.REFUSED);
        assertThat(failure)
                .hasMessage("the API answered 401 invalid_api_key (told so, request req_abc123def456); put a valid key"
                        + " into the environment variable DM_API_KEY and restart, or into relay.api.key-file");
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void asksAtOnceWithTheKeyThatHasReplacedARefusedOne() throws Exception {
        Path file = Files.writeString(directory.resolve("key"), "dm_sk_live_old\n");
        server.answer(PATH, exchange -> {
            boolean current =
                    exchange.getRequestHeaders().getFirst("Authorization").equals("Bearer " + KEY);
            (current ? EXPORT : error(401, "api_key_expired")).handle(exchange);
        });
        try (RelayApi rotating = new RelayApi(
                TestSettings.of("relay.api.url", server.url("").toString(), "relay.api.key-file", file.toString()))) {
            assertThat(catchThrowable(() -> rotating.exports().export("e1"))).hasMessageContaining("api_key_expired");
            assertThat(catchThrowable(() -> rotating.exports().export("e1")))
                    .hasMessageContaining("no requests to the API before");
            Files.writeString(file, KEY + "\n");
            assertThat(rotating.exports().export("e1").exportId()).isEqualTo("e1");
        }
        assertThat(server.requests()).hasSize(2);
    }

    @Test
    void asksAgainWhereTheKeyIsReplacedWhileTheOldOneIsBeingRefused() throws Exception {
        Path file = Files.writeString(directory.resolve("key"), "dm_sk_live_old");
        server.answer(
                PATH,
                exchange -> {
                    Files.writeString(file, KEY);
                    error(401, "api_key_revoked").handle(exchange);
                },
                EXPORT);
        try (RelayApi rotating = new RelayApi(
                TestSettings.of("relay.api.url", server.url("").toString(), "relay.api.key-file", file.toString()))) {
            assertThat(rotating.exports().export("e1").exportId()).isEqualTo("e1");
        }
        assertThat(server.requests())
                .extracting(request -> request.headers().getFirst("Authorization"))
                .containsExactly("Bearer dm_sk_live_old", "Bearer " + KEY);
    }

    @Test
    void givesUpAnAnswerOfMoreBytesThanAnyListHas() {
        server.answer(PATH, LocalServer.body(200, "application/json", new byte[17 << 20]));
        assertThat(failure()).hasMessageContaining("the answer is larger than 16777216 bytes");
    }

    @ParameterizedTest
    @CsvSource({
        "400, validation_error, REFUSED",
        "403, oauth_insufficient_scope, REFUSED",
        "404, not_found, GONE",
        "418, teapot, NONSENSE"
    })
    void decidesWhatAnAnswerMeansWithoutTryingAgain(int status, String code, Kind kind) {
        server.answer(PATH, error(status, code));
        ApiException failure = failure();
        assertThat(failure.kind()).isEqualTo(kind);
        assertThat(failure).hasMessageContaining(status + " " + code).hasMessageContaining("req_abc123def456");
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void quotesTheStartOfARefusalThatIsNotTheApis() {
        server.answer(PATH, LocalServer.body(403, "text/html", "<html>\n\t<title>Proxy</title>"));
        assertThat(failure()).hasMessageContaining("403 with a body that starts with \"<html> <title>Proxy</title>\"");
    }

    @Test
    void callsHtmlNonsenseAndQuotesItsStart() {
        server.answer(
                PATH, LocalServer.body(200, "text/html", "<!doctype html>\n<title>Sign in</title>" + "x".repeat(999)));
        assertNonsense("\"<!doctype html> <title>Sign in</title>");
    }

    @Test
    void callsTruncatedJsonNonsenseAndQuotesItsStart() {
        server.answer(PATH, LocalServer.body(200, "application/json", "{\"data\": {\"export_id\": \"e1\", \"sta"));
        assertNonsense("{\"data\": {\"export_id\": \"e1\", \"sta");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"data\": {\"download_urls\": [{\"url\": \"https://storage.googleapis.com/a?X-Goog-Signature=s3cret",
                "{\"data\": {\"download_urls\": [{\"url\": \"https:\\/\\/storage.googleapis.com\\u003fX-Goog-Signature=s3cret",
                "{\"data\": {\"export_id\": \"e1\", \"status\": \"completed\","
                        + " \"download_urls\": \"https://storage.googleapis.com/a?X-Goog-Signature=s3cret\"}}",
                "{\"data\": {\"export_id\": \"e1\","
                        + " \"status\": [\"https://storage.googleapis.com/a?X-Goog-Signature=s3cret\"]}}",
                "{\"data\": {\"export_id\": {\"x\": \"https://storage.googleapis.com/a?X-Goog-Signature=s3cret\"},"
                        + " \"status\": \"completed\"}}"
            })
    void neverQuotesASignedUrl(String answer) {
        server.answer(PATH, LocalServer.body(200, "application/json", answer));
        assertNonsense("");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"data\": null}", "{\"data\": []}", "{\"data\": \"e1\"}", "[]", "null", "7", ""})
    void callsAnAnswerWithoutAnExportNonsense(String answer) {
        server.answer(PATH, LocalServer.body(200, "application/json", answer));
        assertNonsense("");
    }

    private void assertNonsense(String quoted) {
        ApiException failure = failure();
        assertThat(failure.kind()).isEqualTo(Kind.NONSENSE);
        assertThat(failure)
                .hasMessageContaining(quoted)
                .hasMessageContaining("check that relay.api.url leads to the API itself")
                .message()
                .hasSizeLessThan(600)
                .doesNotContain("s3cret")
                .doesNotContain("\n");
        assertThat(server.requests()).hasSize(1);
    }

    private ApiException failure() {
        ApiException failure =
                catchThrowableOfType(ApiException.class, () -> api.exports().export("e1"));
        assertThat(failure).isNotNull();
        assertThat(failure.getMessage()).doesNotContain(KEY);
        return failure;
    }

    private String call(String uri) throws IOException {
        try (FluentProducerTemplate template = api.context().createFluentProducerTemplate()) {
            return template.to(uri).request(String.class);
        }
    }

    private static HttpHandler error(int status, String code) {
        return LocalServer.body(
                status,
                "application/json",
                "{\"error\": {\"code\": \"%s\", \"message\": \"told so\", \"request_id\": \"req_abc123def456\"}}"
                        .formatted(code));
    }
}
