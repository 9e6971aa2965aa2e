package org.exportrelay.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.exportrelay.api.ApiException.Kind;
import org.exportrelay.config.TestSettings;
import org.exportrelay.testing.LocalServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the API's rarer answers mean, and what an operator is to do about each. */
class ApiAnswerTest {

    private static final String PATH = "/v1/exports/e1";
    private static final String EXPORT = "{\"data\": {\"export_id\": \"e1\", \"status\": \"completed\"}}";

    private final LocalServer server = new LocalServer();
    private RelayApi api;

    @BeforeEach
    void startContext() {
        api = new RelayApi(TestSettings.of(
                "relay.api.url",
                server.url("").toString(),
                "relay.api.key",
                "dm_sk_live_x",
                "relay.api.timeout",
                "2s"));
    }

    @AfterEach
    void stopContext() throws IOException {
        api.close();
        server.close();
    }

    @ParameterizedTest
    @CsvSource({
        "402, prospect_limit_reached, the key is valid but a limit of the plan is reached; raise the plan",
        "402, plan_limit_reached, the key is valid but a limit of the plan is reached; raise the plan",
        "422, unprocessable, the API cannot carry out this request; report it to the vendor with the request's id"
    })
    void namesWhatToDoAboutARefusalThatIsNotTheKeys(int status, String code, String action) {
        server.answer(PATH, error(status, code));
        ApiException failure = failure();
        assertThat(failure.kind()).isEqualTo(Kind.REFUSED);
        assertThat(failure.getMessage().replace("valid, but", "valid but").replace("right, but", ""))
                .startsWith("the API answered " + status + " " + code + " (no such plan, request req_1); ")
                .contains(action)
                .doesNotContain("check");
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void pausesWhereThePlanIsUsedUpButNotWhereOneRequestCannotBeCarriedOut() {
        server.answer(PATH, error(422, "unprocessable"));
        failure();
        failure();
        assertThat(server.requests()).hasSize(2);
        server.answer(PATH, error(402, "prospect_limit_reached"));
        failure();
        assertThat(failure())
                .hasMessageContaining("no requests to the API before")
                .hasMessageContaining("402");
        assertThat(server.requests()).hasSize(3);
    }

    @ParameterizedTest
    @CsvSource({
        "301, https://api.v3.example.com/v1/exports?key=s3cret, to https://api.v3.example.com which",
        "302, https://login.example.com:8443/?return=s3cret, to https://login.example.com:8443 which",
        "303, //other.example.com/x, to //other.example.com which",
        "307, http://user:s3cret@api.example.com/v1, to http://api.example.com which",
        "308, /v2/exports?key=s3cret, to another path of the same host which",
        "308, https://[s3cret, to an address that is not a URL which"
    })
    void namesTheHostThatARedirectLeadsTo(int status, String location, String named) {
        server.answer(PATH, LocalServer.redirect(status, location));
        ApiException failure = failure();
        assertThat(failure.kind()).isEqualTo(Kind.NONSENSE);
        assertThat(failure.getMessage().replace(", which", " which"))
                .contains("the API answered " + status + " with a redirect " + named)
                .contains("set relay.api.url to the API's own address")
                .doesNotContain("s3cret");
        assertThat(server.requests()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 425, 503})
    void triesAgainAfterAnAnswerThatMayPass(int status) throws Exception {
        server.answer(PATH, error(status, "later"), json(EXPORT));
        assertThat(api.exports().export("e1").exportId()).isEqualTo("e1");
        assertThat(server.requests()).hasSize(2);
    }

    @Test
    void waitsUntilTheDateThatRetryAfterNames() throws Exception {
        Instant[] again = new Instant[1];
        server.answer(
                PATH,
                exchange -> {
                    again[0] = Instant.ofEpochSecond(Instant.now().getEpochSecond() + 3);
                    exchange.getResponseHeaders()
                            .set(
                                    "Retry-After",
                                    DateTimeFormatter.RFC_1123_DATE_TIME.format(again[0].atOffset(ZoneOffset.UTC)));
                    error(429, "rate_limit_exceeded").handle(exchange);
                },
                json(EXPORT));
        api.exports().export("e1");
        assertThat(Instant.now()).isBetween(again[0], again[0].plusSeconds(4));
        assertThat(server.requests()).hasSize(2);
    }

    @Test
    void readsAnAnswerBehindAByteOrderMark() throws Exception {
        server.answer(PATH, json("\ufeff" + EXPORT));
        assertThat(api.exports().export("e1").exportId()).isEqualTo("e1");
    }

    @Test
    void readsAnErrorBehindAByteOrderMark() {
        server.answer(PATH, LocalServer.body(404, "application/json", "\ufeff{\"error\": {\"code\": \"not_found\"}}"));
        assertThat(failure()).hasMessageContaining("404 not_found");
    }

    @Test
    void readsAListBehindAByteOrderMark() throws Exception {
        byte[] page = "\ufeff{\"data\": []}".getBytes(StandardCharsets.UTF_8);
        assertThat(ExportsJson.exportsJson().readValue(page, ExportPage.class).data())
                .isEmpty();
        server.answer("/v1/exports", json("\ufeff{\"data\": []}"));
        String body = api.context()
                .createFluentProducerTemplate()
                .to(server.url("/v1/exports") + "?httpClientConfigurer=%23bean:exportsApi")
                .request(String.class);
        assertThat(ExportsJson.exportsJson().readValue(body, ExportPage.class).data())
                .isEmpty();
    }

    @Test
    void callsABodyThatIsNothingButAByteOrderMarkNonsense() {
        server.answer(PATH, json("\ufeff"));
        assertThat(failure().kind()).isEqualTo(Kind.NONSENSE);
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 202, 204})
    void namesAnAnswerWithoutABody(int status) {
        server.answer(PATH, json(status, ""));
        server.answer("/v1/exports", json(status, ""));
        assertThat(failure())
                .hasMessage("the API answered " + status + " without a body, where it documents JSON; check that"
                        + " relay.api.url leads to the API itself");
        assertThat(list()).hasMessage(failure().getMessage());
        assertThat(server.requests()).hasSize(3);
    }

