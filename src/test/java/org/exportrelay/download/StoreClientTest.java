package org.exportrelay.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.exportrelay.api.HttpConnections;
import org.exportrelay.api.WebUrl;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.TestSettings;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.download.StoreClient.Answer;
import org.exportrelay.testing.LocalServer;
import org.exportrelay.testing.WireServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StoreClientTest {

    private static final String FILENAME = "properties_export_2026-02-17.csv.gz";
    private static final String SIGNED = "?X-Goog-Expires=604800&X-Goog-Signature=s3cret";
    private static final Duration SOON = Duration.ofSeconds(10);

    private final LocalServer server = new LocalServer();

    @TempDir
    private Path directory;

    private Path target;
    private StoreClient store;

    @BeforeEach
    void openStore() {
        target = directory.resolve("1.part");
        store = store("relay.download.allowed-hosts", server.authority());
    }

    @AfterEach
    void closeStore() throws IOException {
        store.close();
        server.close();
    }

    @Test
    void keepsTheBytesAsTheyAreStored() throws Exception {
        byte[] stored = TestFiles.gzip("id\n1\n2\n");
        server.answer("/file", exchange -> {
            exchange.getResponseHeaders().set("Content-Encoding", "gzip");
            LocalServer.body(200, "text/csv", stored).handle(exchange);
        });
        assertThat(download("/file")).isEqualTo(Answer.DOWNLOADED);
        assertThat(target).hasBinaryContent(stored);
        assertThat(server.requests().get(0).headers().getFirst("Accept-Encoding"))
                .contains("gzip");
    }

    @Test
    void replacesWhatAnEarlierDownloadLeft() throws Exception {
        Files.writeString(target, "something longer than the new content");
        server.answer("/file", LocalServer.body(200, "text/csv", "id\n"));
        download("/file");
        assertThat(target).hasContent("id\n");
    }

    @Test
    void sendsTheSignedQueryAndNoCredentialOfTheApi() throws Exception {
        server.answer("/file", LocalServer.redirect(302, "/moved" + SIGNED));
        server.answer("/moved", LocalServer.body(200, "text/csv", "id\n"));
        download("/file");
        assertThat(server.requests()).hasSize(2).allSatisfy(request -> {
            assertThat(request.target()).endsWith(SIGNED);
            assertThat(request.headers())
                    .doesNotContainKeys("Authorization", "Cookie", "Proxy-Authorization", "X-request-id");
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            quoteCharacter = '§',
            value = {
                "/file?a=|{}^\\&X-Goog-Signature=s3cret /file?a=|{}^\\&X-Goog-Signature=s3cret",
                "/file?a=100%&b=%zz&s=%2B+ /file?a=100%&b=%zz&s=%2B+",
                "/file?a=\"b\"&s=0aF%7c /file?a=%22b%22&s=0aF%7c",
                "/file?a=ż&s=[`] /file?a=%C5%BC&s=[`]",
                "//ż{1}?s=| //%C5%BC%7B1%7D?s=|",
            })
    void sendsAUrlAsBrowsersDo(String url, String sent) throws Exception {
        try (WireServer wire = new WireServer("id\n");
                StoreAndClose any = new StoreAndClose(store("relay.download.allowed-hosts", "127.0.0.1"))) {
            assertThat(any.store().download(WebUrl.of("http://" + wire.authority() + url), partial()))
                    .isEqualTo(Answer.DOWNLOADED);
            server.answer("/moved", LocalServer.redirect(307, "http://" + wire.authority() + ascii(url)));
            assertThat(any.store().download(url(server.url("/moved")), partial()))
                    .isEqualTo(Answer.DOWNLOADED);
            assertThat(wire.targets()).containsExactly(sent, sent);
        }
    }

    /** A header has no other characters. */
    private static String ascii(String url) {
        return url.replace("ż", "%C5%BC");
    }

    @Test
    void sendsAQueryThatNeedsNoChangeAsItIs() throws Exception {
        server.answer("/file", LocalServer.body(200, "text/csv", "id\n"));
        String query = "?response-content-disposition=attachment%3B%20filename%3D%22a%22&b='(*)!~&X-Goog-Signature=0aF";
        store.download(WebUrl.of(server.url("/file") + query), partial());
        store.download(WebUrl.of(" " + server.url("/file") + query + "#part\n"), partial());
        assertThat(server.requests()).hasSize(2).allSatisfy(request -> assertThat(request.target())
                .isEqualTo("/file" + query));
    }

    @ParameterizedTest
    @ValueSource(strings = {"my_bucket.storage.example", "_", "a..b:8443", "-store.example", "user:s3cret@my_bucket"})
    void refusesAHostThatIsNoValidNameByItsName(String host) throws Exception {
        String named = host.replaceFirst(".*@", "") + ", which is not a valid host name (";
        assertRefused(() -> store.download(WebUrl.of("https://" + host + "/file" + SIGNED), partial()), named);
        server.answer("/file", LocalServer.redirect(302, "https://" + host + "/there" + SIGNED));
        assertRefused(() -> download("/file"), named);
    }

    @Test
    void failsOnARedirectToNowhere() {
        server.answer("/file", exchange -> exchange.sendResponseHeaders(302, -1));
        assertThat(catchThrowable(() -> download("/file")))
                .isInstanceOf(DeliveryException.class)
                .hasMessage("the store redirected " + FILENAME + " without the header Location");
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 303, 307, 308})
    void followsARedirectToAnAllowedHost(int status) throws Exception {
        try (LocalServer other = new LocalServer();
                StoreAndClose both = new StoreAndClose(
                        store("relay.download.allowed-hosts", server.authority() + "," + other.authority()))) {
            other.answer("/there", LocalServer.body(200, "text/csv", "id\n"));
            server.answer(
                    "/file", LocalServer.redirect(status, other.url("/there").toString()));
            assertThat(both.store().download(url(server.url("/file" + SIGNED)), partial()))
                    .isEqualTo(Answer.DOWNLOADED);
            assertThat(target).hasContent("id\n");
        }
    }

    @Test
    void followsNoRedirectToAnotherPort() {
        try (LocalServer other = new LocalServer()) {
            server.answer(
                    "/file",
                    LocalServer.redirect(302, other.url("/there" + SIGNED).toString()));
            assertRefused(() -> download("/file"), other.authority());
            assertThat(other.requests()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://localhost:PORT/there",
                "http://127.0.0.2:PORT/there",
                "http://127.0.0.1.evil.example:PORT/there",
                "http://127.0.0.1:PORT@evil.example/there",
                "https://evil.example/there",
                "//evil.example/there",
                "http://evil.example/there",
                "ftp://127.0.0.1:PORT/there",
                "file:///etc/passwd",
                "jar:file:///etc/passwd!/x",
                "gopher://127.0.0.1:PORT/there"
            })
    void followsNoRedirectToAnotherHostOrScheme(String location) {
        String port = server.authority().replaceFirst(".*:", "");
        server.answer("/file", LocalServer.redirect(302, location.replace("PORT", port) + SIGNED));
        assertRefused(() -> download("/file"), FILENAME);
        assertThat(server.requests()).hasSize(1);
        assertThat(target).doesNotExist();
    }

    @Test
    void followsFiveRedirectsAndNoMore() throws Exception {
        for (int hop = 1; hop <= 6; hop++) {
            server.answer("/hop" + hop, LocalServer.redirect(302, hop == 1 ? "/file" : "/hop" + (hop - 1)));
        }
        server.answer("/file", LocalServer.body(200, "text/csv", "id\n"));
        assertThat(download("/hop5")).isEqualTo(Answer.DOWNLOADED);
        assertThatThrownBy(() -> download("/hop6"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("redirected more than 5 times");
        assertThat(server.requests("/file")).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://exa mple/", "http://[broken/", "%zz"})
    void failsOnARedirectThatIsNoUrl(String location) {
        server.answer("/file", LocalServer.redirect(302, location + SIGNED));
        Throwable failure = catchThrowable(() -> download("/file"));
        assertThat(failure).isInstanceOf(DeliveryException.class);
        assertThat(((DeliveryException) failure).action()).isEqualTo(FailureAction.RETRY);
        assertSilent(failure);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "file:///etc/passwd",
                "file:/etc/passwd",
                "ftp://127.0.0.1/file",
                "http://storage.googleapis.com/bucket/file",
                "http://10.0.0.1/file",
                "http://127.0.0.1.evil.example/file",
                "https://evil.example/file",
                "https://storage.googleapis.com.evil.example/file",
                "https://storage.googleapis.com@evil.example/file",
                "mailto:someone@example.com",
                "relative/path"
            })
    void asksOnlyAllowedHostsOverTls(String url) throws Exception {
        try (StoreAndClose open =
                new StoreAndClose(store("relay.download.allowed-hosts", "storage.googleapis.com,127.0.0.1"))) {
            assertRefused(() -> open.store().download(WebUrl.of(url + SIGNED), partial()), FILENAME);
        }
    }

    @Test
    void stopsAFileThatAnnouncesMoreThanTheLargestSize() {
        AtomicInteger sent = new AtomicInteger();
        server.answer("/file", LocalServer.endless(200, 1L << 40, sent));
        assertTooLarge();
        assertThat(target).doesNotExist();
    }

    @Test
    void stopsAFileThatGrowsBeyondTheLargestSizeUnannounced() throws Exception {
        AtomicInteger sent = new AtomicInteger();
        server.answer("/file", LocalServer.endless(200, 0, sent));
        assertTooLarge();
        assertThat(Files.size(target)).isLessThanOrEqualTo(64 * 1024);
    }

    @Test
    void takesAFileOfExactlyTheLargestSize() throws Exception {
        server.answer("/file", LocalServer.body(200, "text/csv", new byte[1024]));
        try (StoreAndClose small = new StoreAndClose(
                store("relay.download.allowed-hosts", server.authority(), "relay.download.max-size", "1K"))) {
            assertThat(small.store().download(url(server.url("/file")), partial()))
                    .isEqualTo(Answer.DOWNLOADED);
        }
        assertThat(target).hasSize(1024);
    }

    @Test
    void doesNotReadAnEndlessRefusalToItsEnd() {
        server.answer("/file", LocalServer.endless(403, 0, new AtomicInteger()));
        assertTimeoutPreemptively(SOON, () -> assertThat(download("/file")).isEqualTo(Answer.REFUSED));
    }

    @Test
    void abandonsABodyThatStalls() {
        server.answer("/file", server.stalled(200, "id\n1".getBytes(StandardCharsets.UTF_8)));
        assertStalls();
    }

    @Test
    void abandonsARequestWithoutAnAnswer() {
        server.answer("/file", exchange -> {
            try {
                Thread.sleep(Duration.ofMinutes(1).toMillis());
            } catch (InterruptedException serverCloses) {
                Thread.currentThread().interrupt();
            }
        });
        assertStalls();
    }

    @Test
    void failsOnACutBody() {
        server.answer("/file", LocalServer.cut("id\n1\n".getBytes(StandardCharsets.UTF_8), 1000));
        assertFails();
    }

    @Test
    void failsOnACutBodyOfUnknownLength() throws Exception {
        try (ServerSocket socket = new ServerSocket(0)) {
            Thread once = new Thread(() -> {
                try (Socket connection = socket.accept()) {
                    connection.getInputStream().read(new byte[4096]);
                    connection
                            .getOutputStream()
                            .write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nid\n1\n\r\n"
                                    .getBytes(StandardCharsets.US_ASCII));
                } catch (IOException e) {
                    // The client sees it too.
                }
            });
            once.start();
            try (StoreAndClose any = new StoreAndClose(store("relay.download.allowed-hosts", "127.0.0.1"))) {
                URI url = URI.create("http://127.0.0.1:" + socket.getLocalPort() + "/file" + SIGNED);
                Throwable failure = catchThrowable(() -> any.store().download(url(url), partial()));
                assertThat(failure).isInstanceOf(IOException.class);
                assertSilent(failure);
            }
            once.join();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 401, 403, 404, 410, 416})
    void reportsARefusal(int status) throws Exception {
        server.answer("/file", LocalServer.body(status, "application/xml", "<Error><Code>ExpiredToken</Code></Error>"));
        assertThat(download("/file")).isEqualTo(Answer.REFUSED);
        assertThat(target).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(ints = {206, 408, 425, 429, 500, 503})
    void failsOnATransientAnswer(int status) {
        server.answer("/file", LocalServer.body(status, "application/xml", "<Error/>"));
        assertThat(assertFails()).hasMessageContaining(Integer.toString(status));
    }

    @Test
    void failsWhereNoServerListens() {
        server.close();
        assertFails();
    }

    @Test
    void survivesMoreFailuresThanItHasConnections() throws Exception {
        server.answer("/large", LocalServer.endless(200, 0, new AtomicInteger()));
        server.answer("/refused", LocalServer.body(403, "application/xml", "<Error/>"));
        server.answer("/cut", LocalServer.cut(new byte[1], 10));
        server.answer("/file", LocalServer.body(200, "text/csv", "id\n"));
        assertTimeoutPreemptively(Duration.ofSeconds(30), () -> {
            for (int i = 0; i < 4; i++) {
                assertThat(catchThrowable(() -> download("/large"))).isInstanceOf(DeliveryException.class);
                assertThat(download("/refused")).isEqualTo(Answer.REFUSED);
                assertThat(catchThrowable(() -> download("/cut"))).isInstanceOf(IOException.class);
            }
            assertThat(download("/file")).isEqualTo(Answer.DOWNLOADED);
        });
    }

    private void assertTooLarge() {
        assertTimeoutPreemptively(SOON, () -> {
            Throwable failure = catchThrowable(() -> download("/file"));
            assertThat(failure)
                    .isInstanceOf(DeliveryException.class)
                    .hasMessageContaining("relay.download.max-size=65,536 bytes");
            assertThat(((DeliveryException) failure).action()).isEqualTo(FailureAction.PARK);
            assertSilent(failure);
        });
    }

    private void assertStalls() {
        assertTimeoutPreemptively(SOON, () -> {
            long start = System.nanoTime();
            Throwable failure = catchThrowable(() -> download("/file"));
            assertThat(failure).isInstanceOf(SocketTimeoutException.class);
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isBetween(Duration.ofMillis(900), Duration.ofSeconds(5));
            assertSilent(failure);
        });
    }

    private Throwable assertFails() {
        Throwable failure = catchThrowable(() -> download("/file"));
        assertThat(failure).isInstanceOf(IOException.class);
        assertSilent(failure);
        return failure;
    }

    private static void assertRefused(ThrowingCallable call, String named) {
        Throwable failure = catchThrowable(call);
        assertThat(failure).isInstanceOf(DeliveryException.class).hasMessageContaining(named);
        assertThat(((DeliveryException) failure).action()).isEqualTo(FailureAction.PARK);
        assertSilent(failure);
    }

    /** Neither its message nor those of its causes show the query. */
    private static void assertSilent(Throwable failure) {
        StringWriter trace = new StringWriter();
        failure.printStackTrace(new PrintWriter(trace));
        assertThat(trace.toString()).doesNotContain("s3cret").doesNotContain("X-Goog");
    }

    private Answer download(String path) throws BadContentException, DeliveryException, IOException {
        return store.download(url(server.url(path + SIGNED)), partial());
    }

    private static WebUrl url(URI url) {
        return WebUrl.of(url.toString());
    }

    private PartialFile partial() {
        return new PartialFile(TestFiles.listed(FILENAME, null), target);
    }

    private static StoreClient store(String... keysAndValues) {
        String[] all = Stream.concat(
                        Stream.of(
                                "relay.download.stall-timeout",
                                "1s",
                                "relay.download.max-size",
                                "64K",
                                "relay.download.parallel",
                                "2"),
                        Stream.of(keysAndValues))
                .toArray(String[]::new);
        RelaySettings settings = TestSettings.of(all);
        return new StoreClient(settings, new SizeLimits(settings), new HttpConnections(settings, Map.of()));
    }

    private record StoreAndClose(StoreClient store) implements AutoCloseable {

        @Override
        public void close() throws IOException {
            store.close();
        }
    }
}
