package org.exportrelay.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.exportrelay.config.Settings;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** That no client of a stream stops what the others receive. */
class StreamClientsTest {

    private static final Duration PERIOD = Duration.ofMillis(50);
    private static final String EVENT = "data: now\n\n";
    private static final Duration WITHIN = Duration.ofSeconds(20);

    private final Vertx vertx = Vertx.vertx();
    private final AtomicInteger added = new AtomicInteger();
    private final AtomicInteger removed = new AtomicInteger();
    private StreamClients clients;
    private final AtomicReference<StreamClient> first = new AtomicReference<>();
    private Function<StreamClient, String> eventFor = client -> EVENT;
    private HttpServer server;

    @AfterEach
    void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    void aStreamThatHasHadItsTimeEndsAndANewOneReceivesEvents(HttpClient.Version version) {
        start(Duration.ofSeconds(1));
        HttpClient client = HttpClient.newBuilder().version(version).build();
        for (int expired = 0; expired < 2; expired++) {
            Stream stream = new Stream(client);
            await().atMost(WITHIN).until(() -> stream.lines.contains("data: now"));
            assertThat(stream.end).succeedsWithin(WITHIN);
        }
        Stream last = new Stream(client);
        await().atMost(WITHIN).until(() -> last.lines.contains("data: now"));
        await().atMost(WITHIN).until(() -> removed.get() == 3);
        assertThat(added).hasValue(3);
    }

    /** Otherwise the browser has no cookie any more when it connects again. */
    @Test
    void aSessionWithAProviderOutlivesAStream() {
        String extension = Settings.value("quarkus.oidc.authentication.session-age-extension")
                .orElseThrow();
        assertThat(Duration.parse("PT" + extension)).isGreaterThan(StreamClients.LIFETIME);
    }

    @Test
    void aClientThatDoesNotReadIsRemovedAndTheOthersReceiveEvents() throws Exception {
        String large = "data: " + "x".repeat(512 * 1024) + "\n\n";
        // Only the silent client gets more than it can take: how fast the other one reads must not matter.
        eventFor = client -> client == first.get() ? large : EVENT;
        start(Duration.ofMinutes(10));
        try (Socket silent = connect()) {
            await().atMost(WITHIN).until(() -> added.get() == 1);
            Stream reader = new Stream(HttpClient.newHttpClient());
            await().atMost(WITHIN).until(() -> removed.get() == 1);
            long before = reader.events();
            await().atMost(WITHIN).until(() -> reader.events() > before + 1);
            assertThat(removed).hasValue(1);
            assertThat(silent.isClosed()).isFalse();
        }
    }

    @Test
    void aClientThatGoesIsRemoved() throws Exception {
        start(Duration.ofMinutes(10));
        try (Socket gone = connect()) {
            await().atMost(WITHIN).until(() -> added.get() == 1);
            assertThat(gone.getInputStream().read()).isPositive();
        }
        await().atMost(WITHIN).until(() -> removed.get() == 1);
    }

    private void start(Duration lifetime) {
        clients = new StreamClients(
                vertx, lifetime, PERIOD, () -> clients.all().forEach(client -> client.send(eventFor.apply(client))));
        Router router = Router.router(vertx);
        router.get("/")
                .blockingHandler(
                        context -> clients.open(context, 0, this::added, client -> removed.incrementAndGet()), false);
        server = vertx.createHttpServer()
                .requestHandler(router)
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .join();
    }

    private void added(StreamClient client) {
        first.compareAndSet(null, client);
        added.incrementAndGet();
    }

    /** Reads nothing by itself. */
    private Socket connect() throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(4096);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.actualPort()));
        socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: relay\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private final class Stream {

        private final ConcurrentLinkedQueue<String> lines = new ConcurrentLinkedQueue<>();
        private final CompletableFuture<Void> end;

        private Stream(HttpClient client) {
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.actualPort() + "/"))
                    .build();
            end = client.sendAsync(request, BodyHandlers.ofLines())
                    .thenAccept(response -> response.body().forEach(lines::add));
        }

        private long events() {
            return lines.stream().filter(line -> line.startsWith("data:")).count();
        }
    }
}
