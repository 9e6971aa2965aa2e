package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpHandler;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.FreePort;
import org.exportrelay.testing.LocalServer;
import org.exportrelay.testing.Postgres;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Running;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever a run writes, at the most talkative level, with faults everywhere and destinations that
 * quote what they were sent: neither the key nor a password nor a signed query is in it.
 */
class SecretsIT {

    private static final String LEDGER_PASSWORD = "s3cret-ledger-password";
    private static final String ROUTE_PASSWORD = "s3cret-route-password";
    private static final Pattern SIGNATURE = Pattern.compile("X-Goog-Signature=([0-9a-f]{16,})");
    private static final List<String> EVERYTHING =
            List.of("org.exportrelay", "io.quarkus", "org.apache.camel", "org.apache.hc", "org.postgresql");

    @TempDir
    private Path directory;

    @TempDir
    private Path elsewhere;

    private final Set<String> signatures = ConcurrentHashMap.newKeySet();

    @Test
    void nothingThatARunWritesHoldsASecretAlsoAtTrace() throws Exception {
        try (EmbeddedPostgres postgres = Postgres.start();
                LocalServer partner = new LocalServer();
                Sandbox sandbox = Sandbox.start(SandboxOptions.defaults()
                        .withArrivalPeriod(Duration.ZERO)
                        .withExports(10)
                        .withMaxRecords(500)
                        .withFaults(0.3)
                        .withSeed(5))) {
            partner.answer("/hook", quoting());
            RelayChild relay =
                    talkative(sandbox, partner).withLedger(postgres).with("relay.ledger.password", LEDGER_PASSWORD);
            Path dump = directory.resolve("ledger-dump.txt");
            exercise(relay, partner);
            Files.writeString(dump, dump(postgres));
            assertThat(Files.readString(dump)).contains("parked").contains("delivered");
            assertNoSecret(sandbox.key());
        }
    }

    @Test
    void norDoesOneOnSqliteWithTheKeyInAFileThatIsReplacedAndALogInJson() throws Exception {
        try (LocalServer partner = new LocalServer();
                Sandbox sandbox = Sandbox.start(SandboxOptions.defaults()
                        .withArrivalPeriod(Duration.ZERO)
                        .withExports(5)
                        .withMaxRecords(500)
                        .withFaults(0.2)
                        .withSeed(6))) {
            partner.answer("/hook", quoting());
            Path keyFile = Files.writeString(elsewhere.resolve("key"), "dm_sk_live_revoked\n");
            RelayChild relay = talkative(sandbox, partner)
                    .with("relay.api.key", "")
                    .with("relay.api.key-file", keyFile)
                    .with("relay.log.format", "json");
            Running running = relay.start("run");
            try {
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> running.output().contains("401 invalid_api_key"));
                Files.writeString(keyFile, sandbox.key() + "\n");
                await().atMost(Duration.ofSeconds(30)).until(() -> partner.requests("/hook") > 3);
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> !relay.archived().isEmpty());
            } finally {
                assertThat(running.stop().exitCode()).isZero();
            }
            assertThat(running.output()).contains("\"level\":\"TRACE\"");
            assertNoSecret(sandbox.key());
            assertNoSecret("dm_sk_live_revoked");
        }
    }

    private void exercise(RelayChild relay, LocalServer partner) throws Exception {
        int port = FreePort.find();
        Running running = relay.with("relay.http.port", port).start("run");
        try {
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> running.output().contains("parked after attempt 2")
                            && !relay.archived().isEmpty());
            for (String path : List.of("/metrics", "/q/health", "/")) {
                Files.writeString(directory.resolve("http" + path.replace('/', '-') + ".txt"), get(port, path));
            }
        } finally {
            assertThat(running.stop().exitCode()).isZero();
        }
        assertThat(partner.requests("/hook")).isPositive();
        assertThat(running.output()).contains(" TRACE ");
        relay.run("status", "--json");
        relay.run("status");
        relay.run("validate");
        relay.run("replay", "--dry-run");
        relay.with("relay.ledger.url", "jdbc:mysql://user:" + LEDGER_PASSWORD + "@host/x")
                .run("run");
    }

    /** A working directory whose every part talks, and whose link routes fail with what they were sent. */
    private RelayChild talkative(Sandbox sandbox, LocalServer partner) throws IOException {
        RelayChild relay = RelayChild.in(directory)
                .at(sandbox)
                .with("relay.poll.period", "1s")
                .with("relay.api.timeout", "1s")
                .with("relay.download.stall-timeout", "1s")
                .with("relay.delivery.retry-delay", "100ms")
                .with("relay.delivery.max-attempts", 2)
                .with("partner.url", partner.url("/hook"))
                .with("partner.password", ROUTE_PASSWORD)
                .with("quarkus.log.level", "TRACE");
        StringBuilder levels = new StringBuilder("\n");
        EVERYTHING.forEach(category -> levels.append("quarkus.log.category.\"" + category + "\".level=TRACE\n"));
        levels.append("quarkus.log.category.\"org.apache.hc.client5.http\".level=TRACE\n");
        Files.writeString(directory.resolve("application.properties"), levels, StandardOpenOption.APPEND);
        Files.writeString(
                directory.resolve("routes/links.camel.yaml"),
                """
                - route:
                    id: links-to-hook
                    from:
                      uri: exports:hook
                      steps:
                        - to:
                            uri: "{{partner.url}}?authMethod=Basic&authUsername=relay&authPassword=RAW({{partner.password}})"
                - route:
                    id: links-to-nowhere
                    from:
                      uri: exports:nowhere
                      steps:
                        - throwException:
                            exceptionType: java.lang.IllegalStateException
                            message: "cannot take ${body}"
                """);
        return relay;
    }

    /** Refuses, and says what it was sent, as many servers do; remembers its signatures. */
    private HttpHandler quoting() {
        return exchange -> {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            Matcher signature = SIGNATURE.matcher(body);
            while (signature.find()) {
                signatures.add(signature.group(1));
            }
            LocalServer.body(422, "text/plain", "cannot take " + body).handle(exchange);
        };
    }

    private void assertNoSecret(String key) throws IOException {
        assertThat(signatures).isNotEmpty();
        List<String> secrets = Stream.concat(
                        Stream.of(key, LEDGER_PASSWORD, ROUTE_PASSWORD, "X-Goog-Signature=", "X-Goog-Credential="),
                        signatures.stream())
                .toList();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
                for (String secret : secrets) {
                    int at = bytes.indexOf(secret);
                    assertThat(at < 0 ? "" : bytes.substring(Math.max(0, at - 600), at))
                            .as("before the secret in " + file)
                            .isEmpty();
                }
            }
        }
    }

    private static String dump(EmbeddedPostgres postgres) throws Exception {
        StringBuilder dump = new StringBuilder();
        try (var connection = postgres.getPostgresDatabase().getConnection();
                var statement = connection.createStatement()) {
            for (String table :
                    List.of("export", "export_file", "delivery", "destination", "rejected_entry", "poller")) {
                try (var rows = statement.executeQuery("SELECT row_to_json(t)::text FROM " + table + " t")) {
                    while (rows.next()) {
                        dump.append(rows.getString(1)).append('\n');
                    }
                }
            }
        }
        return dump.toString();
    }

    private static String get(int port, String path) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
    }
}
