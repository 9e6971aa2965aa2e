package org.exportrelay.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code relay.sandbox.error}: each documented error on request. */
class DocumentedErrorsTest {

    private static final SandboxOptions QUIET = SandboxOptions.defaults()
            .withSeed(7)
            .withExports(2)
            .withArrivalPeriod(Duration.ZERO)
            .withMaxRecords(300);

    private final MovableClock clock = MovableClock.atNoon();

    @ParameterizedTest
    @CsvSource({
        "VALIDATION_ERROR, 400, validation_error",
        "INVALID_REQUEST, 400, invalid_request",
        "MISSING_API_KEY, 401, missing_api_key",
        "INVALID_AUTH_FORMAT, 401, invalid_auth_format",
        "INVALID_API_KEY, 401, invalid_api_key",
        "API_KEY_REVOKED, 401, api_key_revoked",
        "API_KEY_EXPIRED, 401, api_key_expired",
        "ORGANIZATION_NOT_FOUND, 401, organization_not_found",
        "OAUTH_INVALID_TOKEN, 401, oauth_invalid_token",
        "PROSPECT_LIMIT_REACHED, 402, prospect_limit_reached",
        "OAUTH_INSUFFICIENT_SCOPE, 403, oauth_insufficient_scope",
        "NOT_FOUND, 404, not_found",
        "UNPROCESSABLE_ENTITY, 422, unprocessable_entity",
        "RATE_LIMIT_EXCEEDED, 429, rate_limit_exceeded",
        "RATE_LIMIT_EXCEEDED_DAY, 429, rate_limit_exceeded",
        "INTERNAL_ERROR, 500, internal_error"
    })
    void answerEveryRequestInTheDocumentedShape(DocumentedError error, int status, String code) throws Exception {
        try (Sandbox sandbox = Sandbox.start(QUIET.withError(error), clock)) {
            Caller caller = new Caller(sandbox);
            for (String path : List.of(
                    "/v1/exports", "/v1/exports/" + sandbox.exports().get(0).id(), "/v1/account")) {
                HttpResponse<String> answer = caller.get(path);

                assertThat(answer.statusCode()).isEqualTo(status);
                assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/json; charset=utf-8");
                assertThat(answer.headers().map())
                        .containsKeys(
                                "x-ratelimit-limit",
                                "x-ratelimit-remaining",
                                "x-ratelimit-reset",
                                "x-ratelimit-day-limit",
                                "x-ratelimit-day-remaining");
                assertThat(Caller.tree(answer).fieldNames()).toIterable().containsExactly("error");
                JsonNode body = Caller.error(answer);
                assertThat(body.fieldNames()).toIterable().containsExactly("code", "message", "request_id", "details");
                assertThat(body.get("code").asText()).isEqualTo(code);
                assertThat(body.get("message").asText()).isNotBlank();
                assertThat(body.get("request_id").asText()).matches("req_[a-z0-9]{12}");
                assertThat(body.get("details").isObject()).isTrue();
            }
        }
    }

    @Test
    void listTheIssuesOfAValidationError() throws Exception {
        JsonNode issues = details(DocumentedError.VALIDATION_ERROR).get("issues");

        assertThat(issues).hasSize(1);
        assertThat(issues.get(0).fieldNames()).toIterable().containsExactly("path", "message");
    }

    @ParameterizedTest
    @CsvSource({
        "RATE_LIMIT_EXCEEDED, minute, 60, X-RateLimit-Remaining",
        "RATE_LIMIT_EXCEEDED_DAY, day, 43200, X-RateLimit-Day-Remaining"
    })
    void stateWhichRateLimitIsExceededAndForHowLong(DocumentedError error, String type, long seconds, String spent)
            throws Exception {
        try (Sandbox sandbox = Sandbox.start(QUIET.withError(error), clock)) {
            HttpResponse<String> answer = new Caller(sandbox).get("/v1/exports");

            assertThat(Caller.error(answer).get("message").asText())
                    .isEqualTo("Too many requests. Please retry after the specified time.");
            assertThat(Caller.error(answer).get("details").toString())
                    .contains("\"limit_type\":\"" + type + "\"")
                    .contains("\"retry_after\":" + seconds);
            assertThat(answer.headers().firstValue("Retry-After")).hasValue(Long.toString(seconds));
            assertThat(answer.headers().firstValue(spent)).hasValue("0");
        }
    }

    @Test
    void spendARequestUnlessTheCallerIsNotAuthenticated() throws Exception {
        assertThat(remaining(DocumentedError.API_KEY_REVOKED)).isEqualTo("60");
        assertThat(remaining(DocumentedError.PROSPECT_LIMIT_REACHED)).isEqualTo("59");
        assertThat(remaining(DocumentedError.UNPROCESSABLE_ENTITY)).isEqualTo("59");
    }

    @Test
    void areAsFrequentAsTheirShare() throws Exception {
        try (Sandbox sandbox = Sandbox.start(
                QUIET.withError(DocumentedError.INTERNAL_ERROR)
                        .withErrorShare(0.3)
                        .withRequestsPerMinute(1_000),
                clock)) {
            Caller caller = new Caller(sandbox);
            int errors = 0;
            for (int i = 0; i < 400; i++) {
                errors += caller.get("/v1/exports?limit=1").statusCode() == 500 ? 1 : 0;
            }

            assertThat(errors / 400.0).isBetween(0.22, 0.38);
        }
    }

    @Test
    void doNotReplaceTheRefusalOfAWrongKey() throws Exception {
        try (Sandbox sandbox = Sandbox.start(QUIET.withError(DocumentedError.INTERNAL_ERROR), clock)) {
            Caller caller = new Caller(sandbox);

            assertThat(Caller.error(caller.send(caller.anonymous("/v1/exports")))
                            .get("code")
                            .asText())
                    .isEqualTo("missing_api_key");
        }
    }

    private JsonNode details(DocumentedError error) throws Exception {
        try (Sandbox sandbox = Sandbox.start(QUIET.withError(error), clock)) {
            return Caller.error(new Caller(sandbox).get("/v1/exports")).get("details");
        }
    }

    private String remaining(DocumentedError error) throws Exception {
        try (Sandbox sandbox = Sandbox.start(QUIET.withError(error), clock)) {
            return new Caller(sandbox)
                    .get("/v1/exports")
                    .headers()
                    .firstValue("X-RateLimit-Remaining")
                    .orElseThrow();
        }
    }
}
