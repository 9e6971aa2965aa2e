package org.exportrelay.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
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
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.Secrets;
import org.exportrelay.config.TestSettings;
import org.exportrelay.ledger.Cause;
import org.exportrelay.ledger.DestinationControl;
import org.exportrelay.ledger.DestinationState.Pause;
import org.exportrelay.ledger.Event;
import org.exportrelay.ledger.EventKind;
import org.exportrelay.ledger.EventLog;
import org.exportrelay.ledger.Events;
import org.exportrelay.ledger.LedgerConditions;
import org.exportrelay.ledger.LedgerSettings;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The pages of the console, as a browser without JavaScript receives them. */
class PagesTest {

    private static final String SCRIPT = "<script>alert('1')</script>";
    private static final Pattern LINK = Pattern.compile("(?:href|src|action)=\"([^\"]*)\"");
    private static final Pattern TOKEN = Pattern.compile("name=\"token\" value=\"(\\w+)\"");
    private static final Pattern DIGEST = Pattern.compile("name=\"digest\" value=\"(\\w+)\"");
    private static final RelaySettings CONFIRM =
            TestSettings.of("relay.routes.reload", "confirm", "relay.routes.confirm-above", "0");
    private static final List<String> PAGES = List.of(
            "/",
            "/exports",
            "/exports/e",
            "/destinations/archive",
            "/destinations/down",
            "/destinations/paused",
            "/destinations/routeless",
            "/events",
            "/routes",
            "/instances",
            "/replay");

    private final HttpClient client = HttpClient.newHttpClient();

    @TempDir
    private Path directory;

    private LedgerDatabase database;
    private DestinationControl control;
    private TestConsole console;

    @BeforeEach
    void start() {
        database = LedgerDatabase.openForWork(LedgerSettings.of("jdbc:sqlite:" + directory.resolve("ledger.db")));
        LedgerConditions.create(database);
        control = new DestinationControl(database, Clock.systemUTC());
        console = new TestConsole(database, TestSettings.of(), 0);
    }

    @AfterEach
    void close() {
        console.close();
        database.close();
    }

    @Test
    void everyLinkOfEveryPageLeadsSomewhere() throws Exception {
        Set<String> seen = new HashSet<>();
        Deque<String> open = new ArrayDeque<>(PAGES);
        while (!open.isEmpty()) {
            String path = open.remove();
            if (!seen.add(path)) {
                continue;
            }
            HttpResponse<String> response = get(path);
            assertThat(response.statusCode()).as(path).isEqualTo(200);
            Matcher link = LINK.matcher(response.body().replaceAll("(?s)<form method=\"post\".*?</form>", ""));
            while (link.find()) {
                String target = link.group(1).replace("&amp;", "&");
                assertThat(target).as(path).matches("[/#].*");
                if (target.startsWith("/")) {
                    open.add(target);
                }
            }
        }
        assertThat(seen)
                .contains("/assets/console.css", "/assets/console.js", "/q/openapi")
                .hasSizeGreaterThan(15);
    }

    @Test
    void whatOthersWroteIsShownAsText() throws Exception {
        control.pause("archive", "ops", SCRIPT);
        new EventLog(database, Clock.systemUTC()).append(EventKind.EXPORT_FAILED, SCRIPT + "\" onload=\"x", Map.of());
        database.jdbi().useHandle(handle -> handle.execute("UPDATE export SET name = ?", SCRIPT));
        database.jdbi()
                .useHandle(
                        handle -> handle.execute("UPDATE delivery SET last_error = ?", SCRIPT + " password=hunter22"));
        StringBuilder all = new StringBuilder();
        for (String path : List.of(
                "/",
                "/exports",
                "/exports/e",
                "/destinations/archive",
                "/events",
                "/exports?name=" + encoded(SCRIPT),
                "/events?export=" + encoded(SCRIPT),
                "/replay?export=" + encoded(SCRIPT),
                "/exports/" + encoded(SCRIPT),
                "/destinations/" + encoded(SCRIPT),
                "/exports?state=" + encoded(SCRIPT),
                "/events?cursor=" + encoded(SCRIPT))) {
            HttpResponse<String> response = get(path);
            assertThat(response.statusCode()).as(path).isIn(200, 400, 404);
            assertThat(response.headers().firstValue("Content-Type")).hasValue("text/html; charset=utf-8");
            assertThat(response.headers().firstValue("Content-Security-Policy"))
                    .get()
                    .asString()
                    .startsWith("default-src 'none'; style-src 'self'; script-src 'self';")
                    .doesNotContain("unsafe");
            assertThat(response.headers().firstValue("X-Frame-Options")).hasValue("DENY");
            assertThat(response.body())
                    .as(path)
                    .doesNotContain("<script>", "\" onload=\"", "hunter22")
                    .doesNotContain("style=", "http://", "https://");
            all.append(response.body());
        }
        assertThat(all).contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;");
    }