    @Test
    void namesAnAnswerThatIsTooLargeAndTheSettingThatMakesPagesSmaller() {
        byte[] large = new byte[(16 << 20) + 1];
        server.answer("/v1/exports", LocalServer.body(200, "application/json", large));
        assertThat(list())
                .hasMessage("the answer is larger than 16777216 bytes, the limit of the relay; lower"
                        + " relay.poll.page-size, so that a page has fewer exports");
        assertThat(server.requests()).hasSize(1);
    }

    /** Why the list cannot be read. */
    private ApiException list() {
        Throwable failure = catchThrowable(() -> api.context()
                .createFluentProducerTemplate()
                .to(server.url("/v1/exports") + "?httpClientConfigurer=%23bean:exportsApi")
                .request(String.class));
        return ApiFailures.of(failure);
    }

    @Test
    void waitsNoLongerThanItsTimeForARetryAfterBeyondReason() {
        server.answer(PATH, exchange -> {
            exchange.getResponseHeaders().set("Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT");
            error(503, "maintenance").handle(exchange);
        });
        long start = System.nanoTime();
        assertThat(failure().kind()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    }

    private ApiException failure() {
        ApiException failure =
                catchThrowableOfType(ApiException.class, () -> api.exports().export("e1"));
        assertThat(failure).isNotNull();
        return failure;
    }

    private static HttpHandler json(String body) {
        return json(200, body);
    }

    private static HttpHandler json(int status, String body) {
        return LocalServer.body(status, "application/json", body);
    }

    private static HttpHandler error(int status, String code) {
        return LocalServer.body(
                status,
                "application/json",
                "{\"error\": {\"code\": \"%s\", \"message\": \"no such plan\", \"request_id\": \"req_1\"}}"
                        .formatted(code));
    }
}
