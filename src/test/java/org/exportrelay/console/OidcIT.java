package org.exportrelay.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.FreePort;
import org.exportrelay.testing.OidcProvider;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Running;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logins with an OpenID Connect provider, on the installed relay. */
class OidcIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String PAUSE = "/api/v1/destinations/archive/pause";
    private static final Pattern FORM = Pattern.compile("name=\"token\" value=\"(\\w+)\"");

    private final int port = FreePort.find();
    private final OidcProvider provider = new OidcProvider();
    private final HttpClient client = HttpClient.newHttpClient();

    @TempDir
    private Path directory;

    private Sandbox sandbox;

    @BeforeEach
    void start() throws IOException {
        sandbox = Sandbox.start(SandboxOptions.defaults().withExports(0).withArrivalPeriod(Duration.ZERO));
        provider.start();
    }

    @AfterEach
    void stop() {
        provider.close();
        sandbox.close();
    }

    @Test
    void aBrowserLogsInAtTheProviderAndActsWithTheRoleOfTheToken() throws Exception {
        Running running = withProvider().start("run");
        try {
            awaitArchive(running);
            HttpResponse<String> asked = send(page("/exports").build());
            assertThat(asked.statusCode()).isEqualTo(302);
            assertThat(asked.headers().firstValue("Location")).get().asString().startsWith(provider.url());
            assertThat(asked.headers().allValues("Set-Cookie")).isNotEmpty().allSatisfy(OidcIT::isSafe);
            assertThat(asked.headers().firstValue("Content-Security-Policy"))
                    .get()
                    .asString()
                    .startsWith("default-src 'none'");

            for (String[] header : new String[][] {{"Sec-Fetch-Mode", "cors"}, {"X-Requested-By", "console"}}) {
                HttpResponse<String> loaded =
                        send(page("/exports").header(header[0], header[1]).build());
                assertThat(loaded.statusCode()).as(header[0]).isEqualTo(401);
                assertThat(loaded.headers().allValues("Set-Cookie"))
                        .as(header[0])
                        .isEmpty();
            }

            HttpClient grace = logIn("grace", "operator");
            HttpResponse<String> first = grace.send(page("/exports").build(), BodyHandlers.ofString());
            assertThat(first.statusCode()).as(first.body()).isEqualTo(200);
            assertThat(first.uri()).as("the page that was asked for").hasPath("/exports");
            assertThat(first.body()).contains("<h1>Exports</h1>", "grace");
            assertThat(first.headers().firstValue("X-Frame-Options")).hasValue("DENY");
            assertThat(first.previousResponse().orElseThrow().headers().allValues("Set-Cookie"))
                    .filteredOn(cookie -> !cookie.contains("Max-Age=0"))
                    .singleElement()
                    .satisfies(OidcIT::isSafe)
                    .asString()
                    .startsWith("q_session=");

            HttpClient alan = logIn("alan", "viewer");
            HttpResponse<String> seen = alan.send(page("/destinations/archive").build(), BodyHandlers.ofString());
            assertThat(seen.body()).contains("alan, viewer").doesNotContain("name=\"token\"");
            String token = token(grace.send(page("/destinations/archive").build(), BodyHandlers.ofString()));
            assertThat(pause(alan, token).statusCode()).isEqualTo(403);
            HttpClient eve = logIn("eve", "operator");
            eve.send(page("/").build(), BodyHandlers.ofString());
            assertThat(pause(eve, token).statusCode())
                    .as("the form of another user")
                    .isEqualTo(403);
            assertThat(pause(client, token).statusCode())
                    .as("without a session")
                    .isEqualTo(401);
            assertThat(pause(grace, "x").statusCode()).isEqualTo(403);
            assertThat(pause(grace, token).statusCode()).isEqualTo(200);
            assertThat(events("paused").findValuesAsText("actor")).containsExactly("grace");

            HttpClient noOne = logIn("mallory", "offline_access");
            HttpResponse<String> refused = noOne.send(page("/").build(), BodyHandlers.ofString());
            assertThat(refused.statusCode()).isEqualTo(403);
            assertThat(refused.body())
                    .contains("mallory has neither the role viewer nor the role operator", "role-claim-path")
                    .contains("<a href=\"/logout\">Log out</a>");
            assertThat(seen.body()).contains("<a href=\"/logout\">Log out</a>");
            logOut(noOne);
            logOut(client);
            HttpClient relay = logIn("relay", "operator");
            assertThat(relay.send(page("/").build(), BodyHandlers.ofString()).statusCode())
                    .as("a name of events that no user did")
                    .isEqualTo(403);
            assertThat(running.output())
                    .contains("for the users of quarkus.oidc.auth-server-url")
                    .doesNotContain(OidcProvider.SECRET, " ERROR ", "Exception");
        } finally {
            assertThat(running.stop().exitCode()).isZero();
        }
    }

    @Test
    void otherClientsSendATokenOfTheProvider() throws Exception {
        Running running = withProvider().start("run");
        try {
            awaitArchive(running);
            String grace = provider.accessToken("grace", "operator");
            String alan = provider.accessToken("alan", "viewer");
            for (String path :
                    List.of("/api/v1/status", "/api/v1/events/stream", "/q/openapi", "/live", "/assets/icon.svg")) {
                HttpResponse<String> response = send(request(path).build());
                assertThat(response.statusCode()).as(path).isEqualTo(401);
                assertThat(response.headers().firstValue("WWW-Authenticate")).hasValue("Bearer");
            }
            assertThat(send(bearer("/api/v1/status", alan).build()).statusCode())
                    .isEqualTo(200);
            assertThat(send(bearer("/", alan).build()).statusCode()).isEqualTo(200);
            for (String wrong : List.of(
                    provider.forgedToken("grace", "operator"),
                    provider.endedToken("grace", "operator"),
                    provider.tokenOf("another-client", "grace", "operator"),
                    grace.substring(0, grace.lastIndexOf('.') + 1),
                    "x")) {
                assertThat(send(bearer("/api/v1/status", wrong).build()).statusCode())
                        .as(wrong)
                        .isEqualTo(401);
                assertThat(send(change(PAUSE, wrong)).statusCode()).as(wrong).isEqualTo(401);
            }
            assertThat(send(request("/api/v1/status")
                                    .header("Authorization", "Basic Z3JhY2U6eA==")
                                    .build())
                            .statusCode())
                    .isEqualTo(401);
            HttpResponse<String> refused = send(
                    bearer("/api/v1/status", provider.accessToken("mallory")).build());
            assertThat(refused.statusCode()).isEqualTo(403);
            assertThat(refused.headers().firstValue("Content-Type")).hasValue("application/problem+json");
            assertThat(refused.body()).contains("neither the role viewer nor the role operator");
            assertThat(send(change(PAUSE, alan)).statusCode()).isEqualTo(403);
            assertThat(send(change(PAUSE, grace)).statusCode()).isEqualTo(200);
            assertThat(events("paused").findValuesAsText("actor")).containsExactly("grace");
            await().atMost(SOON).until(() -> events("login-failed").size() == 10);
            send(bearer("/api/v1/status", provider.tokenOf("another-client", "grace", "operator"))
                    .build());
            await().atMost(SOON).until(() -> events("login-failed").size() == 11);
            assertThat(events("login-failed").path(0).path("message").asText())
                    .as("the first one after a login, without the claims of the token")
                    .contains("(1 in a row): Audience (aud) claim")
                    .doesNotContain("id-of-grace", "preferred_username");
            assertThat(send(request("/q/health").build()).statusCode()).isEqualTo(200);
            assertThat(send(request("/metrics").build()).statusCode()).isEqualTo(200);
            assertThat(running.output()).doesNotContain(grace, alan, OidcProvider.SECRET, " ERROR ", "Exception");
        } finally {
            assertThat(running.stop().exitCode()).isZero();
        }
    }

    @Test
    void theRelayDeliversWhileTheProviderIsAwayAndLoginsFollow() throws Exception {
        provider.close();
        Running running = withProvider().start("run");
        try {
            await().atMost(SOON).until(() -> running.output().contains("console at"));
            HttpResponse<String> response = send(page("/").build());
            assertThat(response.statusCode()).isEqualTo(503);
            assertThat(response.body()).contains("quarkus.oidc.auth-server-url");
            provider.start();
            String grace = provider.accessToken("grace", "operator");
            await().atMost(SOON)
                    .until(() -> send(bearer("/api/v1/status", grace).build()).statusCode() == 200);
        } finally {
            assertThat(running.stop().exitCode()).isZero();
        }
    }

    @Test
    void aSessionOutlivesAProviderThatIsAwayButNotTheSessionAtTheProvider() throws Exception {
        provider.limitTokens(Duration.ofSeconds(3));
        Running running = withProvider().start("run");
        try {
            awaitArchive(running);
            HttpClient grace = logIn("grace", "operator");
            assertThat(grace.send(page("/").build(), BodyHandlers.ofString()).statusCode())
                    .isEqualTo(200);
            await().atMost(SOON).until(() -> open(grace).statusCode() == 200 && provider.refreshes() > 0);
            HttpClient ada = logIn("ada", "viewer");
            assertThat(ada.send(page("/").build(), BodyHandlers.ofString()).statusCode())
                    .isEqualTo(200);

            provider.close();
            await().atMost(SOON).until(() -> open(grace).statusCode() == 503);
            HttpResponse<String> away = open(grace);
            assertThat(away.statusCode()).isEqualTo(503);
            assertThat(away.headers().allValues("Set-Cookie")).isEmpty();
            provider.start();
            await().atMost(SOON).until(() -> open(grace).statusCode() == 200);
            assertThat(open(grace).previousResponse()).as("without a login").isEmpty();

            provider.endSessions();
            await().atMost(SOON).until(() -> session(grace).statusCode() == 401);
            assertThat(session(grace).statusCode()).as("again").isEqualTo(401);
            provider.logInAs("ada", "viewer");
            await().atMost(SOON).until(() -> open(ada).previousResponse().isPresent());
            assertThat(open(ada).body()).contains("ada, viewer");
            provider.logInAs("grace", "operator");
            assertThat(open(grace).previousResponse()).as("a new login").isPresent();
            assertThat(session(grace).statusCode()).isEqualTo(200);
            assertThat(running.output()).doesNotContain(" ERROR ", "Exception");
        } finally {
            assertThat(running.stop().exitCode()).isZero();
        }
    }

    /** Also without a role, and without a session. */
    private void logOut(HttpClient browser) throws IOException, InterruptedException {
        HttpClient inPlace = HttpClient.newBuilder()
                .cookieHandler(browser.cookieHandler().orElseGet(CookieManager::new))
                .build();
        HttpResponse<String> ended = inPlace.send(page("/logout").build(), BodyHandlers.ofString());
        assertThat(ended.statusCode()).isEqualTo(302);
        String target = ended.headers().firstValue("Location").orElseThrow();
        if (browser.cookieHandler().isPresent()) {
            assertThat(target)
                    .startsWith(provider.url() + "/end?client_id=export-relay&post_logout_redirect_uri=http%3A%2F%2F")
                    .contains("&id_token_hint=eyJ");
            assertThat(ended.headers().allValues("Set-Cookie")).isNotEmpty().allSatisfy(cookie -> assertThat(cookie)
                    .startsWith("q_session")
                    .contains("Max-Age=0", "Path=/"));
        } else {
            assertThat(target).isEqualTo("/");
        }
        assertThat(inPlace.send(page("/").build(), BodyHandlers.ofString()).statusCode())
                .as("a new login")
                .isEqualTo(302);
    }

    private HttpResponse<String> open(HttpClient browser) throws IOException, InterruptedException {
        return browser.send(page("/").build(), BodyHandlers.ofString());
    }

    /** A request to the REST API from a page. */
    private HttpResponse<String> session(HttpClient browser) throws IOException, InterruptedException {
        return browser.send(request("/api/v1/status").build(), BodyHandlers.ofString());
    }

    @Test
    void withoutTheSettingsOfTheProviderNothingStarts() {
        for (String command : List.of("run", "validate")) {
            RelayChild.Ended ended =
                    relay(command).with("relay.console.auth", "oidc").run(command);
            assertThat(ended.exitCode()).isEqualTo(2);
            assertThat(ended.err())
                    .isEqualTo(
                            "relay.console.auth=oidc: quarkus.oidc.auth-server-url is not set; set it to the address of"
                                    + " the OpenID Connect provider, such as https://HOST/realms/REALM\n"
                                    + "relay.console.auth=oidc: quarkus.oidc.client-id is not set; set it to the name under which"
                                    + " the provider knows the relay\n");
        }
    }

    @Test
    void withAnotherKindOfLoginTheProviderIsNeverContacted() throws Exception {
        Running running = withProvider()
                .with("relay.console.auth", "none")
                .with("quarkus.oidc.tenant-enabled", "true")
                .start("run");
        try {
            await().atMost(SOON).until(() -> running.output().contains("console at"));
            assertThat(send(page("/").build()).statusCode()).isEqualTo(200);
            assertThat(send(bearer("/api/v1/status", "x").build()).statusCode()).isEqualTo(200);
            assertThat(provider.requests()).isZero();
            assertThat(running.output().toLowerCase()).doesNotContain("oidc");
        } finally {
            assertThat(running.stop().exitCode()).isZero();
        }
    }

    /** With the settings that docs/console.md has for Keycloak. */
    private RelayChild withProvider() {
        return relay("relay")
                .with("relay.console.auth", "oidc")
                .with("quarkus.oidc.auth-server-url", provider.url())
                .with("quarkus.oidc.client-id", OidcProvider.CLIENT)
                .with("quarkus.oidc.credentials.secret", OidcProvider.SECRET)
                .with("quarkus.oidc.roles.source", "accesstoken");
    }

    private RelayChild relay(String name) {
        return RelayChild.in(directory.resolve(name))
                .at(sandbox)
                .with("relay.poll.period", "1s")
                .with("relay.http.port", port);
    }

    private void awaitArchive(Running running) {
        await().atMost(SOON).until(() -> running.output().contains("console at"));
        String token = provider.accessToken("test", "viewer");
        await().atMost(SOON)
                .until(() -> send(bearer("/api/v1/destinations/archive", token).build())
                                .statusCode()
                        == 200);
    }

    /** A browser that is logged in when it opens its first page. */
    private HttpClient logIn(String name, String role) {
        provider.logInAs(name, role);
        return HttpClient.newBuilder()
                .cookieHandler(new CookieManager())
                .followRedirects(Redirect.NORMAL)
                .build();
    }

    private static void isSafe(String cookie) {
        assertThat(cookie).containsIgnoringCase("HttpOnly").containsIgnoringCase("SameSite=Lax");
    }

    private static String token(HttpResponse<String> page) {
        Matcher form = FORM.matcher(page.body());
        assertThat(form.find()).as(page.body()).isTrue();
        return form.group(1);
    }

    private HttpResponse<String> pause(HttpClient browser, String token) throws Exception {
        return browser.send(
                page("/destinations/archive/pause")
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(BodyPublishers.ofString("token=" + token))
                        .build(),
                BodyHandlers.ofString());
    }

    private JsonNode events(String kind) throws Exception {
        String token = provider.accessToken("test", "viewer");
        return JSON.readTree(send(bearer("/api/v1/events?kind=" + kind, token).build())
                        .body())
                .path("items");
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
    }

    private HttpRequest.Builder page(String path) {
        return request(path).header("Accept", "text/html,application/xhtml+xml");
    }

    private HttpRequest.Builder bearer(String path, String token) {
        return request(path).header("Authorization", "Bearer " + token);
    }

    private HttpRequest change(String path, String token) {
        return bearer(path, token)
                .header("X-Requested-By", "test")
                .POST(BodyPublishers.noBody())
                .build();
    }

    private HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
        return client.send(request, BodyHandlers.ofString());
    }
}
