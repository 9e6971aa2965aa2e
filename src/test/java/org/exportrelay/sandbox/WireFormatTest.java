package org.exportrelay.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What HTTP clients hide: the bytes of an answer, and requests that no client sends. */
class WireFormatTest {

    private static final List<String> RATE_HEADERS = List.of(
            "X-RateLimit-Limit: ",
            "X-RateLimit-Remaining: ",
            "X-RateLimit-Reset: ",
            "X-RateLimit-Day-Limit: ",
            "X-RateLimit-Day-Remaining: ");

    private final Sandbox sandbox = Sandbox.start(
            SandboxOptions.defaults()
                    .withExports(2)
                    .withMaxRecords(200)
                    .withRequestsPerMinute(2)
                    .withArrivalPeriod(Duration.ZERO),
            MovableClock.atNoon());

    @AfterEach
    void closesTheSandbox() {
        sandbox.close();
    }

    @Test
    void writesHeaderNamesInTheirDocumentedCase() throws Exception {
        String ok = answer(authorized("GET /v1/exports HTTP/1.1"));
        answer(authorized("GET /v1/exports HTTP/1.1"));
        String refused = answer(authorized("GET /v1/exports HTTP/1.1"));

        assertThat(ok).startsWith("HTTP/1.1 200 OK\r\n").contains(RATE_HEADERS);
        assertThat(ok)
                .contains("\r\nContent-Type: application/json; charset=utf-8\r\n")
                .contains("\r\nContent-Length: ")
                .contains("\r\nDate: Tue, 17 Feb 2026 12:00:00 GMT\r\n");
        assertThat(refused)
                .startsWith("HTTP/1.1 429 Too Many Requests\r\n")
                .contains(RATE_HEADERS)
                .contains("\r\nRetry-After: 60\r\n");
        assertThat(answer(authorized("POST /v1/exports HTTP/1.1"))).contains(RATE_HEADERS);
    }

    @Test
    void echoesTheCallersRequestIdInTheDocumentedCase() throws Exception {
        assertThat(answer(authorized("GET /v1/account HTTP/1.1") + "x-request-id: mine\r\n"))
                .contains("\r\nX-Request-Id: mine\r\n");
    }

    @Test
    void writesTheStoresHeaderNamesInTheirUsualCase() throws Exception {
        Caller caller = new Caller(sandbox);
        URI url = URI.create(caller.url(sandbox.exports().get(0), 0));

        assertThat(exchange(url.getPort(), "HEAD " + url.getRawPath() + "?" + url.getRawQuery() + " HTTP/1.1\r\n"))
                .startsWith("HTTP/1.1 200 OK\r\n")
                .contains("\r\nETag: \"")
                .contains("\r\nLast-Modified: ")
                .contains("\r\nAccept-Ranges: bytes\r\n")
                .contains("\r\nDate: Tue, 17 Feb 2026 12:00:00 GMT\r\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /v1/exports?limit=%zz HTTP/1.1",
                "GET /v1/exports?limit=5% HTTP/1.1",
                "GET /v1/exports/%2 HTTP/1.1",
                "GET /v1/exports/%-1 HTTP/1.1",
                "GET /v1/ex ports HTTP/1.1",
                "GET v1/exports HTTP/1.1",
                "GET * HTTP/1.1",
                "GET ?limit=5 HTTP/1.1",
                "GET  HTTP/1.1",
                "exports, please"
            })
    void answersAMalformedUrlInTheShapeOfAnError(String requestLine) throws Exception {
        String answer = answer(authorized(requestLine));

        assertInvalidRequest(answer);
        assertThat(answer).contains("\r\nX-RateLimit-Remaining: 2\r\n");
        assertThat(sandbox.listRequests() + sandbox.getRequests()).isZero();
    }

    @Test
    void answersATooLongUrlInTheShapeOfAnErrorToo() throws Exception {
        assertInvalidRequest(answer(authorized("GET /v1/exports?status=" + "a".repeat(70_000) + " HTTP/1.1")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a|b", "\"completed\"", "{completed}", "^", "\\", "<>", "`", "ü"})
    void acceptsCharactersThatShouldHaveBeenEncoded(String status) throws Exception {
        String answer = answer(authorized("GET /v1/exports?status=" + status + " HTTP/1.1"));

        assertThat(answer)
                .startsWith("HTTP/1.1 400 ")
                .contains("validation_error")
                .contains(RATE_HEADERS);
    }

    @Test
    void answersAMalformedUrlOfTheStoreInXml() throws Exception {
        for (String requestLine : List.of(
                "GET /dm-exports/a/0/b.csv.gz?X-Goog-Signature=%zz HTTP/1.1",
                "GET /dm-exports/%/0/b.csv.gz HTTP/1.1", "GET dm-exports HTTP/1.1", "GET /dm exports HTTP/1.1")) {
            assertThat(exchange(sandbox.storeUrl().getPort(), requestLine + "\r\n"))
                    .as(requestLine)
                    .contains(" 400 ")
                    .contains("\r\nContent-Type: application/xml; charset=UTF-8\r\n")
                    .contains("<Error><Code>InvalidURI</Code>");
        }
    }

    private static void assertInvalidRequest(String answer) throws IOException {
        assertThat(answer)
                .matches("(?s)HTTP/1\\.[01] 400 Bad Request\r\n.*")
                .contains("\r\nContent-Type: application/json; charset=utf-8\r\n")
                .contains(RATE_HEADERS);
        JsonNode error = new ObjectMapper()
                .readTree(answer.substring(answer.indexOf("\r\n\r\n")))
                .get("error");
        assertThat(error.get("code").asText()).isEqualTo("invalid_request");
        assertThat(error.get("request_id").asText()).matches("req_[a-z0-9]{12}");
        assertThat(error.get("details").isObject()).isTrue();
    }

    private String authorized(String requestLine) {
        return requestLine + "\r\nAuthorization: Bearer " + sandbox.key() + "\r\n";
    }

    private String answer(String head) throws IOException {
        return exchange(sandbox.apiUrl().getPort(), head);
    }

    /** Everything that the server sends until it closes the connection. */
    private static String exchange(int port, String head) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(20_000);
            String request = head + "Host: 127.0.0.1\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
