package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxExport;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.ForwardProxy;
import org.exportrelay.testing.LocalServer;
import org.exportrelay.testing.PrivateCa;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.exportrelay.testing.S3Server;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * The packaged jar behind a proxy that asks for a login. The API, its store, a webhook and one S3 store have certificates
 * of a private CA, another S3 store has no TLS. The names of all of them lead to a port of this machine where a direct
 * connection would be noticed; the proxy alone knows where the servers are.
 */
class ProxyIT {

    private static final String API = "api.example.test";
    private static final String STORE = "store.example.test";
    private static final String HOOK = "hook.example.test";
    private static final String S3 = "s3.example.test";
    private static final List<String> HOSTS = List.of(API, STORE, HOOK, S3);
    private static final String USERNAME = "CORP\\relay";
    private static final String PASSWORD = "pr0xy@s3cret:w/rd+%";
    private static final String WRONG_PASSWORD = "wr0ng-s3cret";
    private static final String WEBHOOK_SECRET = "whsec_czNjcmV0LTAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5";

    @TempDir
    private static Path shared;

    private static PrivateCa ca;
    private static S3Server s3;

    @TempDir
    private Path directory;

    private final HttpClient http = HttpClient.newHttpClient();
    private ServerSocket direct;
    private Sandbox sandbox;
    private LocalServer api;
    private LocalServer store;
    private LocalServer hook;
    private ForwardProxy proxy;
    private SandboxExport export;

    @BeforeAll
    static void startStore() throws Exception {
        ca = PrivateCa.in(shared, HOSTS.toArray(String[]::new));
        s3 = S3Server.start(shared);
    }

    @AfterAll
    static void stopStore() throws Exception {
        s3.close();
    }

    @BeforeEach
    void start() throws Exception {
        direct = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        sandbox = Sandbox.start(SandboxOptions.defaults().withExports(0).withArrivalPeriod(Duration.ZERO));
        export = sandbox.addFinished("people_export", new SandboxFile("people.csv.gz", 100));
        api = new LocalServer(ca.serverContext());
        api.answer("/", exchange -> pass(exchange, sandbox.apiUrl()));
        store = new LocalServer(ca.serverContext());
        store.answer("/", exchange -> pass(exchange, sandbox.storeUrl()));
        hook = new LocalServer(ca.serverContext());
        hook.answer("/hook", LocalServer.body(204, "text/plain", ""));
        proxy = new ForwardProxy()
                .reaching(API, api.port())
                .reaching(STORE, store.port())
                .reaching(HOOK, hook.port())
                .reaching(S3, s3.port())
                .withLogin(USERNAME, PASSWORD);
    }

