package org.exportrelay.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.exportrelay.api.HttpConnections;
import org.exportrelay.api.WebUrl;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.TestSettings;
import org.exportrelay.download.StoreClient.Answer;
import org.exportrelay.testing.LocalServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** When a half-downloaded file may be continued, and when it must not. */
class ResumeTest {

    private static final String ETAG = "\"v1\"";
    private static final byte[] CONTENT = bytes(1, 300_000);
    private static final int HALF = 150_000;

    private final LocalServer server = new LocalServer();
    private final StoredObject object = new StoredObject(CONTENT, ETAG).cutting(1, HALF);

    @TempDir
    private Path directory;

    private PartialFile partial;
    private StoreClient store;

    @BeforeEach
    void openStore() {
        RelaySettings settings =
                TestSettings.of("relay.download.allowed-hosts", server.authority(), "relay.download.max-size", "1M");
        store = new StoreClient(settings, new SizeLimits(settings), new HttpConnections(settings, Map.of()));
        partial = new PartialFile(TestFiles.listed("a.csv.gz", (long) CONTENT.length), directory.resolve("7.part"));
        server.answer("/file", object);
    }

    @AfterEach
    void closeStore() throws IOException {
        store.close();
        server.close();
    }

    @Test
    void asksForTheMissingBytesOnlyAndAppendsThem() throws Exception {
        assertCut();
        assertThat(download()).isEqualTo(Answer.DOWNLOADED);
        assertThat(object.ranges()).containsExactly("all", "bytes=" + HALF + "-");
        assertThat(server.requests().get(1).headers().getFirst("If-Range")).isEqualTo(ETAG);
        assertThat(server.requests().get(1).headers().getFirst("Accept-Encoding"))
                .isEqualTo(server.requests().get(0).headers().getFirst("Accept-Encoding"));
        assertThat(partial.path()).hasBinaryContent(CONTENT);
        assertThat(partial.isComplete()).isTrue();
    }

    @Test
    void resumesAlsoBehindARedirect() throws Exception {
        assertCut();
        server.answer("/moved", LocalServer.redirect(302, "/file"));
        assertThat(store.download(url("/moved"), partial)).isEqualTo(Answer.DOWNLOADED);
        assertThat(partial.path()).hasBinaryContent(CONTENT);
    }

    @Test
    void startsAfreshWhereTheObjectHasChanged() throws Exception {
        assertCut();
        byte[] other = bytes(2, CONTENT.length);
        object.replace(other, "\"v2\"");
        assertThat(download()).isEqualTo(Answer.DOWNLOADED);
        assertThat(object.ranges()).containsExactly("all", "bytes=" + HALF + "-");
        assertThat(partial.path()).hasBinaryContent(other);
    }

    @Test
    void startsAfreshWhereTheObjectHasBecomeShorterThanThePart() throws Exception {
        assertCut();
        server.answer(
                "/file",
                exchange -> {
                    exchange.getResponseHeaders().set("Content-Range", "bytes */10");
                    exchange.sendResponseHeaders(416, -1);
                },
                LocalServer.body(200, "application/gzip", new byte[10]));
        assertThat(download()).isEqualTo(Answer.DOWNLOADED);
        assertThat(partial.path()).hasSize(10);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "none",
            textBlock =
                    """
                    another first byte  | bytes 149999-299999/300000 | "v1"
                    another length      | bytes 150000-299999/300001 | "v1"
                    not to the end      | bytes 150000-200000/300000 | "v1"
                    unknown length      | bytes 150000-299999/*      | "v1"
                    another object      | bytes 150000-299999/300000 | "v2"
                    a weak validator    | bytes 150000-299999/300000 | W/"v1"
                    no validator        | bytes 150000-299999/300000 | none
                    no range            | none                       | "v1"
                    nonsense            | bytes x                    | "v1"
                    """)
    void appendsNothingThatIsNotProvenToContinueThePart(String what, String range, String etag) throws Exception {
        assertCut();
        HttpHandler lying = exchange -> {
            if (range != null) {
                exchange.getResponseHeaders().set("Content-Range", range);
            }
            if (etag != null) {
                exchange.getResponseHeaders().set("ETag", etag);
            }
            exchange.sendResponseHeaders(206, HALF);
            exchange.getResponseBody().write(new byte[HALF]);
        };
        server.answer("/file", lying, object);
        assertThat(download()).as(what).isEqualTo(Answer.DOWNLOADED);
        assertThat(object.ranges()).endsWith("all");
        assertThat(partial.path()).hasBinaryContent(CONTENT);
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = "W/\"v1\"")
    void startsAfreshWhereNothingProvesThatItIsTheSameObject(String etag) throws Exception {
        object.replace(CONTENT, etag);
        assertCut();
        assertThat(partial.isResumable()).isFalse();
        assertThat(download()).isEqualTo(Answer.DOWNLOADED);
        assertThat(object.ranges()).containsExactly("all", "all");
        assertThat(partial.path()).hasBinaryContent(CONTENT);
    }

