package org.exportrelay.destinations.azure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.sun.net.httpserver.HttpHandler;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.exportrelay.api.HttpConnections;
import org.exportrelay.config.TestSettings;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.destinations.FailureTable;
import org.exportrelay.testing.LocalServer;
import org.exportrelay.testing.TcpGate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The client of {@code deliver-to-azure-blob}, with a server that gives the answers that Azure documents. */
class BlobFailuresTest {

    private static final String CONTENT = "id\n1\n";

    @TempDir
    private Path directory;

    private final LocalServer store = new LocalServer();

    @AfterEach
    void stop() {
        store.close();
    }

    @TestFactory
    Stream<DynamicTest> everyRowOfTheTableHolds() {
        return FailureTable.of("Azure Blob Storage")
                .row(
                        "Azure cannot be reached, or does not respond in time.",
                        () -> put("http://127.0.0.1:" + TcpGate.freePort() + "/account"),
                        () -> put("http://no-such-host.invalid"))
                .row(
                        "There is no such container, or it is being deleted.",
                        () -> answered(404, "ContainerNotFound"),
                        () -> answered(409, "ContainerBeingDeleted"))
                .row(
                        "Azure refuses the key, the token or the access.",
                        () -> answered(403, "AuthenticationFailed"),
                        () -> answered(403, "AuthorizationFailure"),
                        () -> answered(403, "AuthorizationPermissionMismatch"),
                        () -> answered(401, "InvalidAuthenticationInfo"),
                        () -> answered(403, "AccountIsDisabled"))
                .row(
                        "Azure answers 429 or 5xx, such as `ServerBusy`.",
                        () -> answered(429, "TooManyRequests"),
                        () -> answered(500, "OperationTimedOut"),
                        () -> answered(503, "ServerBusy"))
                .row(
                        "Azure refuses the name or the metadata: `InvalidResourceName`, `InvalidUri`.",
                        () -> answered(400, "InvalidResourceName"),
                        () -> answered(400, "InvalidUri"),
                        () -> answered(400, "MetadataTooLarge"))
                .row(
                        "The blob is too large: `RequestBodyTooLarge`, 413.",
                        () -> answered(413, "RequestBodyTooLarge"),
                        () -> store(LocalServer.body(413, "text/html", "too large")))
                .row(
                        "The blob that is there cannot be replaced: `BlobImmutableDueToPolicy`, `InvalidBlobType`.",
                        () -> answered(409, "BlobImmutableDueToPolicy"),
                        () -> answered(409, "InvalidBlobType"))
                .row("The blob that is there is in use: `LeaseIdMissing`.", () -> answered(412, "LeaseIdMissing"))
                .row("Azure received other content than was sent: `Md5Mismatch`.", () -> answered(400, "Md5Mismatch"))
                .row(
                        "The blob is not what was sent: wrong size, wrong checksum, missing.",
                        () -> stored(LocalServer.body(200, "application/gzip", "")),
                        () -> stored(exchange -> {
                            exchange.getResponseHeaders().set("x-ms-error-code", "BlobNotFound");
                            LocalServer.body(404, "application/xml", "").handle(exchange);
                        }))
                .tests();
    }

    @Test
    void honoursRetryAfter() {
        Throwable thrown = catchThrowable(() -> store(exchange -> {
            exchange.getResponseHeaders().set("Retry-After", "7");
            error(503, "ServerBusy").handle(exchange);
        }));
        assertThat(FailureTable.classify(thrown).retryAfter()).contains(Duration.ofSeconds(7));
    }

    @Test
    void sendsTheChecksumOfWhatItSends() throws Exception {
        catchThrowable(() -> answered(400, "Md5Mismatch"));
        LocalServer.Request request = store.requests().get(0);
        assertThat(request.headers().getFirst("Content-MD5"))
                .isEqualTo(Base64.getEncoder()
                        .encodeToString(MessageDigest.getInstance("MD5").digest(CONTENT.getBytes())));
        assertThat(request.body()).asString().isEqualTo(CONTENT);
    }

    @Test
    void givesTheCodeAndNothingOfTheRequest() {
        DeliveryException failure = FailureTable.classify(catchThrowable(() -> answered(403, "AuthenticationFailed")));
        assertThat(failure).hasMessage("Azure answered 403 AuthenticationFailed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Exports", "ex", "ex--ports", "-exports", "exports/raw"})
    void refusesANameThatNoContainerHas(String name) {
        assertThat(catchThrowable(() -> new BlobContainer().setName(name)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + name + "' is no name of a container");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1K", "4001M", "5G"})
    void refusesABlockSizeThatAzureRefuses(String size) {
        assertThat(catchThrowable(() -> new BlobContainer().setBlockSize(size)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("write 1M to 4000M");
    }

    @Test
    void knowsAPlaceByItsAccountOrItsServer() {
        BlobContainer container = new BlobContainer();
        container.setAccount("account");
        container.setName("exports");
        assertThat(container.location("raw/a")).isEqualTo("azure-storage-blob://account/exports/raw/a");
        container.setEndpoint("https://Storage.example/");
        assertThat(container.location("raw/a")).isEqualTo("azure-storage-blob://storage.example:443/exports/raw/a");
        container.setEndpoint("http://127.0.0.1:10000/account");
        assertThat(container.location("a")).isEqualTo("azure-storage-blob://127.0.0.1:10000/account/exports/a");
    }

    private void answered(int status, String code) throws Exception {
        store(error(status, code));
    }

    private static HttpHandler error(int status, String code) {
        return exchange -> {
            exchange.getResponseHeaders().set("x-ms-error-code", code);
            LocalServer.body(
                            status,
                            "application/xml",
                            "\uFEFF<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>" + code
                                    + "</Code><Message>no</Message></Error>")
                    .handle(exchange);
        };
    }

    private void store(HttpHandler put) throws Exception {
        store.answer("/account/exports", put);
        put(store.url("/account").toString());
    }

    /** Accepts the blob and answers so to the question what it is. */
    private void stored(HttpHandler head) throws Exception {
        HttpHandler accepted = LocalServer.body(201, "application/xml", "");
        store(exchange -> (exchange.getRequestMethod().equals("HEAD") ? head : accepted).handle(exchange));
    }

    private void put(String endpoint) throws Exception {
        Path file = Files.writeString(directory.resolve("export.csv"), CONTENT);
        String sha256 =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        try (DefaultCamelContext context = new DefaultCamelContext();
                BlobContainer container = new BlobContainer()) {
            context.getRegistry().bind("connections", new HttpConnections(TestSettings.of(), Map.of()));
            container.setCamelContext(context);
            container.setAccount("account");
            container.setName("exports");
            container.setEndpoint(endpoint);
            container.setAccessKey("a2V5");
            container.setBlockSize("64M");
            BlobUpload upload = new BlobUpload();
            upload.setContainer(container);
            upload.put(file.toFile(), "export.csv", sha256, "d1", new DefaultExchange(context));
        }
    }
}