    @Test
    void anOperatorPausesResumesAndRetriesWithForms() throws Exception {
        assertThat(get("/destinations/archive").body()).contains("action=\"/destinations/archive/pause\"");
        HttpResponse<String> paused =
                post("/destinations/archive/pause", token("/destinations/archive"), "note=ticket+8");
        assertThat(paused.statusCode()).isEqualTo(303);
        assertThat(paused.headers().firstValue("Location")).hasValue("/destinations/archive");
        assertThat(control.require("archive").pause())
                .get()
                .extracting(Pause::by, Pause::note)
                .containsExactly("console", "ticket 8");
        assertThat(get("/destinations/archive").body()).contains("ticket 8", "action=\"/destinations/archive/resume\"");
        assertThat(post("/destinations/archive/resume", token("/destinations/archive"), "")
                        .statusCode())
                .isEqualTo(303);
        assertThat(control.require("archive").pause()).isEmpty();
        assertThat(post("/destinations/down/retry", token("/destinations/down"), "")
                        .statusCode())
                .isEqualTo(303);
        assertThat(post("/destinations/routeless/retire", token("/destinations/routeless"), "")
                        .statusCode())
                .isEqualTo(303);
        assertThat(events("paused", "resumed", "replayed", "retired"))
                .extracting(Event::kind, Event::actor)
                .contains(
                        tuple("retired", "console"),
                        tuple("replayed", "console"),
                        tuple("resumed", "console"),
                        tuple("paused", "console"));
    }

    @Test
    void aDestinationOutsideItsWindowShowsWhenItOpens() throws Exception {
        ZonedDateTime opening = ZonedDateTime.now(ZoneOffset.UTC).plusHours(2);
        String from = "%tR".formatted(opening);
        String window = from + "-" + "%tR".formatted(opening.plusHours(1)) + " UTC";
        database.jdbi()
                .useHandle(handle -> handle.execute(
                        "UPDATE destination SET delivery_window = ? WHERE name = 'archive'", window));
        assertThat(get("/").body()).contains("outside its window, opens at " + from + " (UTC)");
        assertThat(get("/destinations/archive").body())
                .contains("Receives deliveries " + window + ": outside its window, opens at " + from + " (UTC).");
    }

    @Test
    void theOverviewHasTheButtonThatHelps() throws Exception {
        String overview = get("/").body();
        assertThat(overview).contains("action=\"/destinations/down/retry\"", "action=\"/destinations/paused/resume\"");
        assertThat(post("/destinations/paused/resume", token("/"), "").statusCode())
                .isEqualTo(303);
        assertThat(get("/").body()).doesNotContain("action=\"/destinations/paused/resume\"");
    }