    @ParameterizedTest
    @CsvSource({"'Tue, 17 Feb 2026 15:30:00 GMT', true", "'Fri, 01 Jan 2100 00:00:00 GMT', false", "yesterday, false"})
    void acceptsTheDateOfTheLastChangeAsProofIfItIsWellPast(String changed, boolean proof) throws Exception {
        server.answer("/file", exchange -> {
            exchange.getResponseHeaders().set("Last-Modified", changed);
            LocalServer.cut(new byte[HALF], CONTENT.length).handle(exchange);
        });
        assertCut();
        assertThat(partial.isResumable()).isEqualTo(proof);
        assertThat(partial.validator()).isEqualTo(proof ? changed : null);
    }

    @Test
    void keepsThePartWhenAFailureAddsNothing() throws Exception {
        assertCut();
        server.answer("/file", LocalServer.body(503, "text/plain", "busy"), object);
        assertThat(catchThrowable(this::download)).hasMessage("the store answered 503");
        assertThat(partial.bytes()).isEqualTo(HALF);
        assertThat(download()).isEqualTo(Answer.DOWNLOADED);
        assertThat(object.ranges()).containsExactly("all", "bytes=" + HALF + "-");
    }

    @ParameterizedTest
    @CsvSource({
        "120, the store answered 429 and asked to retry after 2m",
        "7, the store answered 429 and asked to retry after 7s",
        "soon, the store answered 429"
    })
    void namesTheWaitThatTheStoreAskedFor(String retryAfter, String message) {
        server.answer("/file", exchange -> {
            exchange.getResponseHeaders().set("Retry-After", retryAfter);
            exchange.sendResponseHeaders(429, -1);
        });
        assertThat(catchThrowable(this::download))
                .isInstanceOf(IOException.class)
                .hasMessage(message);
    }

    @Test
    void stopsAPartThatGrowsBeyondWhatIsListed() {
        PartialFile listedSmaller = new PartialFile(TestFiles.listed("a.csv.gz", 1000L), directory.resolve("8.part"));
        server.answer("/file", LocalServer.body(200, "application/gzip", CONTENT));
        assertThat(catchThrowable(() -> store.download(url("/file"), listedSmaller)))
                .isInstanceOf(BadContentException.class)
                .hasMessage("a.csv.gz has more bytes than the 1,000 that the API listed");
        assertThat(listedSmaller.path()).doesNotExist();
    }

    private void assertCut() throws IOException {
        assertThat(catchThrowable(this::download)).isInstanceOf(IOException.class);
        assertThat(partial.bytes()).isEqualTo(HALF);
        assertThat(partial.isComplete()).isFalse();
    }

    private Answer download() throws Exception {
        return store.download(url("/file?X-Goog-Signature=s3cret"), partial);
    }

    private WebUrl url(String path) {
        return WebUrl.of(server.url(path).toString());
    }

    private static byte[] bytes(long seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }
}
