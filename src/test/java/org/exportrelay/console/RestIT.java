package org.exportrelay.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.FreePort;
import org.exportrelay.testing.Postgres;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Running;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The REST API of the installed relay. */
class RestIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String SCRIPT = "<script>alert('1')</script>";
    private static final JsonNode DESCRIPTION = JSON.valueToTree(OpenApi.document());

    private final HttpClient client = HttpClient.newHttpClient();
    private final int port = FreePort.find();

    @TempDir
    private Path directory;

    private Sandbox sandbox;

    @BeforeEach
    void start() throws IOException {
        sandbox = Sandbox.start(SandboxOptions.defaults().withExports(0).withArrivalPeriod(Duration.ZERO));
    }

    @AfterEach
    void stop() {
        sandbox.close();
    }

    @Test
    void showsWhatTheCommandsShowAndEveryActHasAnEventWithItsActor() throws Exception {
        RelayChild relay = relay("relay").withExample("deliver-to-sftp").withSftp(FreePort.find(), "inbox");
        for (int i = 0; i < 3; i++) {
            sandbox.addFinished("properties_export", new SandboxFile("properties_" + i + ".csv.gz", 50));
        }
        Running running = relay.start("run");
        try {
            await().atMost(SOON).until(() -> relay.archived().size() == 3);
            await().atMost(SOON)
                    .until(() -> !get("destinations/sftp").path("up").asBoolean(true));
            assertThat(running.output())
                    .contains("console at http://127.0.0.1:" + port + "/, for clients on this machine only");

            JsonNode status = described("status", "Status");
            assertThat(status.at("/totals/delivered").asInt()).isEqualTo(3);
            assertThat(status.at("/attention/0/subject").asText()).isEqualTo("sftp");
            JsonNode command = JSON.readTree(relay.run("status", "--json").out());
            assertThat(described("exports", "Exports").path("items"))
                    .containsExactlyInAnyOrderElementsOf(command.path("exports"));
            assertThat(names(command.path("destinations")))
                    .isEqualTo(names(get("destinations").path("items")));

            JsonNode deliveries = described("deliveries?destination=archive&state=delivered", "Deliveries");
            assertThat(deliveries.path("items")).hasSize(3);
            assertThat(deliveries.path("next").isNull()).isTrue();
            String id = deliveries.at("/items/0/delivery_id").asText();
            JsonNode explained = described("deliveries/" + id, "Explanation");
            assertThat(explained)
                    .isEqualTo(JSON.readTree(relay.run("explain", id, "--json").out()));
            String export = deliveries.at("/items/0/export_id").asText();
            JsonNode ofExport = get("exports/" + export);
            assertThat(ofExport.at("/files/0/deliveries")).hasSize(2);
            assertThat(ofExport.path("deliveries")).hasSize(2);
            assertThat(described("instances", "Instance", "/items/0")
                            .at("/items/0/polls")
                            .asBoolean())
                    .isTrue();
            JsonNode routes = described("routes", "RouteFile", "/items/0");
            assertThat(routes.at("/items/0/file").asText()).isEqualTo("deliver-to-file.camel.yaml");
            assertThat(routes.at("/items/0/loaded").asBoolean()).isTrue();

            assertThat(post("destinations/archive/pause", JSON.writeValueAsString(Map.of("note", SCRIPT)))
                            .path("changed")
                            .asBoolean())
                    .isTrue();
            HttpResponse<String> paused = send("destinations/archive");
            assertThat(paused.headers().firstValue("Content-Type")).hasValue("application/json");
            assertThat(JSON.readTree(paused.body()).path("paused_note").asText())
                    .isEqualTo(SCRIPT);
            assertThat(JSON.readTree(paused.body()).path("paused_by").asText()).isEqualTo("console");
            sandbox.addFinished("properties_export", new SandboxFile("later.csv.gz", 50));
            await().atMost(SOON)
                    .until(() -> get("destinations/archive").path("waiting").asInt() == 1);
            assertThat(post("destinations/archive/pause", "").path("changed").asBoolean())
                    .isFalse();
            assertThat(post("destinations/archive/resume", "{}").path("changed").asBoolean())
                    .isTrue();
            await().atMost(SOON).until(() -> relay.archived().size() == 4);

            assertThat(post("destinations/sftp/retry", "").path("retried").asInt())
                    .isPositive();
            JsonNode preview =
                    post("replays", "{\"dryRun\":true,\"export\":\"" + export + "\",\"states\":[\"delivered\"]}");
            check(preview, "Replay", "");
            assertThat(preview.at("/chosen/0/deliveries").asInt()).isEqualTo(1);
            assertThat(preview.path("replayed").asInt()).isZero();
            Path archived = relay.archived().get(0);
            Files.delete(archived);
            assertThat(post("replays", "{\"destination\":\"archive\",\"states\":[\"delivered\"]}")
                            .path("replayed")
                            .asInt())
                    .isEqualTo(4);
            await().atMost(SOON).until(() -> Files.exists(archived));
            HttpResponse<String> refused = send(change("destinations/archive/retire", ""));
            assertThat(refused.statusCode()).isEqualTo(409);
            assertThat(detail(refused)).contains("a relay runs its route");

            JsonNode events = described("events?kind=paused,resumed,replayed", "Events");
            assertThat(events.path("items")).hasSize(7).allSatisfy(event -> assertThat(
                            event.path("actor").asText())
                    .isEqualTo("console"));
            assertThat(events.at("/items/6/message").asText()).isEqualTo(SCRIPT);
            assertThat(pages("events?limit=3")).hasSizeGreaterThan(9).doesNotHaveDuplicates();
        } finally {
            assertThat(running.stop().exitCode()).isZero();
        }
    }

    @Test
    void eventsArriveAsTheyHappenAndAClientThatConnectsAgainMissesNone() throws Exception {
        Running running = relay("relay").start("run");
        ConcurrentLinkedQueue<String> live = new ConcurrentLinkedQueue<>();
        try {
            await().atMost(SOON).ignoreExceptions().until(() -> send("status").statusCode() == 200);
            await().atMost(SOON).until(() -> send("destinations/archive").statusCode() == 200);
            client.sendAsync(request("events/stream?kind=paused,resumed").build(), BodyHandlers.ofLines())
                    .thenAccept(response -> response.body().forEach(live::add));
            await().atMost(SOON).until(() -> live.contains(": Export Relay"));
            post("destinations/archive/pause", "{\"note\":\"line\\nbreak\"}");
            await().atMost(Duration.ofSeconds(5)).until(() -> live.contains("event: paused"));
            String data = live.stream()
                    .filter(line -> line.startsWith("data: "))
                    .findFirst()
                    .orElseThrow();
            assertThat(JSON.readTree(data.substring(6)).path("message").asText())
                    .isEqualTo("line break");
            String id = live.stream()
                    .filter(line -> line.startsWith("id: "))
                    .findFirst()
                    .orElseThrow()
                    .substring(4);
            post("destinations/archive/resume", "");
            ConcurrentLinkedQueue<String> again = new ConcurrentLinkedQueue<>();
            client.sendAsync(
                            request("events/stream").header("Last-Event-ID", id).build(), BodyHandlers.ofLines())
                    .thenAccept(response -> response.body().forEach(again::add));
            await().atMost(Duration.ofSeconds(5)).until(() -> again.contains("event: resumed"));
            assertThat(again).doesNotContain("event: paused");
            assertThat(send(request("events/stream")
                                    .header("Last-Event-ID", "x")
                                    .build())
                            .statusCode())
                    .isEqualTo(400);
        } finally {
            assertThat(running.stop().exitCode()).isZero();
        }
    }

    @Test
    void withoutALoginOnlyThisMachineIsServed() throws Exception {
        Running running = relay("relay").with("relay.http.host", "0.0.0.0").start("run");
        try {
            await().atMost(SOON).ignoreExceptions().until(() -> send("status").statusCode() == 200);
            for (String path : paths()) {
                assertThat(send(request(path)
                                        .header("Origin", "http://evil.example")
                                        .build())
                                .statusCode())
                        .as(path)
                        .isEqualTo(403);
                assertThat(raw("GET", "/api/v1/" + path, "evil.example:" + port))
                        .as(path)
                        .startsWith("HTTP/1.1 421 ");
                assertThat(send(request(path)
                                        .header("X-Forwarded-For", "10.0.0.7")
                                        .build())
                                .statusCode())
                        .as(path)
                        .isEqualTo(403);
            }
            assertThat(raw("GET", "/q/openapi", "evil.example")).startsWith("HTTP/1.1 421 ");
            assertThat(raw("GET", "/metrics", "evil.example")).startsWith("HTTP/1.1 200 ");
            Optional<InetAddress> other = address();
            if (other.isPresent()) {
                String site = "http://" + other.get().getHostAddress() + ":" + port;
                HttpResponse<String> response = client.send(
                        HttpRequest.newBuilder(URI.create(site + "/api/v1/status"))
                                .build(),
                        BodyHandlers.ofString());
                assertThat(response.statusCode()).isEqualTo(403);
                assertThat(detail(response)).contains("relay.console.auth=basic");
                assertThat(client.send(
                                        HttpRequest.newBuilder(URI.create(site + "/q/health"))
                                                .build(),
                                        BodyHandlers.ofString())
                                .statusCode())
                        .isEqualTo(200);
            }
            HttpRequest.Builder forged =
                    HttpRequest.newBuilder(uri("destinations/archive/pause")).POST(BodyPublishers.ofString("note=x"));
            assertThat(detail(send(forged.build()))).contains("X-Requested-By");
            forged.header("X-Requested-By", "x").header("Content-Type", "text/plain");
            assertThat(send(forged.build()).statusCode()).isEqualTo(415);
            assertThat(get("events?kind=paused").path("items")).isEmpty();
        } finally {
            assertThat(running.stop().exitCode()).isZero();
        }
    }

    @Test
    void withALoginEveryRequestNeedsAUserAndEveryChangeAnOperator() throws Exception {
        Path users = directory.resolve("users");
        Files.writeString(
                users,
                UserEntry.line("grace", Role.OPERATOR, "correct horse".getBytes(StandardCharsets.UTF_8), 4) + "\n"
                        + UserEntry.line("alan", Role.VIEWER, "battery staple".getBytes(StandardCharsets.UTF_8), 4));
        Running running = relay("relay")
                .with("relay.console.auth", "basic")
                .with("relay.console.users-file", users)
                .start("run");
        String grace = basic("grace", "correct horse");
        String alan = basic("alan", "battery staple");
        try {
            await().atMost(SOON).ignoreExceptions().until(() -> send("status").statusCode() == 401);
            await().atMost(SOON)
                    .until(() -> send(request("destinations/archive")
                                            .header("Authorization", grace)
                                            .build())
                                    .statusCode()
                            == 200);
            for (String path : paths()) {
                HttpResponse<String> response = send(path);
                assertThat(response.statusCode()).as(path).isEqualTo(401);
                assertThat(response.headers().firstValue("WWW-Authenticate")).isPresent();
            }
            assertThat(raw("GET", "/q/openapi", "127.0.0.1:" + port)).startsWith("HTTP/1.1 401 ");
            for (String change : changes()) {
                assertThat(send(change(change, "")).statusCode()).as(change).isEqualTo(401);
                HttpResponse<String> response = send(changeBy(alan, change));
                assertThat(response.statusCode()).as(change).isEqualTo(403);
                assertThat(detail(response)).contains("role viewer", "role operator");
            }
            assertThat(send(changeBy(grace, "destinations/archive/pause")).statusCode())
                    .isEqualTo(200);
            assertThat(send(request("status")
                                    .header("Authorization", basic("grace", "wrong"))
                                    .build())
                            .statusCode())
                    .isEqualTo(401);
            assertThat(send(request("status")
                                    .header("Authorization", basic("grace", "guessed"))
                                    .build())
                            .statusCode())
                    .isEqualTo(429);
            HttpResponse<String> events = send(request("events?kind=paused,login-failed")
                    .header("Authorization", alan.replace("Basic", "basic"))
                    .build());
            assertThat(JSON.readTree(events.body()).path("items"))
                    .extracting(event -> event.path("kind").asText() + " "
                            + event.path("actor").asText())
                    // The guess within the wait counts too, since this user has logged in from this address.
                    .containsExactly("login-failed relay", "login-failed relay", "paused grace");
            assertThat(running.output())
                    .doesNotContain("wrong", "correct horse")
                    .contains("login of grace from 127.0.0.1");
        } finally {
            assertThat(running.stop().exitCode()).isZero();
        }
    }

    @Test
    void hostileInputIsRefusedAndNeverFails() throws Exception {
        sandbox.addFinished(SCRIPT, new SandboxFile("properties.csv.gz", 50));
        sandbox.addFinished("properties_export", new SandboxFile("properties.csv.gz", 50));
        RelayChild relay = relay("relay");
        Running running = relay.start("run");
        try {
            await().atMost(SOON).until(() -> relay.archived().size() == 2);
            String name = get("exports?name=" + encoded("<script>*"))
                    .at("/items/0/name")
                    .asText();
            assertThat(name).isEqualTo(SCRIPT);
            String cursor = get("deliveries?limit=1").path("next").asText();
            List<String> paths = new ArrayList<>(List.of(
                    "deliveries?cursor=" + cursor + "!",
                    "deliveries?cursor=" + cursor.substring(1),
                    "exports?cursor=" + cursor,
                    "events?cursor=" + cursor,
                    "deliveries?cursor=%00",
                    "deliveries?limit=0",
                    "deliveries?limit=201",
                    "deliveries?limit=1e9",
                    "deliveries?limit=1&limit=2",
                    "deliveries?stat=parked",
                    "deliveries?state=broken",
                    "deliveries?since=tomorrow",
                    "deliveries?since=%2B999999999-12-31T23:59:59Z",
                    "deliveries?export=%00",
                    "deliveries?destination=" + "x".repeat(1_001),
                    "events?kind=" + encoded(SCRIPT),
                    "exports?name=%01"));
            for (String path : paths) {
                HttpResponse<String> response = send(path);
                assertThat(response.statusCode()).as(path).isEqualTo(400);
                assertThat(response.headers().firstValue("Content-Type")).hasValue("application/problem+json");
                assertThat(detail(response)).as(path).isNotBlank();
            }
            for (String path : List.of(
                    "exports/" + encoded(SCRIPT),
                    "exports/" + encoded("' OR 1=1 --"),
                    "exports/..%2f..%2fetc%2fpasswd",
                    "deliveries/" + encoded(SCRIPT),
                    "destinations/" + encoded(SCRIPT),
                    "../../q/nothing",
                    "nothing")) {
                assertThat(send(path).statusCode()).as(path).isEqualTo(404);
            }
            for (String path : List.of("deliveries?export=", "exports?name=", "exports/")) {
                assertThat(send(path + "x".repeat(10_000)).statusCode())
                        .as(path)
                        .isBetween(400, 431);
            }
            String elsewhere = cursor.substring(0, cursor.length() - 1) + "x";
            assertThat(send("deliveries?cursor=" + elsewhere).statusCode()).isIn(200, 400);
            String replay = "replays";
            assertThat(get("deliveries?since=999999999d").path("items")).hasSize(2);
            for (String body : List.of(
                    "{",
                    "[]",
                    "1",
                    "{\"dryrun\":true}",
                    "{\"dryRun\":\"yes\"}",
                    "{\"states\":[]}",
                    "{\"states\":\"parked\"}",
                    "{\"states\":[\"pending\"]}",
                    "{\"states\":[\"parked\"],\"states\":[\"delivered\"]}",
                    "{\"destination\":7}",
                    "{\"export\":\"" + "x".repeat(10_000) + "\"}",
                    "{\"since\":\"yesterday\"}",
                    "{\"export\":\"\\u0000\"}",
                    "{} {}",
                    "[".repeat(5_000))) {
                assertThat(send(change(replay, body)).statusCode())
                        .as(body.substring(0, Math.min(60, body.length())))
                        .isEqualTo(400);
            }
            assertThat(send(change(replay, "{\"destination\":\"nowhere\"}")).statusCode())
                    .isEqualTo(404);
            assertThat(send(change(replay, "x".repeat(70_000))).statusCode()).isEqualTo(413);
            assertThat(send(change("destinations/archive/pause", "{\"note\":\"" + "x".repeat(10_000) + "\"}"))
                            .statusCode())
                    .isEqualTo(400);
            HttpResponse<String> wrongMethod =
                    send(HttpRequest.newBuilder(uri("status")).DELETE().build());
            assertThat(wrongMethod.statusCode()).isEqualTo(405);
            assertThat(wrongMethod.headers().firstValue("Allow")).hasValue("GET");
            assertThat(wrongMethod.headers().firstValue("X-Content-Type-Options"))
                    .hasValue("nosniff");
            assertThat(wrongMethod.headers().firstValue("Content-Security-Policy"))
                    .get()
                    .asString()
                    .startsWith("default-src 'none'");
            assertThat(get("events?kind=replayed,paused").path("items")).isEmpty();
            assertThat(running.output()).doesNotContain(" ERROR ", "Exception");
        } finally {
            assertThat(running.stop().exitCode()).isZero();
        }
    }

    @Test
    void instancesOnPostgresqlAreListedAndEachCanAct() throws Exception {
        try (EmbeddedPostgres postgres = Postgres.start()) {
            Running one = relay("one").withLedger(postgres).start("run");
            Running two =
                    relay("two").withLedger(postgres).with("relay.http.port", 0).start("run");
            try {
                await().atMost(SOON)
                        .ignoreExceptions()
                        .until(() -> get("instances").path("items").size() == 2);
                await().atMost(SOON).until(() -> two.output().contains("console at"));
                JsonNode instances = get("instances").path("items");
                assertThat(instances)
                        .allMatch(instance -> instance.path("running").asBoolean());
                assertThat(instances)
                        .filteredOn(instance -> instance.path("polls").asBoolean())
                        .hasSize(1);
                String address = two.output().replaceFirst("(?s).*console at (http://[^/]+)/.*", "$1");
                HttpResponse<String> paused = client.send(
                        HttpRequest.newBuilder(URI.create(address + "/api/v1/destinations/archive/pause"))
                                .header("X-Requested-By", "test")
                                .POST(BodyPublishers.noBody())
                                .build(),
                        BodyHandlers.ofString());
                assertThat(paused.statusCode()).as(paused.body()).isEqualTo(200);
                assertThat(get("destinations/archive").path("paused").asBoolean())
                        .isTrue();
                await().atMost(Duration.ofSeconds(10))
                        .until(() -> one.output().contains("exports:archive: paused by console"));
                for (String path : paths()) {
                    assertThat(send(path).statusCode()).as(path).isIn(200, 404);
                }
                assertThat(pages("events?limit=2")).hasSizeGreaterThan(3).doesNotHaveDuplicates();
            } finally {
                assertThat(one.stop().exitCode()).isZero();
                assertThat(two.stop().exitCode()).isZero();
            }
        }
    }

    @Test
    void withoutTheConsoleOnlyMetricsAndHealthAreServed() throws Exception {
        Running running = relay("relay").with("relay.console.enabled", "false").start("run");
        try {
            await().atMost(SOON).until(() -> running.output().contains("delivering to archive"));
            assertThat(raw("GET", "/api/v1/status", "127.0.0.1")).startsWith("HTTP/1.1 404 ");
            assertThat(raw("GET", "/q/openapi", "127.0.0.1")).startsWith("HTTP/1.1 404 ");
            assertThat(raw("GET", "/metrics", "127.0.0.1")).startsWith("HTTP/1.1 200 ");
            assertThat(running.output()).doesNotContain("console at");
        } finally {
            assertThat(running.stop().exitCode()).isZero();
        }
    }

    @Test
    void aFileOfUsersThatCannotBeUsedKeepsTheRelayFromStarting() {
        RelayChild.Ended ended = relay("relay")
                .with("relay.console.auth", "basic")
                .with("relay.console.users-file", "missing")
                .run("run");
        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.err())
                .isEqualTo("relay.console.users-file=missing: cannot be read (NoSuchFileException); make it a"
                        + " file that this user may read\n");
    }

    private RelayChild relay(String name) {
        return RelayChild.in(directory.resolve(name))
                .at(sandbox)
                .with("relay.poll.period", "1s")
                .with("relay.http.port", port);
    }

    /** One of each operation that reads. */
    private static List<String> paths() {
        return List.of(
                "status",
                "exports",
                "exports/1",
                "deliveries",
                "deliveries/1",
                "destinations",
                "destinations/archive",
                "events",
                "instances",
                "routes");
    }

    private static List<String> changes() {
        return Stream.concat(
                        Stream.of("replays"),
                        Stream.of("pause", "resume", "retry", "retire").map(act -> "destinations/archive/" + act))
                .toList();
    }

    /** The ids of all items, read page by page. */
    private List<String> pages(String path) throws Exception {
        List<String> ids = new ArrayList<>();
        JsonNode page = get(path);
        while (true) {
            page.path("items").forEach(item -> ids.add(item.path("id").asText()));
            if (page.path("next").isNull()) {
                return ids;
            }
            page = get(path + "&cursor=" + page.path("next").asText());
        }
    }

    private JsonNode described(String path, String schema) throws Exception {
        return described(path, schema, "");
    }

    private JsonNode described(String path, String schema, String at) throws Exception {
        JsonNode answer = get(path);
        check(answer, schema, at);
        return answer;
    }

    /** Every field of an answer is in its description, with its type. */
    private static void check(JsonNode answer, String schema, String at) {
        check(answer.at(at), DESCRIPTION.at("/components/schemas/" + schema), schema);
    }

    private static void check(JsonNode value, JsonNode schema, String place) {
        JsonNode described =
                schema.has("$ref") ? DESCRIPTION.at(schema.path("$ref").asText().substring(1)) : schema;
        boolean isFree = described.path("type").toString().contains("object")
                && !described.has("properties")
                && !described.has("additionalProperties");
        if (isFree) {
            return;
        }
        if (value.isObject()) {
            value.fields().forEachRemaining(field -> {
                JsonNode property = Stream.concat(Stream.of(described), Stream.of(elements(described.path("allOf"))))
                        .map(part -> part.has("$ref")
                                ? DESCRIPTION.at(part.path("$ref").asText().substring(1))
                                : part)
                        .map(part -> part.path("properties").path(field.getKey()))
                        .filter(found -> !found.isMissingNode())
                        .findFirst()
                        .orElse(described.path("additionalProperties"));
                assertThat(property.isMissingNode()
                                && !described.path("type").toString().contains("null"))
                        .as(place + "." + field.getKey() + " is described")
                        .isFalse();
                check(field.getValue(), property, place + "." + field.getKey());
            });
        } else if (value.isArray()) {
            value.forEach(item -> check(item, described.path("items"), place + "[]"));
        } else {
            String type = value.getNodeType().name().toLowerCase(Locale.ROOT).replace("number", "integer");
            assertThat(described.path("type").toString()).as(place).contains(type);
        }
    }

    private static JsonNode[] elements(JsonNode list) {
        List<JsonNode> elements = new ArrayList<>();
        list.forEach(elements::add);
        return elements.toArray(JsonNode[]::new);
    }

    private static List<String> names(JsonNode destinations) {
        List<String> names = new ArrayList<>();
        destinations.forEach(
                destination -> names.add(destination.path("destination").asText()));
        return names;
    }

    private static String detail(HttpResponse<String> response) throws IOException {
        return JSON.readTree(response.body()).path("detail").asText();
    }

    private JsonNode get(String path) throws Exception {
        HttpResponse<String> response = send(path);
        assertThat(response.statusCode()).as(path + ": " + response.body()).isEqualTo(200);
        return JSON.readTree(response.body());
    }

    private JsonNode post(String path, String body) throws Exception {
        HttpResponse<String> response = send(change(path, body));
        assertThat(response.statusCode()).as(path + ": " + response.body()).isEqualTo(200);
        return JSON.readTree(response.body());
    }

    private HttpRequest change(String path, String body) {
        return request(path)
                .header("X-Requested-By", "test")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body))
                .build();
    }

    private HttpRequest changeBy(String authorization, String path) {
        return request(path)
                .header("Authorization", authorization)
                .header("X-Requested-By", "test")
                .POST(BodyPublishers.noBody())
                .build();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(uri(path));
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port + "/api/v1/" + path);
    }

    private HttpResponse<String> send(String path) throws IOException, InterruptedException {
        return send(request(path).build());
    }

    private HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
        return client.send(request, BodyHandlers.ofString());
    }

    /** With a Host of its own, which Java's client does not send. */
    private String raw(String method, String path, String host) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream()
                    .write((method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String basic(String name, String password) {
        return "Basic " + Base64.getEncoder().encodeToString((name + ":" + password).getBytes(StandardCharsets.UTF_8));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** Another one of this machine than the loopback address. */
    private static Optional<InetAddress> address() throws IOException {
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
                .findFirst();
    }
}
