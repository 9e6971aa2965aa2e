package org.exportrelay.destinations;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.exportrelay.testing.LocalServer.body;
import static org.exportrelay.testing.LocalServer.redirect;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.LocalServer;
import org.exportrelay.testing.LocalServer.Request;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.exportrelay.testing.RelayChild.Running;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code deliver-to-webhook} as it is, against an HTTP server. */
class WebhookIT {

    private static final String SECRET = "whsec_czNjcmV0LTAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5";
    private static final String PREVIOUS_SECRET = "whsec_cHJldmlvdXMtMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODk=";
    private static final String SECRET_OF_020 = "s3cret-0123456789abcdef0123456789";
    private static final String PATH = "/hooks/s3cret-path";
    private static final Pattern SIGNATURE_OF_020 = Pattern.compile("t=(\\d+),v1=([0-9a-f]{64})");

    @TempDir
    private Path directory;

    private Sandbox sandbox;
    private LocalServer receiver;

    @BeforeEach
    void startServers() {
        sandbox = Sandbox.start(SandboxOptions.defaults()
                .withExports(0)
                .withArrivalPeriod(Duration.ZERO)
                .withSeed(42));
        receiver = new LocalServer();
    }

    @AfterEach
    void stopServers() {
        receiver.close();
        sandbox.close();
    }

    @Test
    void postsEachLinkSignedAndWithNoOtherHeaderThanChosen() throws Exception {
        sandbox.addFinished("Zürich\r\nX-Injected: yes", new SandboxFile("a.csv.gz", 10));
        sandbox.addFinished("people_export", new SandboxFile("b.csv.gz", 10));
        receiver.answer(PATH, body(204, "text/plain", ""));
        RelayChild relay = relay();
        assertThat(relay.run("check").out())
                .containsPattern("ok    exports:webhook -> http.*: connected to .*; nothing was sent");
        Ended ended = relay.run("once");
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        assertThat(receiver.requests()).hasSize(2);
        for (Request request : receiver.requests()) {
            assertThat(request.method()).isEqualTo("POST");
            assertThat(request.headers().keySet())
                    .isSubsetOf(
                            "Accept-encoding",
                            "Connection",
                            "Content-length",
                            "Content-type",
                            "Exportattempt",
                            "Exportdeliveryid",
                            "Host",
                            "Transfer-encoding",
                            "User-agent",
                            "Webhook-id",
                            "Webhook-signature",
                            "Webhook-timestamp");
            assertThat(request.headers().getFirst("Content-Type")).startsWith("application/json");
            assertThat(request.headers().getFirst("ExportDeliveryId")).isNotBlank();
            assertThat(new ObjectMapper().readTree(request.body()).path("url").asText())
                    .contains("X-Goog-Signature");
            assertThat(request.headers().getFirst("webhook-id"))
                    .isEqualTo(request.headers().getFirst("ExportDeliveryId"));
            assertThat(request.headers().getFirst("webhook-signature")).isEqualTo(signature(request, SECRET));
        }
        assertThat(ended.out() + ended.err()).doesNotContain(SECRET).doesNotContain("X-Goog");
    }

    @Test
    void signsWithBothSecretsWhileOneReplacesTheOther() throws Exception {
        sandbox.addFinished("people_export", new SandboxFile("a.csv.gz", 10));
        receiver.answer(PATH, body(204, "text/plain", ""));
        Ended ended = relay().with("webhook.previous-secret", PREVIOUS_SECRET).run("once");
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        Request request = receiver.requests().get(0);
        assertThat(request.headers().getFirst("webhook-signature"))
                .isEqualTo(signature(request, SECRET) + " " + signature(request, PREVIOUS_SECRET));
        assertThat(ended.out() + ended.err()).doesNotContain(PREVIOUS_SECRET);
    }

    @Test
    void linksAreCloudEventsIfTheirRouteSetsTheOption() throws Exception {
        sandbox.addFinished("people_export", new SandboxFile("a.csv.gz", 10));
        receiver.answer(PATH, body(204, "text/plain", ""));
        Ended ended = relay().withExportsOption("deliver-to-webhook", "cloudEvents: true")
                .run("once");
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        Request request = receiver.requests().get(0);
        assertThat(request.headers().getFirst("ce-specversion")).isEqualTo("1.0");
        assertThat(request.headers().getFirst("ce-id"))
                .isEqualTo(request.headers().getFirst("webhook-id"));
        assertThat(request.headers().getFirst("ce-source"))
                .isEqualTo(sandbox.apiUrl().toString());
        assertThat(request.headers().getFirst("ce-type")).isEqualTo("org.exportrelay.file.completed");
        assertThat(request.headers()).containsKeys("Ce-time", "Ce-subject");
    }

