package org.exportrelay.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.exportrelay.api.HttpConnections;
import org.exportrelay.api.WebUrl;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.TestSettings;
import org.exportrelay.download.StoreClient.Answer;
import org.exportrelay.testing.ForwardProxy;
import org.exportrelay.testing.LocalServer;
import org.exportrelay.testing.PrivateCa;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A store that only a proxy can reach, with a certificate of a private CA. */
class StoreProxyTest {

    private static final WebUrl FILE = WebUrl.of("https://store.example.test/file?X-Goog-Signature=s3cret");

    @TempDir
    private Path directory;

    private LocalServer server;
    private ForwardProxy proxy;
    private StoreClient store;

    @BeforeEach
    void start() throws Exception {
        PrivateCa ca = PrivateCa.in(directory, "store.example.test", "other.example.test");
        server = new LocalServer(ca.serverContext());
        proxy = new ForwardProxy()
                .reaching("store.example.test", server.port())
                .reaching("other.example.test", server.port());
        RelaySettings settings = TestSettings.of(
                "relay.http-proxy",
                "http://127.0.0.1:" + proxy.port(),
                "relay.tls.truststore",
                ca.path("ca.pem"),
                "relay.download.allowed-hosts",
                "store.example.test,other.example.test");
        store = new StoreClient(settings, new SizeLimits(settings), new HttpConnections(settings, Map.of()));
    }

    @AfterEach
    void stop() throws IOException {
        store.close();
        proxy.close();
        server.close();
    }

    @Test
    void downloadsThroughTheProxyAlsoAfterARedirect() throws Exception {
        server.answer("/file", LocalServer.redirect(302, "https://other.example.test/moved"));
        server.answer("/moved", LocalServer.body(200, "text/csv", "id\n"));
        assertThat(download()).isEqualTo(Answer.DOWNLOADED);
        assertThat(directory.resolve("1.part")).hasContent("id\n");
        assertThat(proxy.requests())
                .containsExactly("CONNECT store.example.test:443", "CONNECT other.example.test:443");
    }

    @ParameterizedTest
    @ValueSource(ints = {403, 404, 407})
    void takesNoRefusalOfTheProxyForThatOfAnEndedUrl(int status) {
        proxy.refusingWith(status);
        assertThatThrownBy(this::download)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("refuses a connection to store.example.test:443 with " + status)
                .hasMessageNotContaining("s3cret");
    }

    private Answer download() throws Exception {
        return store.download(
                FILE, new PartialFile(TestFiles.listed("file.csv.gz", null), directory.resolve("1.part")));
    }
}