    @AfterEach
    void stop() throws Exception {
        proxy.close();
        hook.close();
        store.close();
        api.close();
        sandbox.close();
        direct.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"RELAY_HTTP_PROXY", "HTTPS_PROXY,HTTP_PROXY"})
    void everyConnectionOfCheckAndOnceGoesThroughTheProxy(String variables) throws Exception {
        RelayChild relay = relay();
        List.of(variables.split(",")).forEach(variable -> relay.with(variable, proxyWith(PASSWORD)));
        Ended checked = relay.run("check");
        assertThat(checked.exitCode()).as(checked.out() + checked.err()).isZero();
        assertThat(checked.out())
                .contains("ok    exports:archive")
                .containsPattern("ok    exports:webhook -> http.*: connected to .*; nothing was sent")
                .contains("ok    exports:s3 -> s3:exports: wrote and removed");
        assertThat(hook.requests()).isEmpty();

        Ended ended = relay.run("once");
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        byte[] content = sandbox.content(export.id(), 0);
        assertThat(relay.archived()).singleElement().satisfies(file -> assertThat(file)
                .hasBinaryContent(content));
        assertThat(hook.requests()).singleElement().satisfies(request -> assertThat(
                        new String(request.body(), StandardCharsets.UTF_8))
                .contains("https://" + STORE));
        try (S3Client client = s3.client()) {
            assertThat(client.getObjectAsBytes(
                                    request -> request.bucket(S3Server.BUCKET).key(export.id()))
                            .asByteArray())
                    .isEqualTo(content);
        }
        assertThat(proxy.requests())
                .contains(connect(API), connect(STORE), connect(HOOK))
                .anyMatch(request -> request.startsWith("PUT http://" + S3 + ":"));
        assertNoDirectConnection();
        assertNoLoginAtAServer();
        assertNoSecret(PASSWORD);
    }

    @Test
    void anS3StoreWithAPrivateCertificateIsReachedThroughATunnel() throws Exception {
        try (LocalServer secured = new LocalServer(ca.serverContext())) {
            secured.answer("/", exchange -> {
                exchange.getResponseHeaders().set("ETag", "\"0\"");
                exchange.sendResponseHeaders(403, -1);
            });
            proxy.reaching(S3, secured.port());
            Ended checked = relay().with("relay.http-proxy", proxyWith(PASSWORD))
                    .with("s3.endpoint", url("https", S3, ""))
                    .run("check");
            assertThat(checked.exitCode()).isEqualTo(1);
            assertThat(checked.out())
                    .contains("FAIL  exports:s3 -> s3:exports: ")
                    .contains("403");
            assertThat(secured.requests()).isNotEmpty();
            assertThat(proxy.requests()).contains(connect(S3));
            assertNoDirectConnection();
            assertNoSecret(PASSWORD);
        }
    }

    @Test
    void aRefusedLoginIsReportedByEveryCommandAndNoWayAroundIsTried() throws Exception {
        RelayChild relay = relay().with("relay.http-proxy", proxyWith(WRONG_PASSWORD));
        for (String command : List.of("check", "once")) {
            Ended ended = relay.run(command);
            assertThat(ended.exitCode()).as(ended.out() + ended.err()).isEqualTo(3);
            assertThat(ended.out() + ended.err())
                    .contains("the proxy http://127.0.0.1:" + proxy.port() + " refuses a connection to " + API + ":"
                            + direct.getLocalPort() + " with 407; check USER:PASSWORD@ in relay.http-proxy");
        }
        assertThat(proxy.requests()).isEmpty();
        assertThat(api.requests()).isEmpty();
        assertNoDirectConnection();
        assertNoSecret(WRONG_PASSWORD);
    }

    @Test
    void aServerOfNoProxyIsReachedDirectlyAndTheOthersAreNot() throws Exception {
        Ended ended = relay().with("relay.http-proxy", proxyWith(PASSWORD))
                .with("no.proxy", HOOK)
                .with("relay.delivery.max-attempts", 1)
                .run("once", "--wait", "1s");
        assertThat(ended.exitCode()).as(ended.err()).isEqualTo(1);
        assertThat(ended.err())
                .contains("exports:s3: delivered", "exports:webhook: down:")
                .doesNotContain("exports:webhook: delivered");
        assertThat(proxy.requests()).contains(connect(API), connect(STORE)).doesNotContain(connect(HOOK));
        direct.setSoTimeout(100);
        direct.accept().close();
    }

    private RelayChild relay() throws IOException {
        Path hosts = directory.resolve("hosts");
        Files.writeString(hosts, "127.0.0.1 localhost " + String.join(" ", HOSTS) + "\n");
        return RelayChild.in(directory.resolve("relay"))
                .withJava("-Djdk.net.hosts.file=" + hosts)
                .withExample("deliver-to-webhook")
                .withExample("deliver-to-s3")
                .with("relay.api.url", url("https", API, ""))
                .with("relay.api.key", sandbox.key())
                .with("relay.api.timeout", "5s")
                .with("relay.download.allowed-hosts", STORE + ":" + direct.getLocalPort())
                .with("relay.tls.truststore", ca.path("ca.pem"))
                .with("relay.delivery.retry-delay", "200ms")
                .with("quarkus.log.category.\"org.exportrelay\".level", "DEBUG")
                .with("webhook.url", url("https", HOOK, "/hook"))
                .with("webhook.secret", WEBHOOK_SECRET)
                .with("webhook.timeout", "5s")
                .with("s3.bucket", S3Server.BUCKET)
                .with("s3.region", "us-east-1")
                .with("s3.endpoint", url("http", S3, ""))
                .with("s3.access-key", S3Server.ACCESS_KEY)
                .with("s3.secret-key", S3Server.SECRET_KEY)
                .with("s3.key", "$simple{header.ExportId}")
                .with("s3.part-size", "5M");
    }

    /** Behind the proxy is the simulated API, with a store of another name. */
    private void pass(HttpExchange exchange, URI server) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                URI.create(server + exchange.getRequestURI().toString()));
        for (String header : List.of("Authorization", "Accept-Encoding", "Range", "If-Match", "If-Range")) {
            if (exchange.getRequestHeaders().containsKey(header)) {
                request.header(header, exchange.getRequestHeaders().getFirst(header));
            }
        }
        try {
            HttpResponse<byte[]> response = http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
            boolean isJson =
                    response.headers().firstValue("Content-Type").orElse("").contains("json");
            byte[] body = isJson ? renamed(response.body()) : response.body();
            response.headers().map().forEach((name, values) -> {
                if (!name.equalsIgnoreCase("Content-Length") && !name.equalsIgnoreCase("Transfer-Encoding")) {
                    values.forEach(value -> exchange.getResponseHeaders().add(name, value));
                }
            });
            exchange.sendResponseHeaders(response.statusCode(), body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private byte[] renamed(byte[] json) {
        return new String(json, StandardCharsets.UTF_8)
                .replace(sandbox.storeUrl().toString(), url("https", STORE, ""))
                .getBytes(StandardCharsets.UTF_8);
    }

    private String proxyWith(String password) {
        return "http://" + encoded(USERNAME) + ":" + encoded(password) + "@127.0.0.1:" + proxy.port();
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private String url(String scheme, String host, String path) {
        return scheme + "://" + host + ":" + direct.getLocalPort() + path;
    }

    private String connect(String host) {
        return "CONNECT " + host + ":" + direct.getLocalPort();
    }

    private void assertNoDirectConnection() throws IOException {
        direct.setSoTimeout(100);
        try {
            direct.accept().close();
        } catch (SocketTimeoutException asIntended) {
            return;
        }
        throw new AssertionError("a connection did not go through the proxy");
    }

    private void assertNoLoginAtAServer() {
        for (LocalServer server : List.of(api, store, hook)) {
            assertThat(server.requests()).isNotEmpty().allSatisfy(request -> assertThat(request.headers())
                    .doesNotContainKey("Proxy-authorization"));
        }
    }

    /** Neither plain nor as it stands in the URL, in no file that the relay has written. */
    private void assertNoSecret(String password) throws IOException {
        String login = USERNAME + ":" + password;
        String inHeader = Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8));
        List<String> secrets =
                List.of(password, encoded(password), inHeader, sandbox.key(), WEBHOOK_SECRET, S3Server.SECRET_KEY);
        try (Stream<Path> files = Files.walk(directory.resolve("relay"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String text = Files.readString(file, StandardCharsets.ISO_8859_1);
                assertThat(secrets).as(file.toString()).noneMatch(text::contains);
            }
        }
    }
}