    @Test
    void refusesASecretOfAnotherFormAndShowsHowToCreateOneButNotTheSecret() {
        Ended ended = relay().with("webhook.secret", SECRET_OF_020).run("validate");
        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.out() + ended.err())
                .contains("the webhook's secret does not begin with whsec_")
                .contains("openssl rand -base64 32")
                .doesNotContain(SECRET_OF_020);
    }

    /** A copy of the route and its settings, as operators of that version have them. */
    @Test
    void theRouteOf020SignsAsBefore() throws Exception {
        sandbox.addFinished("people_export", new SandboxFile("a.csv.gz", 10));
        receiver.answer(PATH, body(204, "text/plain", ""));
        RelayChild relay = relay().with("webhook.secret", SECRET_OF_020);
        Files.copy(
                Path.of("src/test/resources/version-0.2.0/deliver-to-webhook.camel.yaml"),
                relay.directory().resolve("routes/deliver-to-webhook.camel.yaml"),
                StandardCopyOption.REPLACE_EXISTING);
        Ended ended = relay.run("once");
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        Request request = receiver.requests().get(0);
        assertSignedAsBefore(request);
        assertThat(request.headers()).doesNotContainKey("Webhook-signature");
    }

    @Test
    void triesAgainUnderTheSameIdWhatWasAnsweredBusyOrNotAtAll() throws Exception {
        sandbox.addFinished("people_export", new SandboxFile("a.csv.gz", 10));
        receiver.answer(
                PATH,
                body(503, "text/plain", "starting"),
                body(429, "text/plain", "slowly"),
                exchange -> exchange.getResponseBody().close(),
                receiver.silent(),
                body(200, "text/plain", "ok"));
        Ended ended = relay().with("webhook.timeout", "1s").run("once");
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        assertThat(receiver.requests())
                .hasSize(5)
                .extracting(request -> request.headers().getFirst("ExportDeliveryId"))
                .containsOnly(receiver.requests().get(0).headers().getFirst("ExportDeliveryId"));
        assertThat(ended.err())
                .contains("exports:webhook: down: " + receiver.authority() + " answered 503; 1 delivery waits")
                .contains("exports:webhook: up again after")
                .doesNotContain(PATH);
    }

    @Test
    void parksWhatIsRefusedAtTheFirstAttemptAndDeliversItAfterAReplay() throws Exception {
        sandbox.addFinished("people_export", new SandboxFile("a.csv.gz", 10));
        receiver.answer(PATH, body(400, "text/plain", "no such field"), body(200, "text/plain", "ok"));
        RelayChild relay = relay();
        Ended ended = relay.run("once");
        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(receiver.requests()).hasSize(1);
        assertThat(ended.err())
                .contains(receiver.authority() + " answered 400; parked after attempt 1")
                .doesNotContain(PATH);
        relay.run("replay");
        assertThat(relay.run("once").exitCode()).isZero();
    }

    @Test
    void followsNoRedirectWithALink() throws Exception {
        sandbox.addFinished("people_export", new SandboxFile("a.csv.gz", 10));
        try (LocalServer elsewhere = new LocalServer()) {
            receiver.answer(PATH, redirect(307, elsewhere.url("/").toString()), body(200, "text/plain", "ok"));
            Ended ended = relay().run("once");
            assertThat(ended.exitCode()).as(ended.err()).isZero();
            assertThat(ended.err()).contains("answered 307");
            assertThat(elsewhere.requests()).isEmpty();
        }
    }

    @Test
    void refusesToPostALinkUnencryptedToAnotherMachine() {
        sandbox.addFinished("people_export", new SandboxFile("a.csv.gz", 10));
        Ended ended = relay().with("webhook.url", "http://partner.invalid/hook")
                .with("relay.delivery.max-attempts", 1)
                .run("once", "--wait", "2s");
        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.err()).contains("the webhook at partner.invalid is not https");
    }

    @Test
    void losesNothingWhenItIsKilledBetweenThePostAndItsAnswer() throws Exception {
        sandbox.addFinished("people_export", new SandboxFile("a.csv.gz", 10));
        receiver.answer(PATH, receiver.silent(), body(200, "text/plain", "ok"));
        RelayChild relay = relay().with("webhook.timeout", "60s");
        Running killed = relay.start("run");
        await().atMost(Duration.ofSeconds(30)).until(() -> !receiver.requests().isEmpty());
        killed.process().destroyForcibly().waitFor();
        Ended ended = relay.run("once");
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        assertThat(receiver.requests())
                .hasSize(2)
                .extracting(request -> request.headers().getFirst("ExportDeliveryId"))
                .containsOnly(receiver.requests().get(0).headers().getFirst("ExportDeliveryId"));
    }

    private static String signature(Request request, String secret) throws Exception {
        String timestamp = request.headers().getFirst("webhook-timestamp");
        assertThat(Long.parseLong(timestamp))
                .isBetween(Instant.now().getEpochSecond() - 60, Instant.now().getEpochSecond());
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(Base64.getDecoder().decode(secret.substring("whsec_".length())), "HmacSHA256"));
        mac.update((request.headers().getFirst("webhook-id") + "." + timestamp + ".").getBytes(UTF_8));
        return "v1," + Base64.getEncoder().encodeToString(mac.doFinal(request.body()));
    }

    private static void assertSignedAsBefore(Request request) throws Exception {
        Matcher signature = SIGNATURE_OF_020.matcher(request.headers().getFirst("X-Export-Signature"));
        assertThat(signature.matches()).isTrue();
        assertThat(Long.parseLong(signature.group(1)))
                .isBetween(Instant.now().getEpochSecond() - 60, Instant.now().getEpochSecond());
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(SECRET_OF_020.getBytes(UTF_8), "HmacSHA256"));
        mac.update((signature.group(1) + ".").getBytes(UTF_8));
        assertThat(signature.group(2)).isEqualTo(HexFormat.of().formatHex(mac.doFinal(request.body())));
    }

    private RelayChild relay() {
        return RelayChild.in(directory.resolve("relay"))
                .at(sandbox)
                .withExample("deliver-to-webhook")
                .without("deliver-to-file")
                .with("relay.delivery.retry-delay", "200ms")
                .with("webhook.url", receiver.url(PATH))
                .with("webhook.secret", SECRET)
                .with("webhook.timeout", "5s");
    }
}
