package org.exportrelay.destinations.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.camel.impl.DefaultCamelContext;
import org.exportrelay.api.HttpConnections;
import org.exportrelay.config.TestSettings;
import org.exportrelay.destinations.FailureTable;
import org.exportrelay.testing.ForwardProxy;
import org.exportrelay.testing.LocalServer;
import org.exportrelay.testing.PrivateCa;
import org.exportrelay.testing.TcpGate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Posts through the client of {@code deliver-to-webhook}, and without it, as any route with an HTTP endpoint does. */
class HttpFailureTableTest {

    @TempDir
    private Path directory;

    private final LocalServer server = new LocalServer();

    @AfterEach
    void stop() {
        server.close();
    }

    @TestFactory
    Stream<DynamicTest> everyRowOfTheTableHolds() throws Exception {
        return FailureTable.of("Webhook and HTTP")
                .row(
                        "The server cannot be reached, or does not respond in time.",
                        () -> post("http://127.0.0.1:" + TcpGate.freePort()),
                        () -> post("https://no-such-host.invalid/hook"),
                        () -> answered(server.silent()))
                .row("The server closes the connection without a response.", () -> answered(exchange -> {}))
                .row("The certificate of the server is not trusted.", this::toAServerWithAPrivateCertificate)
                .row("The proxy refuses the connection.", this::throughAProxyThatRefuses)
                .row("`webhook.url` is not `https`.", () -> post("http://hooks.example.test/hook"))
                .row(
                        "The server answers 401, 403, 404 or 407.",
                        () -> answered(401),
                        () -> answered(403),
                        () -> answered(404))
                .row(
                        "The server answers 408, 425, 429 or 5xx.",
                        () -> answered(408),
                        () -> answered(425),
                        () -> answered(429),
                        () -> answered(500),
                        () -> answered(503))
                .row(
                        "The server answers with a redirect (3xx).",
                        () -> answered(LocalServer.redirect(302, "https://elsewhere.example.test/")))
                .row(
                        "The server answers with any other 4xx, such as 400, 410, 413 or 422.",
                        () -> answered(400),
                        () -> answered(410),
                        () -> answered(413),
                        () -> answered(422))
                .tests();
    }

    @Test
    void honoursRetryAfterOfAServer() {
        server.answer("/hook", exchange -> {
            exchange.getResponseHeaders().set("Retry-After", "7");
            exchange.sendResponseHeaders(503, -1);
        });
        Throwable thrown = catchThrowable(() -> post(server.url("/hook").toString()));
        assertThat(FailureTable.classify(thrown).retryAfter()).contains(Duration.ofSeconds(7));
    }

    private void answered(int status) throws IOException {
        answered(LocalServer.body(status, "text/plain", "no"));
    }

    private void answered(HttpHandler handler) throws IOException {
        server.answer("/hook", handler);
        post(server.url("/hook").toString());
    }

    private void toAServerWithAPrivateCertificate() throws Exception {
        PrivateCa ca = PrivateCa.in(directory, "localhost");
        try (LocalServer secured = new LocalServer(ca.serverContext())) {
            post("https://localhost:" + secured.port() + "/hook");
        }
    }

    private void throughAProxyThatRefuses() throws IOException {
        try (ForwardProxy proxy = new ForwardProxy().refusingWith(403)) {
            post("https://hooks.example.test/hook", "relay.http-proxy", "http://127.0.0.1:" + proxy.port());
        }
    }

    private static void post(String url, String... settings) throws IOException {
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            context.getRegistry().bind("connections", new HttpConnections(TestSettings.of(settings), Map.of()));
            WebhookClient client = new WebhookClient();
            client.setCamelContext(context);
            client.setTimeout("500ms");
            context.getRegistry().bind("webhookClient", client);
            context.start();
            context.createProducerTemplate()
                    .requestBody(url + "?httpMethod=POST&httpClientConfigurer=%23bean:webhookClient", "{}");
        }
    }
}