    @Test
    void aReplayIsShownBeforeItIsMade() throws Exception {
        database.jdbi()
                .useHandle(
                        handle -> handle.execute(
                                "UPDATE delivery SET state = 'parked', finished_at = created_at WHERE destination = 'archive'"));
        HttpResponse<String> preview = get("/replay?destination=archive");
        assertThat(preview.body())
                .contains("What would be made again", "Make them again", "<td class=\"number\">1</td>");
        assertThat(events("replayed")).isEmpty();
        HttpResponse<String> replayed =
                post("/replay", token("/replay?destination=archive"), "destination=archive&parked=on&export=&since=");
        assertThat(replayed.statusCode()).as(replayed.body()).isEqualTo(303);
        assertThat(events("replayed"))
                .extracting(Event::destination, Event::actor)
                .containsExactly(tuple("archive", "console"));
        assertThat(get("/replay?destination=archive").body()).contains("No delivery is chosen.");
        assertThat(post("/replay", token("/replay?destination=down&retrying=on"), "destination=archive")
                        .statusCode())
                .as("no state")
                .isEqualTo(400);
    }

    @Test
    void anOperatorConfirmsARouteThatWaits() throws Exception {
        retireArchive();
        assertThat(get("/routes").body()).as("without confirm").doesNotContain("waits for a confirmation");
        try (TestConsole confirming = new TestConsole(database, CONFIRM, 0)) {
            String page = send(at(confirming, "/routes").build()).body();
            assertThat(page)
                    .containsOnlyOnce("waits for a confirmation: exports:archive is new and would receive ")
                    .containsOnlyOnce("action=\"/routes/deliver-to-file.camel.yaml/confirm\"");
            String token = first(TOKEN, page);
            String digest = first(DIGEST, page);
            for (String[] wrong : new String[][] {
                {"/routes/deliver-to-file.camel.yaml/confirm", "0".repeat(64)},
                {"/routes/deliver-to-file.camel.yaml/confirm", ""},
                {"/routes/poll-exports.camel.yaml/confirm", digest},
                {"/routes/..%2fapplication.properties/confirm", digest}
            }) {
                assertThat(confirm(confirming, wrong[0], token, wrong[1]).statusCode())
                        .as(String.join(" ", wrong))
                        .isEqualTo(409);
            }
            assertThat(confirm(confirming, "/routes/deliver-to-file.camel.yaml/confirm", "0".repeat(64), digest)
                            .statusCode())
                    .as("without the token")
                    .isEqualTo(403);
            assertThat(events("route-confirmed")).isEmpty();

            HttpResponse<String> confirmed =
                    confirm(confirming, "/routes/deliver-to-file.camel.yaml/confirm", token, digest);
            assertThat(confirmed.statusCode()).as(confirmed.body()).isEqualTo(303);
            assertThat(confirmed.headers().firstValue("Location")).hasValue("/routes");
            assertThat(events("route-confirmed"))
                    .extracting(Event::actor, Event::message)
                    .containsExactly(tuple("console", "routes/deliver-to-file.camel.yaml confirmed by console"));
            assertThat(send(at(confirming, "/routes").build()).body()).doesNotContain("waits for a confirmation");
        }
    }

    @Test
    void aViewerSeesWhichRouteWaitsAndConfirmsNone() throws Exception {
        retireArchive();
        Path users = directory.resolve("users");
        Files.writeString(
                users, UserEntry.line("alan", Role.VIEWER, "battery staple".getBytes(StandardCharsets.UTF_8), 4));
        String login =
                "Basic " + Base64.getEncoder().encodeToString("alan:battery staple".getBytes(StandardCharsets.UTF_8));
        try (TestConsole confirming = new TestConsole(database, CONFIRM, 0);
                TestConsole withLogin = new TestConsole(
                        database,
                        TestSettings.of(
                                "relay.routes.reload",
                                "confirm",
                                "relay.routes.confirm-above",
                                "0",
                                "relay.console.auth",
                                "basic",
                                "relay.console.users-file",
                                users.toString()),
                        0)) {
            String page = send(at(confirming, "/routes").build()).body();
            HttpResponse<String> shown =
                    send(at(withLogin, "/routes").header("Authorization", login).build());
            assertThat(shown.body()).contains("waits for a confirmation").doesNotContain("method=\"post\"");
            HttpRequest change = at(withLogin, "/routes/deliver-to-file.camel.yaml/confirm")
                    .header("Authorization", login)
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .POST(BodyPublishers.ofString("token=" + first(TOKEN, page) + "&digest=" + first(DIGEST, page)))
                    .build();
            assertThat(send(change).statusCode()).isEqualTo(403);
        }
        assertThat(events("route-confirmed")).isEmpty();
    }

