package org.exportrelay.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.core5.util.Timeout;
import org.exportrelay.config.Proxy;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.TestSettings;
import org.exportrelay.config.TrustedCertificates;
import org.exportrelay.testing.ForwardProxy;
import org.exportrelay.testing.LocalServer;
import org.exportrelay.testing.PrivateCa;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The API's client towards a server that only a proxy can reach, and that only a private CA vouches for. */
@ResourceLock(Resources.SYSTEM_PROPERTIES)
class HttpConnectionsTest {

    private static final String HOST = "api.example.test";
    private static final String CONNECT = "CONNECT api.example.test:443";
    private static final String PATH = "/v1/exports/e1";

    @TempDir
    private static Path directory;

    private static PrivateCa ca;
    private static LocalServer server;

    private final ForwardProxy proxy = new ForwardProxy().reaching(HOST, server.port());
    private final Map<String, String> environment = new HashMap<>();
    private final Map<String, String> settings = new HashMap<>(Map.of(
            "relay.api.url",
            "https://" + HOST,
            "relay.api.key",
            "dm_sk_live_x",
            "relay.api.timeout",
            "2s",
            "relay.tls.truststore",
            ca.path("ca.pem")));

    @BeforeAll
    static void startServer() throws Exception {
        ca = PrivateCa.in(directory, HOST, "proxy.example.test", "localhost");
        server = new LocalServer(ca.serverContext());
        server.answer(
                PATH,
                LocalServer.body(
                        200, "application/json", "{\"data\": {\"export_id\": \"e1\", \"status\": \"completed\"}}"));
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    @AfterEach
    void stopProxy() throws IOException {
        proxy.close();
    }

    @Test
    void goesThroughTheProxyOfTheSetting() throws Exception {
        settings.put("relay.http-proxy", "http://127.0.0.1:" + proxy.port());
        call();
        assertThat(proxy.requests()).containsExactly(CONNECT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTPS_PROXY", "https_proxy"})
    void goesThroughTheProxyOfTheEnvironment(String variable) throws Exception {
        environment.put(variable, "127.0.0.1:" + proxy.port());
        call();
        assertThat(proxy.requests()).containsExactly(CONNECT);
    }

    @Test
    void goesThroughTheProxyOfTheJvm() throws Exception {
        environment.put("HTTPS_PROXY", "http://127.0.0.1:1");
        withJvmProxy(() -> {
            call();
            assertThat(proxy.requests()).containsExactly(CONNECT);
        });
    }

    @Test
    void prefersItsOwnSettingToWhatOtherProgramsUse() throws Exception {
        settings.put("relay.http-proxy", "http://127.0.0.1:" + proxy.port());
        environment.put("HTTPS_PROXY", "http://127.0.0.1:1");
        call();
        assertThat(proxy.requests()).containsExactly(CONNECT);
    }

    @Test
    void keepsTheConnectionThroughTheProxyOpen() throws Exception {
        settings.put("relay.http-proxy", "http://127.0.0.1:" + proxy.port());
        try (RelayApi api = api()) {
            for (int i = 0; i < 3; i++) {
                api.exports().export("e1");
            }
        }
        assertThat(proxy.requests()).containsExactly(CONNECT);
    }

    @ParameterizedTest
    @CsvSource({"relay, s3cret-word", "relay, p@ss:w/rd +%", "DOMAIN\\relay, s3cret-word"})
    void logsInToTheProxyAndToNoOtherServer(String username, String password) throws Exception {
        proxy.withLogin(username, password);
        settings.put(
                "relay.http-proxy",
                "http://%s:%s@127.0.0.1:%d".formatted(encoded(username), encoded(password), proxy.port()));
        int before = server.requests().size();
        call();
        assertThat(proxy.requests()).containsExactly(CONNECT);
        assertThat(server.requests().subList(before, server.requests().size()))
                .singleElement()
                .satisfies(request -> assertThat(request.headers()).doesNotContainKey("Proxy-authorization"));
    }

    @Test
    void reachesAProxyOverTls() throws Exception {
        try (ForwardProxy secured = new ForwardProxy(ca.serverContext()).reaching(HOST, server.port())) {
            settings.put("relay.http-proxy", "https://localhost:" + secured.port());
            call();
            assertThat(secured.requests()).containsExactly(CONNECT);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "403, ask its operator to allow that host",
        "404, ask its operator to allow that host",
        "407, check USER:PASSWORD@ in relay.http-proxy"
    })
    void takesNoAnswerOfTheProxyForTheApis(int status, String action) {
        proxy.refusingWith(status);
        settings.put("relay.http-proxy", "http://relay:s3cret-word@127.0.0.1:" + proxy.port());
        ApiException failure = failure();
        assertThat(failure.kind()).isEqualTo(ApiException.Kind.UNAVAILABLE);
        assertThat(failure)
                .hasMessageContaining("the proxy http://127.0.0.1:" + proxy.port() + " refuses a connection to " + HOST
                        + ":443 with " + status)
                .hasMessageContaining(action)
                .hasMessageNotContaining("s3cret");
    }

    @ParameterizedTest
    @CsvSource({"p12", "jks"})
    void trustsTheCertificatesOfATruststoreToo(String type) throws Exception {
        settings.put("relay.http-proxy", "http://127.0.0.1:" + proxy.port());
        settings.put("relay.tls.truststore", ca.path("trust." + type));
        settings.put("relay.tls.truststore-password", PrivateCa.PASSWORD);
        call();
        assertThat(proxy.requests()).containsExactly(CONNECT);
    }

    @Test
    void stillTrustsTheCertificatesThatTheJvmTrusts() throws Exception {
        RelaySettings.Tls tls =
                TestSettings.of("relay.tls.truststore", ca.path("ca.pem")).tls();
        X509TrustManager trusted =
                (X509TrustManager) TrustedCertificates.trustManagers(tls, Path.of(ca.path("ca.pem")))[0];
        TrustManagerFactory jvm = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        jvm.init((KeyStore) null);
        List<X509Certificate> issuers = List.of(((X509TrustManager) jvm.getTrustManagers()[0]).getAcceptedIssuers());
        assertThat(trusted.getAcceptedIssuers()).containsAll(issuers).hasSize(issuers.size() + 1);
    }

    @Test
    void trustsNoPrivateCaUnlessTold() throws Exception {
        settings.put("relay.http-proxy", "http://127.0.0.1:" + proxy.port());
        settings.remove("relay.tls.truststore");
        HttpClientBuilder builder = HttpClientBuilder.create();
        new HttpConnections(relaySettings(), environment).applyTo(builder, Timeout.ofSeconds(2));
        try (CloseableHttpClient client = builder.build()) {
            assertThatThrownBy(() -> client.execute(new HttpGet("https://" + HOST + PATH), response -> null))
                    .hasMessageContaining("PKIX path building failed")
                    .satisfies(failure -> assertThat(TrustedCertificates.hint(new IOException(failure)))
                            .contains("put its CA into relay.tls.truststore"));
            assertThat(TrustedCertificates.hint(new IOException("reset"))).isEmpty();
        }
    }

    @Test
    void reachesALoopbackAddressWithoutTheProxy() {
        settings.put("relay.http-proxy", "http://127.0.0.1:" + proxy.port());
        environment.put("HTTPS_PROXY", "http://127.0.0.1:" + proxy.port());
        HttpConnections connections = new HttpConnections(relaySettings(), environment);
        for (String url : List.of("http://127.0.0.1:8080", "https://localhost", "http://[::1]:8080")) {
            assertThat(connections.proxyTo(URI.create(url))).as(url).isEmpty();
        }
        assertThat(connections.proxyTo(URI.create("https://storage.googleapis.com/x")))
                .map(Proxy::port)
                .contains(proxy.port());
    }

    @Test
    void connectsWithoutSendingTheServerAnything() throws Exception {
        settings.put("relay.http-proxy", "http://127.0.0.1:" + proxy.port());
        int before = server.requests().size();
        HttpConnections connections = new HttpConnections(relaySettings(), environment);
        connections.connect(URI.create("https://" + HOST + PATH), Duration.ofSeconds(2));
        assertThat(proxy.requests()).containsExactly(CONNECT);
        assertThat(server.requests()).hasSize(before);
        assertThatThrownBy(() -> connections.connect(URI.create("https://wrong.example.test"), Duration.ofSeconds(2)))
                .hasMessageContaining("refuses a connection to wrong.example.test:443 with 502");
        assertThatThrownBy(() -> connections.connect(URI.create("http://127.0.0.1:1"), Duration.ofSeconds(2)))
                .isInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http", "https"})
    void namesTheProxyThatCannotBeReached(String proxyScheme) {
        settings.put("relay.http-proxy", proxyScheme + "://127.0.0.1:1");
        HttpConnections connections = new HttpConnections(relaySettings(), environment);
        assertThatThrownBy(() -> connections.connect(URI.create("https://" + HOST), Duration.ofSeconds(1)))
                .hasMessageContaining("connecting to " + HOST)
                .hasMessageContaining("through the proxy " + proxyScheme + "://127.0.0.1:1 failed (")
                .hasMessageEndingWith("); check relay.http-proxy or the variable that names the proxy");
    }

    /** Not after the three minutes that are HttpClient's default. */
    @org.junit.jupiter.api.Timeout(30)
    @ParameterizedTest
    @ValueSource(strings = {"", "http", "https"})
    void waitsForNoTlsHandshakeAndForNoProxyLongerThanTheTimeout(String proxyScheme) throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            String authority = "localhost:" + silent.getLocalPort();
            settings.put("relay.api.timeout", "1s");
            if (proxyScheme.isEmpty()) {
                settings.put("relay.api.url", "https://" + authority);
            } else {
                settings.put("relay.http-proxy", proxyScheme + "://" + authority);
            }
            RelaySettings configured = relaySettings();
            HttpConnections connections = new HttpConnections(configured, environment);
            assertThatThrownBy(() -> connections.connect(configured.api().url(), Duration.ofSeconds(1)))
                    .hasMessageContaining("Read timed out")
                    .hasMessageContaining(
                            proxyScheme.isEmpty() ? "" : "through the proxy " + proxyScheme + "://" + authority);
            HttpClientBuilder builder = HttpClientBuilder.create();
            connections.applyTo(builder.disableAutomaticRetries(), Timeout.ofSeconds(1));
            try (CloseableHttpClient client = builder.build()) {
                assertThatThrownBy(() ->
                                client.execute(new HttpGet(configured.api().url()), response -> null))
                        .hasMessageContaining("Read timed out");
            }
        }
    }

    private void call() throws Exception {
        try (RelayApi api = api()) {
            assertThat(api.exports().export("e1").exportId()).isEqualTo("e1");
        }
    }

    private ApiException failure() {
        ApiClock clock = new ApiClock();
        try (RelayApi api = new RelayApi(relaySettings(), clock, environment)) {
            ApiException failure =
                    catchThrowableOfType(ApiException.class, () -> api.exports().export("e1"));
            assertThat(failure).isNotNull();
            assertThat(clock.instant()).isBefore(Instant.now().plusSeconds(60));
            return failure;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private RelayApi api() {
        return new RelayApi(relaySettings(), new ApiClock(), environment);
    }

    private RelaySettings relaySettings() {
        return TestSettings.of(settings.entrySet().stream()
                .flatMap(entry -> Stream.of(entry.getKey(), entry.getValue()))
                .toArray(String[]::new));
    }

    private void withJvmProxy(ThrowingRunnable work) throws Exception {
        System.setProperty("https.proxyHost", "127.0.0.1");
        System.setProperty("https.proxyPort", Integer.toString(proxy.port()));
        try {
            work.run();
        } finally {
            System.clearProperty("https.proxyHost");
            System.clearProperty("https.proxyPort");
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** Work of a test. */
    private interface ThrowingRunnable {
        void run() throws Exception;
    }
}
