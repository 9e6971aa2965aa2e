package org.exportrelay.destinations.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.sun.net.httpserver.HttpHandler;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.exportrelay.api.HttpConnections;
import org.exportrelay.config.TestSettings;
import org.exportrelay.destinations.FailureTable;
import org.exportrelay.testing.LocalServer;
import org.exportrelay.testing.TcpGate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The client of {@code deliver-to-s3}, with a server that gives the answers that the stores document. */
class S3FailuresTest {

    @TempDir
    private Path directory;

    private final LocalServer store = new LocalServer();

    @AfterEach
    void stop() {
        store.close();
    }

    @TestFactory
    Stream<DynamicTest> everyRowOfTheTableHolds() {
        return FailureTable.of("S3")
                .row(
                        "The store cannot be reached, or does not respond in time.",
                        () -> put("http://127.0.0.1:" + TcpGate.freePort()),
                        () -> put("http://no-such-host.invalid"))
                .row("There is no such bucket.", () -> answered(404, "NoSuchBucket"))
                .row(
                        "The store refuses the access, the key or the signature.",
                        () -> answered(403, "AccessDenied"),
                        () -> answered(403, "InvalidAccessKeyId"),
                        () -> answered(403, "SignatureDoesNotMatch"),
                        () -> stored(LocalServer.body(403, "application/xml", "")))
                .row(
                        "A temporary token has expired, or the region is wrong.",
                        () -> answered(400, "ExpiredToken"),
                        () -> answered(400, "AuthorizationHeaderMalformed"),
                        () -> answered(301, "PermanentRedirect"))
                .row("The clock of the relay is wrong.", () -> answered(403, "RequestTimeTooSkewed"))
                .row(
                        "A quota is used up, or the store is full.",
                        () -> answered(403, "QuotaExceeded"),
                        () -> answered(507, "XMinioStorageFull"))
                .row(
                        "The store answers 429 or 5xx, such as `SlowDown`.",
                        () -> answered(429, "TooManyRequests"),
                        () -> answered(500, "InternalError"),
                        () -> answered(503, "SlowDown"))
                .row(
                        "The store refuses the key or the metadata: `KeyTooLongError`, `InvalidArgument`.",
                        () -> answered(400, "KeyTooLongError"),
                        () -> answered(400, "InvalidArgument"))
                .row(
                        "The object is too large: `EntityTooLarge`, 413.",
                        () -> answered(400, "EntityTooLarge"),
                        () -> store(LocalServer.body(413, "text/html", "too large")))
                .row(
                        "The store received other content than was sent: `BadDigest`.",
                        () -> answered(400, "BadDigest"),
                        () -> answered(400, "XAmzContentSHA256Mismatch"))
                .row(
                        "The object is not what was sent: wrong size, wrong checksum, missing.",
                        () -> stored(LocalServer.body(200, "application/gzip", "")),
                        () -> stored(LocalServer.body(404, "application/xml", "")))
                .tests();
    }

    @Test
    void honoursRetryAfterOfAStore() {
        Throwable thrown = catchThrowable(() -> store(exchange -> {
            exchange.getResponseHeaders().set("Retry-After", "7");
            LocalServer.body(503, "application/xml", error("SlowDown")).handle(exchange);
        }));
        assertThat(FailureTable.classify(thrown).retryAfter()).contains(Duration.ofSeconds(7));
        assertThat(store.requests())
                .as("the client itself does not wait so long")
                .hasSize(1);
    }

    private void answered(int status, String code) throws Exception {
        store(LocalServer.body(status, "application/xml", error(code)));
    }

    private static String error(String code) {
        return "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code><Message>no</Message></Error>";
    }

    private void store(HttpHandler put) throws Exception {
        store.answer("/exports", put);
        put(store.url("").toString());
    }

    /** Accepts the object and answers so to the question what it is. */
    private void stored(HttpHandler head) throws Exception {
        HttpHandler accepted = LocalServer.body(200, "application/xml", "");
        store(exchange -> (exchange.getRequestMethod().equals("HEAD") ? head : accepted).handle(exchange));
    }

    private void put(String endpoint) throws Exception {
        Path file = Files.writeString(directory.resolve("export.csv"), "id\n1\n");
        String sha256 =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        try (DefaultCamelContext context = new DefaultCamelContext();
                S3Bucket bucket = new S3Bucket()) {
            context.getRegistry().bind("connections", new HttpConnections(TestSettings.of(), Map.of()));
            bucket.setCamelContext(context);
            bucket.setName("exports");
            bucket.setRegion("eu-central-1");
            bucket.setEndpoint(endpoint);
            bucket.setAccessKey("access");
            bucket.setSecretKey("secret");
            bucket.setPartSize("64M");
            S3Upload upload = new S3Upload();
            upload.setBucket(bucket);
            upload.put(file.toFile(), "export.csv", sha256, "d1", new DefaultExchange(context));
        }
    }
}