    /** A destination that delivers again is new, and receives what can still be downloaded. */
    /** It is new again, and the export that the ledger knows is its past. */
    private void retireArchive() {
        database.jdbi().useHandle(handle -> {
            handle.execute("DELETE FROM delivery WHERE destination = 'archive'");
            handle.execute(
                    "UPDATE destination SET retired_at = ? WHERE name = 'archive'",
                    Clock.systemUTC().instant());
        });
    }

    private HttpResponse<String> confirm(TestConsole at, String path, String token, String digest) throws Exception {
        return send(at(at, path)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString("token=" + token + "&digest=" + digest))
                .build());
    }

    private static HttpRequest.Builder at(TestConsole console, String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + console.port() + path));
    }

    private static String first(Pattern pattern, String page) {
        Matcher found = pattern.matcher(page);
        assertThat(found.find()).as(page).isTrue();
        return found.group(1);
    }

    @Test
    void aFormWithoutTheTokenOfItsPageChangesNothing() throws Exception {
        for (String act : List.of("pause", "resume", "retry", "retire")) {
            for (String token : new String[] {"", "x", "0".repeat(64)}) {
                assertThat(post("/destinations/paused/" + act, token, "").statusCode())
                        .as(act)
                        .isEqualTo(403);
            }
        }
        assertThat(post("/replay", "", "parked=on").statusCode()).isEqualTo(403);
        HttpRequest foreign = request("/destinations/paused/resume")
                .header("Origin", "http://evil.example")
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString("token=" + token("/destinations/paused")))
                .build();
        assertThat(send(foreign).statusCode()).isEqualTo(403);
        assertThat(control.require("paused").pause()).isPresent();
    }

    @Test
    void aViewerSeesEverythingAndChangesNothing() throws Exception {
        Path users = directory.resolve("users");
        Files.writeString(
                users, UserEntry.line("alan", Role.VIEWER, "battery staple".getBytes(StandardCharsets.UTF_8), 4));
        String login =
                "Basic " + Base64.getEncoder().encodeToString("alan:battery staple".getBytes(StandardCharsets.UTF_8));
        try (TestConsole withLogin = new TestConsole(
                database,
                TestSettings.of("relay.console.auth", "basic", "relay.console.users-file", users.toString()),
                0)) {
            for (String path : PAGES) {
                URI uri = URI.create("http://127.0.0.1:" + withLogin.port() + path);
                HttpResponse<String> refused = send(HttpRequest.newBuilder(uri).build());
                assertThat(refused.statusCode()).as(path).isEqualTo(401);
                assertThat(refused.headers().firstValue("WWW-Authenticate")).isPresent();
                HttpResponse<String> shown = send(HttpRequest.newBuilder(uri)
                        .header("Authorization", login)
                        .build());
                assertThat(shown.statusCode()).as(path).isEqualTo(200);
                assertThat(shown.body()).contains("alan, viewer").doesNotContain("method=\"post\"", "name=\"token\"");
            }
            HttpRequest change = HttpRequest.newBuilder(
                            URI.create("http://127.0.0.1:" + withLogin.port() + "/destinations/paused/resume"))
                    .header("Authorization", login)
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .POST(BodyPublishers.ofString("token=" + token("/destinations/paused")))
                    .build();
            assertThat(send(change).statusCode()).isEqualTo(403);
        }
        assertThat(control.require("paused").pause()).isPresent();
    }

    @Test
    void withALoginAFormOfOneInstanceIsAcceptedByAnother() throws Exception {
        Path users = directory.resolve("users");
        Files.writeString(
                users, UserEntry.line("grace", Role.OPERATOR, "correct horse".getBytes(StandardCharsets.UTF_8), 4));
        String login =
                "Basic " + Base64.getEncoder().encodeToString("grace:correct horse".getBytes(StandardCharsets.UTF_8));
        String[] settings = {"relay.console.auth", "basic", "relay.console.users-file", users.toString()};
        try (TestConsole one = new TestConsole(database, TestSettings.of(settings), 0);
                TestConsole other = new TestConsole(database, TestSettings.of(settings), 0)) {
            HttpRequest page = HttpRequest.newBuilder(
                            URI.create("http://127.0.0.1:" + one.port() + "/destinations/paused"))
                    .header("Authorization", login)
                    .build();
            Matcher token = TOKEN.matcher(send(page).body());
            assertThat(token.find()).isTrue();
            HttpRequest change = HttpRequest.newBuilder(
                            URI.create("http://127.0.0.1:" + other.port() + "/destinations/paused/resume"))
                    .header("Authorization", login)
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .POST(BodyPublishers.ofString("token=" + token.group(1)))
                    .build();
            assertThat(send(change).statusCode()).isEqualTo(303);
        }
        assertThat(control.require("paused").pause()).isEmpty();
    }

    @Test
    void theOverviewIsSentAgainWhenItChanges() throws Exception {
        ConcurrentLinkedQueue<String> live = new ConcurrentLinkedQueue<>();
        client.sendAsync(request("/live").build(), BodyHandlers.ofLines())
                .thenAccept(response -> response.body().forEach(live::add));
        await().atMost(Duration.ofSeconds(20)).until(() -> live.contains("event: page"));
        assertThat(String.join("\n", live)).doesNotContain("ticket 9", token("/destinations/archive"));
        control.pause("archive", "ops", "ticket 9");
        await().atMost(Duration.ofSeconds(20))
                .until(() -> String.join("\n", live).contains("ticket 9"));
    }

    /** By the headers that proxies and browsers add. */
    @Test
    void answersNeitherOtherSitesNorProxies() throws Exception {
        for (String[] header : new String[][] {
            {"Via", "1.1 proxy"},
            {"X-Real-IP", "10.0.0.7"},
            {"X-Forwarded-Proto", "https"},
            {"Sec-Fetch-Site", "cross-site"}
        }) {
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + console.port() + "/"))
                    .header(header[0], header[1])
                    .build();
            HttpResponse<String> refused = client.send(request, HttpResponse.BodyHandlers.ofString());
            assertThat(refused.statusCode()).as(header[0]).isEqualTo(403);
            assertThat(refused.headers().firstValue("Content-Security-Policy"))
                    .as(header[0])
                    .isPresent();
        }
    }

    @Test
    void noPageAndNoAnswerHasASecret() throws Exception {
        Secrets.register("registered-secret");
        String[] secrets = {"registered-secret", "hunter22", "signature0", "dm_sk_live_0123456789"};
        String text =
                "refused: registered-secret, password=hunter22, https://store.example/f?X-Goog-Signature=signature0,"
                        + " dm_sk_live_0123456789";
        control.pause("archive", "ops", text);
        new EventLog(database, Clock.systemUTC())
                .append(EventKind.EXPORT_FAILED, text, Map.of("answer", text, "headers", List.of(text)));
        database.jdbi().useHandle(handle -> {
            handle.execute("UPDATE delivery SET last_error = ?", text);
            handle.execute("UPDATE export SET name = ?", text);
            // As an earlier version has recorded it.
            handle.execute(
                    "UPDATE event SET detail = ? WHERE kind = 'destination-down'", "{\"answer\":\"" + text + "\"}");
        });
        for (String path : Stream.concat(
                        PAGES.stream(),
                        Stream.of("status", "exports", "exports/e", "deliveries", "destinations", "events", "routes")
                                .map(path -> "/api/v1/" + path))
                .toList()) {
            HttpResponse<String> response = get(path);
            assertThat(response.statusCode()).as(path).isEqualTo(200);
            assertThat(response.body()).as(path).doesNotContain(secrets);
        }
        assertThat(get("/api/v1/events").body()).contains("\"detail\":{\"answer\":\"refused: …, password=…");
    }

    /** The page searches for names too, on request. */
    @Test
    void theRestApiFindsAnExportByItsIdOnly() throws Exception {
        assertThat(get("/api/v1/exports/e").statusCode()).isEqualTo(200);
        String delivery = database.jdbi()
                .withHandle(handle -> handle.createQuery("SELECT min(delivery_id) FROM delivery")
                        .mapTo(String.class)
                        .one());
        for (String other : List.of("one.csv.gz", "properties", "1", delivery, "e.one.csv.gz")) {
            assertThat(get("/api/v1/exports/" + other).statusCode()).as(other).isEqualTo(404);
        }
        assertThat(get("/api/v1/deliveries/" + delivery).statusCode()).isEqualTo(200);
        for (String other : List.of("one.csv.gz", "properties", "1", "e")) {
            assertThat(get("/api/v1/deliveries/" + other).statusCode())
                    .as(other)
                    .isEqualTo(404);
        }
    }

    @Test
    void exportsAreFoundByTheTimeOfTheirCreation() throws Exception {
        database.jdbi()
                .useHandle(handle -> handle.execute("UPDATE export SET created_at = '2026-02-17T12:00:00.000Z'"));
        for (String found : List.of(
                "?since=2026-02-17",
                "?until=2026-02-18",
                "?until=2026-02-17",
                "?since=2026-02-17&until=2026-02-17&state=retrying",
                "?until=9999-12-31",
                "?since=2026-02-17T12:00:00Z&until=2026-02-17T12:00:00Z",
                "?since=2026-02-17&name=one&state=retrying",
                "?since=2026-02-17&destination=archive")) {
            assertThat(get("/exports" + found).body()).as(found).contains("href=\"/exports/e\"");
            assertThat(get("/api/v1/exports" + found.replace("name=one", "name=one*"))
                            .body())
                    .as(found)
                    .contains("\"export_id\":\"e\"");
        }
        for (String missing : List.of(
                "?since=2026-02-18",
                "?until=2026-02-17T11:59:59Z",
                "?until=2026-02-16&state=retrying",
                "?since=2026-02-18&destination=archive")) {
            assertThat(get("/exports" + missing).body()).as(missing).contains("No export is found.");
            assertThat(get("/api/v1/exports" + missing).body()).as(missing).contains("\"items\":[]");
        }
        assertThat(get("/exports?since=yesterday").statusCode()).isEqualTo(400);
    }

    @Test
    void whatNeedsAnActionIsExplainedAsExplainDoesIt() throws Exception {
        String overview = get("/").body();
        assertThat(overview)
                .contains(
                        "<summary id=\"summary-1\">",
                        Cause.DOWN.meaning(),
                        "One delivery to the destination is tried",
                        Cause.PAUSED.meaning(),
                        "It waits until the destination is resumed.",
                        "The delivery expires at")
                .doesNotContain(Cause.PARKED.meaning());
        database.jdbi()
                .useHandle(
                        handle -> handle.execute(
                                "UPDATE delivery SET state = 'parked', finished_at = created_at, last_error = 'too large' WHERE destination = 'archive'"));
        assertThat(get("/").body()).contains(Cause.PARKED.meaning(), ": too large", "replay works until then");
    }

    @Test
    void pagesLearnThatSomethingHasChangedAndOnlyThen() throws Exception {
        ConcurrentLinkedQueue<String> live = new ConcurrentLinkedQueue<>();
        client.sendAsync(request("/live/changes").build(), BodyHandlers.ofLines())
                .thenAccept(response -> response.body().forEach(live::add));
        await().atMost(Duration.ofSeconds(20)).until(() -> count(live) == 1);
        await().during(Duration.ofSeconds(5)).atMost(Duration.ofSeconds(8)).until(() -> count(live) == 1);
        control.pause("archive", "ops", "ticket 9");
        await().atMost(Duration.ofSeconds(20)).until(() -> count(live) == 2);
        assertThat(get("/exports/e").body()).contains("data-refresh=\"/live/changes?destination=archive,down");
        assertThat(get("/destinations/archive").body()).contains("data-refresh=\"/live/changes?destination=archive\"");
    }

    @Test
    void aPageLearnsOnlyOfChangesOfItsDestinations() throws Exception {
        ConcurrentLinkedQueue<String> down = live("/live/changes?destination=down,nowhere", null);
        ConcurrentLinkedQueue<String> archive = live("/live/changes?destination=archive", null);
        await().atMost(Duration.ofSeconds(20)).until(() -> count(down) == 1 && count(archive) == 1);
        control.pause("archive", "ops", "ticket 9");
        database.jdbi()
                .useHandle(handle -> handle.execute(
                        "UPDATE destination SET seen_at = ? WHERE seen_at IS NOT NULL",
                        Clock.systemUTC().instant()));
        await().atMost(Duration.ofSeconds(20)).until(() -> count(archive) == 2);
        await().during(Duration.ofSeconds(5)).atMost(Duration.ofSeconds(8)).until(() -> count(down) == 1);
        new EventLog(database, Clock.systemUTC()).append(EventKind.EXPORT_FAILED, "of no destination", Map.of());
        await().atMost(Duration.ofSeconds(20)).until(() -> count(archive) == 3 && count(down) == 2);
        String reached = archive.stream()
                .filter(line -> line.startsWith("id: "))
                .reduce((first, last) -> last)
                .orElseThrow()
                .substring(4);
        ConcurrentLinkedQueue<String> again = live("/live/changes?destination=archive", reached);
        await().during(Duration.ofSeconds(5)).atMost(Duration.ofSeconds(8)).until(() -> count(again) == 0);
        control.resume("archive", "ops");
        await().atMost(Duration.ofSeconds(20)).until(() -> count(again) == 1);
        assertThat(get("/live/changes?destinations=archive").statusCode()).isEqualTo(400);
    }

    @Test
    void thePageOfAnExportIsLiveUntilItsDeliveriesHaveEnded() throws Exception {
        database.jdbi()
                .useHandle(
                        handle -> handle.execute(
                                "UPDATE delivery SET state = 'delivered', finished_at = created_at WHERE destination <> 'archive'"));
        assertThat(get("/exports/e").body()).contains("data-refresh=\"/live/changes?destination=archive\"");
        database.jdbi()
                .useHandle(
                        handle -> handle.execute("UPDATE delivery SET state = 'delivered', finished_at = created_at"));
        assertThat(get("/exports/e").body()).contains("data-refresh=\"\"");
    }

    private ConcurrentLinkedQueue<String> live(String path, String lastEventId) {
        ConcurrentLinkedQueue<String> live = new ConcurrentLinkedQueue<>();
        HttpRequest.Builder request = request(path);
        if (lastEventId != null) {
            request.header("Last-Event-ID", lastEventId);
        }
        client.sendAsync(request.build(), BodyHandlers.ofLines())
                .thenAccept(response -> response.body().forEach(live::add));
        return live;
    }

    private static long count(ConcurrentLinkedQueue<String> live) {
        return live.stream().filter("event: changed"::equals).count();
    }

    @Test
    void aPageIsShownToAClientThatKeepsTheContentTypeOfAForm() throws Exception {
        for (String path : List.of("/destinations/archive", "/api/v1/status")) {
            HttpRequest request = request(path)
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .build();
            assertThat(send(request).statusCode()).as(path).isEqualTo(200);
        }
    }

    /** Templates know {@code size} also as the number of fields. */
    @Test
    void theSizeOfAFileIsThatInTheLedger() throws Exception {
        database.jdbi().useHandle(handle -> handle.execute("UPDATE export_file SET size = 2457600"));
        assertThat(get("/exports/e").body()).contains("<td class=\"number\">2.3 MiB</td>");
    }

    @Test
    void exportsAreFoundByNameIdFileAndState() throws Exception {
        for (String found : List.of("?name=properties", "?name=prop*", "?name=e", "?name=one.csv", "?state=retrying")) {
            assertThat(get("/exports" + found).body()).as(found).contains("href=\"/exports/e\"");
        }
        for (String missing : List.of("?name=people", "?state=parked", "?destination=nowhere")) {
            assertThat(get("/exports" + missing).body()).as(missing).contains("No export is found.");
        }
    }

    @Test
    void anIdInTheSearchLeavesTheOtherFiltersInForce() throws Exception {
        assertThat(get("/exports?name=e&state=parked").body()).contains("No export is found.");
        assertThat(get("/exports?name=one.csv.gz&destination=nowhere").body()).contains("No export is found.");
        assertThat(get("/exports?name=e&state=&destination=&since=&until=").body())
                .contains("href=\"/exports/e\"");
        for (String wrong : List.of("&state=x", "&since=tomorrow", "&until=x")) {
            assertThat(get("/exports?name=e" + wrong).statusCode()).as(wrong).isEqualTo(400);
        }
    }

    @Test
    void hostileRequestsAreRefused() throws Exception {
        for (String path : PAGES) {
            assertThat(get(path + "?unknown=1").statusCode()).as(path).isEqualTo(400);
            assertThat(get(path + "/../x/" + "y".repeat(2_000)).statusCode())
                    .as(path)
                    .isEqualTo(404);
        }
        for (String path : List.of(
                "/exports?cursor=x",
                "/events?since=tomorrow",
                "/events?kind=x",
                "/exports?name=%00",
                "/replay?since=x",
                "/exports?name=" + "x".repeat(1_001))) {
            assertThat(get(path).statusCode()).as(path).isEqualTo(400);
        }
        for (String path : List.of("/assets/..%2fpages%2flayout.html", "/assets/nothing", "/exports/nothing/x")) {
            assertThat(get(path).statusCode()).as(path).isEqualTo(404);
        }
        assertThat(get("/exports?name=" + "x".repeat(10_000)).statusCode()).isBetween(400, 431);
        assertThat(post("/destinations/archive/pause", token("/destinations/archive"), "note=" + "x".repeat(10_000))
                        .statusCode())
                .isBetween(400, 413);
        assertThat(control.require("archive").pause()).isEmpty();
    }

    @Test
    void everyPageCanBeReadByAScreenReader() throws Exception {
        for (String path : PAGES) {
            String page = get(path).body();
            assertThat(page).as(path).contains("<html lang=\"en\">", "<title>", "<main id=\"main\">");
            assertThat(page.split("<h1>", -1))
                    .as(path + " has one heading of the page")
                    .hasSize(2);
            assertThat(page.replaceAll("<th scope=\"(col|row)\"", "")).as(path).doesNotContain("<th ", "<th>");
            assertThat(page.replaceAll("(?s)<label>.*?</label>", "").replaceAll("<input type=\"hidden\"", ""))
                    .as(path + " labels every field")
                    .doesNotContain("<input", "<select");
            assertThat(page.replaceAll("<img src=\"[^\"]*\" alt=\"\"", ""))
                    .as(path)
                    .doesNotContain("<img");
        }
    }

    private List<Event> events(String... kinds) {
        List<Event> found = new ArrayList<>();
        new Events(database).forEach(new Events.Choice(null, null, List.of(kinds), null, 0), found::add);
        return found.stream().filter(event -> !event.actor().equals("ops")).toList();
    }

    private String token(String path) throws Exception {
        Matcher token = TOKEN.matcher(get(path).body());
        assertThat(token.find()).as(path).isTrue();
        return token.group(1);
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send(request(path).build());
    }

    private HttpResponse<String> post(String path, String token, String fields) throws Exception {
        return send(request(path)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString("token=" + token + (fields.isEmpty() ? "" : "&" + fields)))
                .build());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + console.port() + path));
    }

    private HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
        return client.send(request, BodyHandlers.ofString());
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
