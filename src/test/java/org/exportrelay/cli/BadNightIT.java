package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.exportrelay.testing.LocalServer.body;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.StreamSupport;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxExport;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.LocalServer;
import org.exportrelay.testing.Postgres;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.exportrelay.testing.RelayChild.Running;
import org.exportrelay.testing.SftpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A bad night of the installed relay, after which the commands alone answer every question: a partner is down, a password is
 * wrong, a webhook refuses an export and is then away, a file in the store is damaged, an operator replays, pauses and edits
 * a route, and the process is killed.
 */
class BadNightIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration URLS_LIVE = Duration.ofDays(7);
    /** Less than the hour in which a delivery is at risk, and more than a URL needs for a download. */
    private static final Duration LEFT = Duration.ofMinutes(40);

    private static final String USER = System.getProperty("user.name");
    private static final String NOTE = "ticket 4711: the disk is replaced";
    private static final String HOOK = "/hook";
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path directory;

    private Sandbox sandbox;
    private SftpServer partner;
    private SftpServer bank;
    private LocalServer webhook;
    private final Map<String, Ended> answers = new HashMap<>();
    private RelayChild relay;
    private Running running;
    private Instant begin;
    private SandboxExport early;
    private SandboxExport late;
    private SandboxExport damaged;
    private SandboxExport expiring;

    @BeforeEach
    void startServers() {
        begin = Instant.now().minusSeconds(1);
        sandbox = Sandbox.start(SandboxOptions.defaults().withExports(0).withArrivalPeriod(Duration.ZERO));
        partner = new SftpServer(directory.resolve("partner")).start();
        bank = new SftpServer(directory.resolve("bank")).withPassword("another").start();
        webhook = new LocalServer();
    }

    @AfterEach
    void stopServers() {
        if (running != null) {
            running.process().destroyForcibly();
        }
        webhook.close();
        bank.close();
        partner.close();
        sandbox.close();
    }

    @Test
    void theCommandsAnswerEveryQuestionOfABadNight() throws Exception {
        relay = relay();
        playTheNight();
        whatIsWrongNowAndSinceWhen();
        whatHasThePartnerNotReceived();
        didTheExportReachAllDestinationsAndWhen();
        whyDidItFailFirst();
        whoDidWhat();
        whatWillExpireUndelivered();
        whenIsTheNextPoll();
        howMuchOfTheApiBudgetIsLeft();
        whatIsStillAtTheDestinations();
        assertThat(running.stop().exitCode()).isZero();
    }

    @Test
    void theCommandsAnswerOnPostgresqlAsWell() throws Exception {
        try (EmbeddedPostgres postgres = Postgres.start()) {
            relay = relay().withLedger(postgres);
            playTheNight();
            whatIsWrongNowAndSinceWhen();
            didTheExportReachAllDestinationsAndWhen();
            whoDidWhat();
            whatWillExpireUndelivered();
            running.kill();
        }
    }

    @Test
    void anExpectationIsAtRiskThenMissedThenMetLateAndTheCommandsShowIt() throws Exception {
        RelayChild expecting = RelayChild.in(directory.resolve("relay"))
                .at(sandbox)
                .with("relay.expect.soon.exports", "people_*")
                .with("relay.expect.soon.by", time(Duration.ofHours(1)))
                .with("relay.expect.soon.warn-before", "2h")
                .with("relay.expect.nightly.exports", "properties_*")
                .with("relay.expect.nightly.by", time(Duration.ofHours(-1)))
                .with("relay.expect.vendor.exports", "lists_*")
                .with("relay.expect.vendor.by", time(Duration.ofHours(1)));
        sandbox.addFinished("lists_export", new SandboxFile("list.csv.gz", 10));
        assertThat(expecting.run("once").exitCode()).isZero();
        assertThat(states(expecting)).isEqualTo(Map.of("soon", "at risk", "vendor", "met"));

        // A relay ran before the deadline.
        try (Connection ledger = expecting.ledger().connect();
                Statement statement = ledger.createStatement()) {
            statement.execute("UPDATE event SET at = '"
                    + Instant.now().minus(Duration.ofHours(2)).truncatedTo(ChronoUnit.MILLIS)
                    + "' WHERE kind = 'instance-started'");
        }
        Ended missed = expecting.run("once");
        assertThat(missed.err()).contains("expectation nightly: 0 of 1 expected exports properties_* delivered by");
        assertThat(expecting.run("status").out())
                .contains("expectation: nightly: 0 of 1 expected exports properties_* delivered by ")
                .contains("expectation: soon: 0 of 1 expected exports people_* delivered, due by ")
                .contains("no other has come: check at the vendor")
                .containsPattern("nightly +missed +0 of 1 +[-\\d]+ [:\\d]+Z \\(1h.* ago\\)");

        sandbox.addFinished("properties_export", new SandboxFile("properties.csv.gz", 10));
        sandbox.addFinished("people_export", new SandboxFile("people.csv.gz", 10));
        assertThat(expecting.run("once").exitCode()).isZero();
        assertThat(states(expecting)).isEqualTo(Map.of("soon", "met", "vendor", "met", "nightly", "met late"));
        assertThat(expecting.run("status").out()).startsWith("Nothing needs your action.\n");
        Ended history =
                expecting.run("history", "--kind", "expectation-at-risk,expectation-missed,expectation-met", "--json");
        assertThat(lines(history))
                .extracting(event -> event.at("/detail/expectation").asText() + " "
                        + event.path("kind").asText().replaceFirst("expectation-", ""))
                .containsExactlyInAnyOrder("soon at-risk", "vendor met", "nightly missed", "nightly met", "soon met");
    }

    private void playTheNight() throws Exception {
        early = sandbox.addFinished("properties_export", new SandboxFile("early.csv.gz", 50));
        webhook.answer(HOOK, body(422, "text/plain", "no such column"));
        running = relay.start("run");
        await().atMost(PATIENCE)
                .until(() -> output("exports:sftp: delivered")
                        && output("exports:archive: delivered")
                        && output("exports:bank: down")
                        && output("parked after attempt 1"));
        webhook.answer(HOOK, body(204, "text/plain", ""));
        assertThat(relay.run("replay", "--destination", "webhook").out()).contains("1 delivery will be made again");
        await().atMost(PATIENCE).until(() -> output("exports:webhook: delivered"));

        webhook.answer(HOOK, body(503, "text/plain", "closed"));
        partner.stop();
        running.kill();

        late = sandbox.addFinished("people_export", new SandboxFile("late.csv.gz", 50));
        damaged = sandbox.addFinished("properties_export", new SandboxFile("damaged.csv.gz", 5000));
        sandbox.damage(damaged.id());
        expiring = sandbox.addFinished(
                "properties_export", Instant.now().minus(URLS_LIVE).plus(LEFT), new SandboxFile("expiring.csv.gz", 50));
        await().atMost(PATIENCE)
                .until(() -> relay.ledger()
                                .number("SELECT count(*) FROM poller WHERE next_poll_at < '" + Instant.now() + "'")
                        == 1);
        // Nothing changes while the questions are asked.
        relay.with("relay.poll.period", "10m").with("relay.delivery.retry-delay", "10m");
        running = relay.start("run");
        await().atMost(PATIENCE)
                .until(() -> output("exports:archive: delivered late.")
                        && output("exports:archive: delivered expiring.")
                        && output("exports:sftp: down")
                        && output("exports:webhook: down"));
        await().atMost(PATIENCE)
                .until(() -> relay.ledger().number("SELECT count(*) FROM delivery WHERE state = 'parked'") == 3);
        await().atMost(PATIENCE)
                .until(() -> relay.ledger()
                                .number("SELECT count(*) FROM delivery WHERE spooled_by <> ''"
                                        + " AND destination IN ('sftp', 'bank') AND state IN ('pending', 'retrying')")
                        == 5);
        await().atMost(PATIENCE)
                .until(() -> relay.ledger()
                                .number("SELECT count(*) FROM destination WHERE down_since IS NOT NULL AND probe_at > '"
                                        + Instant.now().plusSeconds(60) + "'")
                        == 3);
        assertThat(relay.run("pause", "archive", "--note", NOTE).exitCode()).isZero();
        Files.writeString(
                relay.directory().resolve("routes/deliver-to-file.camel.yaml"),
                "# edited at night\n",
                StandardOpenOption.APPEND);
        await().atMost(PATIENCE).until(() -> output("deliver-to-file.camel.yaml reloaded"));
    }

    private void whatIsWrongNowAndSinceWhen() throws Exception {
        List<String> status = ask("status").out().lines().toList();
        assertThat(status.subList(0, status.indexOf("")))
                .as("each item, and what to do")
                .filteredOn(line -> !line.startsWith("    "))
                .satisfiesExactly(
                        risk -> assertThat(risk).matches("webhook: 1 delivery likely to expire, the first in 3\\dm.*"),
                        paused -> assertThat(paused)
                                .matches("archive: paused for \\d+s by " + USER + ": " + NOTE + "; 0 deliveries wait"),
                        login -> assertThat(login)
                                .matches(
                                        "bank: down for .*: .*(login|password|Auth).*; next probe .*; 3 deliveries wait"),
                        away -> assertThat(away).matches("sftp: down for \\d+s: .*; next probe .*; 2 deliveries wait"),
                        hook -> assertThat(hook)
                                .matches("webhook: down for \\d+s: .*503.*; 3 deliveries wait; 3 of them can expire,"
                                        + " the first in 3\\dm.*"),
                        archive ->
                                assertThat(archive).matches("archive: 1 parked, the last .* ago: .*in two downloads.*"),
                        bank -> assertThat(bank).startsWith("bank: 1 parked"),
                        sftp -> assertThat(sftp).startsWith("sftp: 1 parked"));
        JsonNode json = JSON.readTree(ask("status", "--json").out());
        assertThat(json.path("attention"))
                .extracting(item ->
                        item.path("subject").asText() + " " + item.path("cause").asText())
                .containsExactly(
                        "webhook at-risk",
                        "archive paused",
                        "bank down",
                        "sftp down",
                        "webhook down",
                        "archive damaged",
                        "bank damaged",
                        "sftp damaged");
        assertThat(json.path("attention"))
                .filteredOn(item -> !item.path("cause").asText().equals("at-risk"))
                .allSatisfy(item ->
                        assertThat(Instant.parse(item.path("since").asText())).isBetween(begin, Instant.now()));
        assertThat(json.path("attention"))
                .allSatisfy(item -> assertThat(item.path("action").asText()).isNotEmpty());
    }

    private void whatHasThePartnerNotReceived() throws Exception {
        String[] question = {
            "status", "--destination", "sftp", "--state", "pending,retrying,parked,expired", "--limit", "0"
        };
        String deliveries = ask(question).out().split("STATE +DESTINATION")[1];
        assertThat(deliveries)
                .contains("late." + late.id(), "damaged." + damaged.id(), "expiring." + expiring.id())
                .doesNotContain("early.");
        List<String> json = new ArrayList<>(List.of(question));
        json.add("--json");
        assertThat(JSON.readTree(ask(json.toArray(String[]::new)).out()).path("exports"))
                .extracting(export -> export.path("export_id").asText())
                .containsExactlyInAnyOrder(late.id(), damaged.id(), expiring.id());
    }

    private void didTheExportReachAllDestinationsAndWhen() throws Exception {
        assertThat(ask("explain", early.id()).out())
                .startsWith("export " + early.id() + " (properties_export)\n  4 deliveries: ")
                .containsPattern("4 deliveries: .*3 delivered")
                .containsPattern(
                        "exports:sftp: early.*\n  State:  delivered at [-\\d]+ [:\\d]+Z \\(.* ago\\), attempts: 1")
                .containsPattern(
                        "exports:bank: early.*\n  State:  (pending|retrying).* The destination is unavailable");
        JsonNode json = JSON.readTree(ask("explain", early.id(), "--json").out());
        Map<String, String> states = new TreeMap<>();
        json.path("deliveries")
                .forEach(delivery -> states.put(
                        delivery.path("destination").asText(),
                        delivery.path("cause").asText()));
        assertThat(states)
                .isEqualTo(Map.of("archive", "delivered", "bank", "down", "sftp", "delivered", "webhook", "delivered"));
        assertThat(json.path("deliveries"))
                .filteredOn(delivery -> delivery.path("cause").asText().equals("delivered"))
                .allSatisfy(delivery -> assertThat(
                                Instant.parse(delivery.path("finished_at").asText()))
                        .isBetween(begin, Instant.now()));
        assertThat(ask("status", "--export", early.id()).out())
                .containsPattern("delivered +archive +1 +[-\\d]+ [:\\d]+Z")
                .doesNotContain("late.");
    }

    private void whyDidItFailFirst() throws Exception {
        List<JsonNode> events =
                lines(ask("history", "--export", early.id(), "--destination", "webhook", "--limit", "0", "--json"));
        assertThat(events).extracting(event -> event.path("kind").asText()).containsExactly("replayed", "parked");
        assertThat(events.get(1).path("message").asText()).contains("422");
        assertThat(ask("explain", early.id()).out())
                .containsSubsequence("What happened:", "parked  webhook", "422", "replayed  webhook  by " + USER);
        assertThat(ask("explain", "damaged.csv.gz").out())
                .contains("The file in the store is damaged.")
                .contains("To do:  Run the export again at the vendor.");
    }

    private void whoDidWhat() throws Exception {
        List<JsonNode> events = lines(ask(
                "history",
                "--kind",
                "replayed,paused,resumed,retired,route-changed,instance-started,instance-stopped",
                "--json"));
        assertThat(events.stream()
                        .map(event -> event.path("kind").asText() + " by "
                                + event.path("actor").asText())
                        .filter(event -> !event.startsWith("route-changed")))
                .as("the killed process has not stopped in an orderly way")
                .containsExactly(
                        "paused by " + USER,
                        "instance-started by relay",
                        "replayed by " + USER,
                        "instance-started by relay");
        assertThat(events.get(0).at("/detail/file").asText()).isEqualTo("deliver-to-file.camel.yaml");
        assertThat(ask("history", "--kind", "paused").out())
                .containsPattern("^[-\\d]+ [:\\d]+Z \\(.* ago\\)  paused  archive  by " + USER + "\n    " + NOTE);
    }

    private void whatWillExpireUndelivered() throws Exception {
        assertThat(ask("explain", expiring.id()).out())
                .containsPattern("exports:webhook: (?s:.*?)\n  Lost:   The delivery expires at "
                        + expiring.expiresAt().truncatedTo(ChronoUnit.SECONDS)
                        + " \\(in 3\\dm.*\\), unless it is made before\\.")
                .containsPattern("exports:sftp: (?s:.*?)\n  Lost:   Nothing: the spool has the file");
        JsonNode status = JSON.readTree(
                ask("status", "--json", "--state", "pending,retrying").out());
        assertThat(destination(status, "webhook").path("expiring").asInt()).isEqualTo(3);
        assertThat(Instant.parse(
                        destination(status, "webhook").path("next_expiry_at").asText()))
                .isEqualTo(expiring.expiresAt());
        assertThat(destination(status, "sftp").path("expiring").asInt()).isZero();
        assertThat(destination(status, "sftp").path("next_expiry_at").isNull()).isTrue();
        assertThat(ask("status", "--destination", "webhook", "--state", "pending,retrying")
                        .out())
                .containsPattern("expiring\\." + expiring.id()
                        + ".*(?s:.*)    expires [-\\d]+ [:\\d]+Z \\(in 3\\dm.*\\) unless it is delivered before");
    }

    private void whenIsTheNextPoll() throws Exception {
        assertThat(ask("status").out())
                .containsPattern("The next poll is due at [-\\d]+ [:\\d]+Z \\(in \\dm.*\\)\\.")
                .containsPattern("A relay last reported that it runs at [-\\d]+ [:\\d]+Z \\(.* ago\\)\\.");
        JsonNode json = JSON.readTree(ask("status", "--json").out());
        assertThat(Instant.parse(json.path("next_poll_at").asText()))
                .isBetween(Instant.now(), Instant.now().plus(Duration.ofMinutes(10)));
        assertThat(Instant.parse(json.path("relay_seen_at").asText())).isBetween(begin, Instant.now());
    }

    private void howMuchOfTheApiBudgetIsLeft() throws Exception {
        Ended check = ask("check");
        assertThat(check.exitCode()).isEqualTo(1);
        assertThat(check.out())
                .containsPattern("route poll-exports -> .*: the key is accepted; requests that the organisation has"
                        + " left: \\d+ of 60 in this minute, \\d+ of 5000 today")
                .containsPattern("FAIL  exports:sftp: down for ")
                .containsPattern("-     exports:archive: paused for ");
        List<JsonNode> json = lines(ask("check", "--json"));
        assertThat(json)
                .filteredOn(line -> line.path("text").asText().contains("the key is accepted"))
                .singleElement()
                .satisfies(line -> assertThat(line.path("result").asText()).isEqualTo("ok"));
        assertThat(json)
                .filteredOn(line -> line.path("result").asText().equals("failed"))
                .extracting(line -> line.path("subject").asText())
                .contains("exports:bank", "exports:sftp", "exports:webhook");
    }

    private void whatIsStillAtTheDestinations() throws Exception {
        Files.delete(relay.archived().stream()
                .filter(file -> file.getFileName().toString().startsWith("early."))
                .findFirst()
                .orElseThrow());
        Ended text = ask("reconcile");
        assertThat(text.exitCode()).isEqualTo(1);
        assertThat(text.out())
                .containsPattern("exports:archive: missing: file:.*early.*is not there")
                .contains("exports:archive: 3 delivered files compared, 1 missing, 0 different; 0 unknown there")
                .containsPattern("exports:sftp: unchecked: sftp://.* cannot be listed: ");
        assertThat(lines(ask("reconcile", "archive", "--json")))
                .filteredOn(line -> line.path("result").asText().equals("missing"))
                .singleElement()
                .satisfies(line -> assertThat(line.path("export_id").asText()).isEqualTo(early.id()));
    }

    private RelayChild relay() throws IOException {
        RelayChild child = RelayChild.in(directory.resolve("relay"))
                .at(sandbox)
                .withExample("deliver-to-sftp")
                .withExample("deliver-to-webhook")
                .withSftp(partner.port(), "in")
                .with("bank.host", "127.0.0.1")
                .with("bank.port", bank.port())
                .with("bank.directory", "in")
                .with("bank.username", SftpServer.USER)
                .with("bank.password", SftpServer.PASSWORD)
                .with("webhook.url", webhook.url(HOOK))
                .with("webhook.secret", "whsec_czNjcmV0LTAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5")
                .with("webhook.timeout", "5s")
                .with("relay.poll.period", "1s")
                .with("relay.delivery.retry-delay", "1s")
                .with("relay.delivery.lease", "10s");
        Path routes = child.directory().resolve("routes");
        Files.writeString(
                routes.resolve("deliver-to-bank.camel.yaml"),
                Files.readString(routes.resolve("deliver-to-sftp.camel.yaml"))
                        .replace("to-sftp", "to-bank")
                        .replace("exports:sftp", "exports:bank")
                        .replace("{{sftp.", "{{bank.")
                        .replace("{{?sftp.", "{{?bank."));
        for (SftpServer server : List.of(partner, bank)) {
            assertThat(child.run("trust", server.url(), "--fingerprint", server.fingerprint())
                            .exitCode())
                    .isZero();
        }
        return child;
    }

    /** In UTC, so many hours from now. */
    private static String time(Duration fromNow) {
        return DateTimeFormatter.ofPattern("HH:mm")
                .format(LocalTime.now(ZoneOffset.UTC).plus(fromNow));
    }

    private static Map<String, String> states(RelayChild relay) throws IOException {
        Map<String, String> states = new TreeMap<>();
        JSON.readTree(relay.run("status", "--json").out())
                .path("expectations")
                .forEach(expectation -> states.put(
                        expectation.path("expectation").asText(),
                        expectation.path("state").asText()));
        return states;
    }

    private boolean output(String text) {
        return running.output().contains(text);
    }

    /** Once for each command: after the night nothing changes. */
    private Ended ask(String... command) {
        return answers.computeIfAbsent(String.join(" ", command), text -> {
            Ended ended = relay.run(command);
            assertThat(ended.err()).as(text).doesNotContain("\tat ");
            assertThat(ended.out()).as(ended.err()).isNotEmpty();
            return ended;
        });
    }

    private static List<JsonNode> lines(Ended ended) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : ended.out().lines().toList()) {
            lines.add(JSON.readTree(line));
        }
        return lines;
    }

    private static JsonNode destination(JsonNode status, String name) {
        return StreamSupport.stream(status.path("destinations").spliterator(), false)
                .filter(destination -> destination.path("destination").asText().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
