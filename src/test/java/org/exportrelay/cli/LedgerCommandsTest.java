package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.exportrelay.api.RejectedEntry;
import org.exportrelay.config.SettingsException;
import org.exportrelay.ledger.EventKind;
import org.exportrelay.ledger.ExpectationResult;
import org.exportrelay.ledger.Expectations;
import org.exportrelay.ledger.ExportRecorder;
import org.exportrelay.ledger.LedgerConditions;
import org.exportrelay.ledger.LedgerSettings;
import org.exportrelay.ledger.OtherLedger;
import org.exportrelay.ledger.TestDatabase;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

/** The commands that only need the ledger, on a ledger that is not of their version; {@code check} is in RelayCheckTest. */
@ParameterizedClass(name = "{0}")
@EnumSource(TestDatabase.class)
class LedgerCommandsTest {

    @Parameter
    private TestDatabase on;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @EnumSource(OtherLedger.class)
    void refuseALedgerThatIsNotOfTheirVersionAndLeaveItAsItIs(OtherLedger ledger) throws SQLException {
        LedgerSettings settings = ledger.on(on, directory);
        List<String> before = OtherLedger.tables(settings);
        for (LedgerCommand command : List.of(
                new StatusCommand(),
                new HistoryCommand(),
                new ReplayCommand(null),
                new PauseCommand(),
                new ResumeCommand(),
                new RetryCommand(),
                new RetireCommand())) {
            StringWriter out = new StringWriter();
            new CommandLine(command).setOut(new PrintWriter(out));
            assertThatThrownBy(() -> command.call(settings))
                    .isInstanceOf(SettingsException.class)
                    .hasMessageStartingWith("relay.ledger.url=jdbc:")
                    .hasMessageContaining(ledger.text())
                    .message()
                    .doesNotContain("\n");
            assertThat(out.toString()).isEmpty();
        }
        assertThat(OtherLedger.tables(settings)).isEqualTo(before);
    }

    @Test
    void printWhatTheyDidInOneLine() throws Exception {
        LedgerSettings settings = on.withTables(directory);
        try (LedgerDatabase database = LedgerDatabase.openForWork(settings)) {
            LedgerConditions.create(database);
        }
        assertThat(print(new PauseCommand(), settings, "archive", "--note", "ticket 8"))
                .isEqualTo("exports:archive: paused; deliveries in flight finish, the others wait until 'resume"
                        + " archive'");
        assertThat(print(new PauseCommand(), settings, "archive")).isEqualTo("exports:archive: was paused already");
        assertThat(print(new PauseCommand(), settings, "archive", "--note", "ticket 9"))
                .isEqualTo("exports:archive: was paused already; the note is new");
        assertThat(print(new ResumeCommand(), settings, "archive")).isEqualTo("exports:archive: resumed");
        assertThat(print(new ResumeCommand(), settings, "archive")).isEqualTo("exports:archive: was not paused");
        assertThat(print(new RetryCommand(), settings, "archive"))
                .isEqualTo("exports:archive: no failed delivery waits for its next attempt");
        assertThat(print(new RetryCommand(), settings, "down"))
                .isEqualTo("exports:down: is down; one delivery is tried within seconds, or when a relay starts; if it"
                        + " succeeds, the others follow");
        assertThat(print(new RetryCommand(), settings, "paused"))
                .isEqualTo("exports:paused: is paused; its deliveries are tried after 'resume paused'");
        assertThat(print(new RetireCommand(), settings, "routeless"))
                .isEqualTo("exports:routeless: retired; 1 waiting delivery ended as skipped");
        assertThat(print(new StatusCommand(), settings).lines().limit(14))
                .satisfiesExactly(
                        down -> assertThat(down)
                                .matches(
                                        "down: down for \\d+s: nothing listens there; next probe now; 1 delivery waits"),
                        toDo -> assertThat(toDo).contains("'retry down'"),
                        paused -> assertThat(paused)
                                .matches("paused: paused for \\d+s by ops: ticket 7; 1 delivery waits"),
                        toDo -> assertThat(toDo).contains("'resume paused'"),
                        line -> assertThat(line).isEmpty(),
                        relay -> assertThat(relay)
                                .matches("A relay last reported that it runs at [-\\d]+ [:\\d]+Z \\(\\d+s ago\\)\\."),
                        line -> assertThat(line).isEmpty(),
                        head -> assertThat(head)
                                .matches(
                                        "DESTINATION +STATE +DELIVERED +WAITING +RETRYING +PARKED +EXPIRED +OLDEST +LAST"),
                        archive -> assertThat(archive).matches("archive +up +0 +1 +0 +0 +0 +\\d+s +-"),
                        down -> assertThat(down).matches("down +down +0 +1 +1 +0 +0 +\\d+s +-"),
                        paused -> assertThat(paused).matches("paused +paused +0 +1 +0 +0 +0 +\\d+s +-"),
                        retired -> assertThat(retired).matches("routeless +retired +0 +0 +0 +0 +0 +- +-"),
                        line -> assertThat(line).isEmpty(),
                        head -> assertThat(head).matches("STATE +DESTINATION +ATTEMPTS +SINCE, OR NEXT ATTEMPT"));
    }

    @Test
    void aDestinationOutsideItsWindowIsShownAsClosed() throws Exception {
        LedgerSettings settings = withConditions();
        ZonedDateTime opening = ZonedDateTime.now(ZoneOffset.UTC).plusHours(2);
        settings.execute("UPDATE destination SET delivery_window = '%tR-%tR UTC' WHERE name = 'archive'"
                .formatted(opening, opening.plusHours(1)));
        String opensAt = "outside its window, opens at %tR (UTC)".formatted(opening);
        assertThat(print(new StatusCommand(), settings))
                .containsPattern("\narchive +closed +0 +1 +0 +0 +0 +\\d+s +-\n    " + Pattern.quote(opensAt) + "\n");
        assertThat(print(new RetryCommand(), settings, "archive"))
                .isEqualTo("exports:archive: is " + opensAt + "; its deliveries are tried then");
    }

    @Test
    void statusFitsEightyColumnsAndShowsTheDeliveriesThatAreChosen() throws Exception {
        LedgerSettings settings = withConditions();
        assertThat(print(new StatusCommand(), settings).lines().dropWhile(line -> !line.startsWith("DESTINATION")))
                .filteredOn(line -> !line.startsWith("    "))
                .allMatch(line -> line.length() <= 80);
        assertThat(deliveries(settings)).hasSize(4);
        assertThat(deliveries(settings, "--limit", "2")).hasSize(2);
        assertThat(deliveries(settings, "--destination", "down"))
                .singleElement()
                .matches(line -> line.contains("retrying"));
        assertThat(deliveries(settings, "--state", "pending,parked")).hasSize(3);
        assertThat(deliveries(settings, "--export", "e", "--state", "retrying")).hasSize(1);
        assertThat(deliveries(settings, "--export", "other")).isEmpty();
        assertThat(deliveries(settings, "--since", "1h")).hasSize(4);
    }

    @Test
    void statusShowsExpectationsAndBeginsWithThoseThatAreMissed() throws Exception {
        LedgerSettings settings = withConditions();
        Instant deadline = Instant.now().minus(Duration.ofMinutes(5)).truncatedTo(ChronoUnit.SECONDS);
        try (LedgerDatabase database = LedgerDatabase.openForWork(settings)) {
            Expectations expectations = new Expectations(database, Clock.systemUTC());
            for (EventKind kind : List.of(EventKind.EXPECTATION_AT_RISK, EventKind.EXPECTATION_MISSED)) {
                expectations.record(new ExpectationResult(
                        "nightly",
                        kind,
                        deadline,
                        2,
                        1,
                        false,
                        null,
                        "1 of 2 expected exports properties_* delivered"));
            }
            expectations.record(new ExpectationResult(
                    "weekly",
                    EventKind.EXPECTATION_MET,
                    deadline,
                    1,
                    1,
                    true,
                    null,
                    "1 of 1 expected exports delivered"));
        }
        List<String> lines = print(new StatusCommand(), settings).lines().toList();
        assertThat(lines)
                .startsWith(
                        "expectation: nightly: 1 of 2 expected exports properties_* delivered",
                        "    If they have not come, run them again at the vendor. If they wait, fix the cause that"
                                + " 'status' shows.")
                .anyMatch(line -> line.matches("nightly +missed +1 of 2 +[-\\d]+ [:\\d]+Z \\(5m.* ago\\)"))
                .anyMatch(line -> line.matches("weekly +met late +1 of 1 +[-\\d]+ [:\\d]+Z \\(5m.* ago\\)"));
        JsonNode json = new ObjectMapper().readTree(print(new StatusCommand(), settings, "--json", "--limit", "1"));
        assertThat(json.path("expectations")).hasSize(2);
        JsonNode missed = json.at("/expectations/1");
        assertThat(missed.path("expectation").asText()).isEqualTo("nightly");
        assertThat(missed.path("state").asText()).isEqualTo("missed");
        assertThat(Instant.parse(missed.path("deadline").asText())).isEqualTo(deadline);
        assertThat(missed.path("expected").asInt()).isEqualTo(2);
        assertThat(missed.path("delivered").asInt()).isEqualTo(1);
        assertThat(missed.path("recorded_at").asText()).isNotEmpty();
    }

    @Test
    void statusAsJsonTakesTheSameOptions() throws Exception {
        LedgerSettings settings = withConditions();
        JsonNode all = new ObjectMapper().readTree(print(new StatusCommand(), settings, "--json"));
        assertThat(all.at("/exports/0/files/0/deliveries")).hasSize(4);
        assertThat(all.at("/totals/pending").asInt()).isEqualTo(3);
        JsonNode one =
                new ObjectMapper().readTree(print(new StatusCommand(), settings, "--json", "--state", "retrying"));
        assertThat(one.at("/exports/0/files/0/deliveries")).hasSize(1);
        assertThat(one.at("/exports/0/files/0/deliveries/0/destination").asText())
                .isEqualTo("down");
    }

    @Test
    void aMisspeltDestinationIsAnErrorWithTheNearestName() throws Exception {
        LedgerSettings settings = withConditions();
        for (LedgerCommand command : List.of(new StatusCommand(), new HistoryCommand(), new ReplayCommand(null))) {
            assertThatThrownBy(() -> print(command, settings, "--destination", "arhcive"))
                    .isInstanceOf(SettingsException.class)
                    .hasMessageStartingWith("the ledger has no destination 'arhcive'; did you mean archive?");
        }
    }

    @Test
    void historyShowsWhatHappenedNewestFirst() throws Exception {
        LedgerSettings settings = withConditions();
        assertThat(print(new HistoryCommand(), settings).lines())
                .first()
                .asString()
                .matches("[-\\d]+ [:\\d]+Z \\(\\d+s ago\\)  paused  paused  by ops");
        assertThat(print(new HistoryCommand(), settings, "--kind", "destination-down"))
                .contains("down\n    export e\n    nothing listens there");
        assertThat(print(new HistoryCommand(), settings, "--export", "other")).isEmpty();
        List<String> lines =
                print(new HistoryCommand(), settings, "--json").lines().toList();
        assertThat(lines).hasSize(2);
        JsonNode event = new ObjectMapper().readTree(lines.get(0));
        assertThat(event.path("kind").asText()).isEqualTo("paused");
        assertThat(event.path("actor").asText()).isEqualTo("ops");
        assertThat(event.path("message").asText()).isEqualTo("ticket 7");
    }

    @Test
    void explainSaysWhatHappensNextAndWhatToDo() throws Exception {
        LedgerSettings settings = withConditions();
        assertThat(print(new ExplainCommand(), settings, "e"))
                .contains("export e (properties_export)")
                .contains("exports:down: one.e.csv.gz")
                .contains("Reason: down for ")
                .contains("To do:  If it lasts, fix the reason. To try now, run 'retry down'.")
                .contains("To do:  To end the pause, run 'resume paused'.")
                .contains("No relay runs a route to the destination.")
                .contains("What happened:");
        assertThatThrownBy(() -> print(new ExplainCommand(), settings, "nothing"))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("the ledger has nothing of 'nothing'; searched: ");
    }

    @Test
    void replayOnATerminalAsksBeforeItActs() throws Exception {
        LedgerSettings settings = withConditions();
        String[] retrying = {"--state", "retrying"};
        assertThat(print(new ReplayCommand(question -> "no"), settings, retrying))
                .isEqualTo("exports:down: 1 delivery, retrying\nreplay: nothing was changed");
        assertThat(print(new HistoryCommand(), settings, "--kind", "replayed")).isEmpty();
        assertThat(print(new ReplayCommand(question -> "yes"), settings, retrying))
                .startsWith("exports:down: 1 delivery, retrying\nreplay: 1 delivery will be made again");
        assertThat(print(
                        new ReplayCommand(question -> {
                            throw new AssertionError("asked");
                        }),
                        settings,
                        "--state",
                        "retrying",
                        "--yes"))
                .startsWith("replay: 1 delivery will be made again");
        assertThat(print(new HistoryCommand(), settings, "--kind", "replayed"))
                .contains("by " + System.getProperty("user.name"));
    }

    @Test
    void explainAsJsonHasItsDocumentedFields() throws Exception {
        LedgerSettings settings = withConditions();
        JsonNode line = new ObjectMapper().readTree(print(new ExplainCommand(), settings, "e", "--json"));
        assertThat(names(line)).containsExactly("export_id", "name", "notes", "deliveries", "events");
        assertThat(line.path("deliveries")).hasSize(4);
        JsonNode down = only(line.path("deliveries"), "down");
        assertThat(names(down))
                .containsExactly(
                        "delivery_id",
                        "destination",
                        "file_id",
                        "filename",
                        "unique_name",
                        "size",
                        "sha256",
                        "state",
                        "attempts",
                        "replays",
                        "finished_at",
                        "next_attempt_at",
                        "expires_at",
                        "location",
                        "instance",
                        "route_digest",
                        "cause",
                        "meaning",
                        "reason",
                        "next",
                        "loss",
                        "action");
        assertThat(down.path("cause").asText()).isEqualTo("down");
        assertThat(down.path("action").asText()).contains("'retry down'");
        assertThat(Instant.parse(down.path("next_attempt_at").asText())).isNotNull();
        assertThat(down.path("finished_at").isNull()).isTrue();
        assertThat(only(line.path("deliveries"), "routeless").path("cause").asText())
                .isEqualTo("no-route");
        assertThat(line.at("/events/0/kind").asText()).isEqualTo("destination-down");
        assertThat(Files.readString(Path.of("docs/operating.md")))
                .contains(names(down).stream().map(name -> "`" + name + "`").collect(Collectors.joining(", ")));
        assertThatThrownBy(() -> print(new ExplainCommand(), settings, "nothing", "--json"))
                .isInstanceOf(SettingsException.class);
    }

    @Test
    void statusShowsWhenTheNextPollIs() throws Exception {
        LedgerSettings settings = withConditions();
        Instant now = Instant.now();
        assertThat(nextPoll(settings, now.plus(Duration.ofMinutes(5)), now))
                .matches("The next poll is due at [-\\d]+ [:\\d]+Z \\(in 4m \\d+s\\)\\.");
        assertThat(nextPoll(settings, now.minusSeconds(20), now)).isEqualTo("The next poll is due now.");
        assertThat(nextPoll(settings, now.minus(Duration.ofHours(2)), now.minus(Duration.ofHours(3))))
                .matches("The next poll has been due since [-\\d]+ [:\\d]+Z \\(2h.* ago\\)\\.");
    }

    private static String nextPoll(LedgerSettings settings, Instant at, Instant seen) throws Exception {
        try (LedgerDatabase database = LedgerDatabase.openForWork(settings)) {
            database.jdbi().useHandle(handle -> {
                handle.createUpdate("UPDATE poller SET next_poll_at = :at")
                        .bind("at", at)
                        .execute();
                handle.createUpdate("UPDATE instance SET seen_at = :seen")
                        .bind("seen", seen)
                        .execute();
            });
        }
        return print(new StatusCommand(), settings)
                .lines()
                .filter(line -> line.startsWith("The next poll "))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void statusShowsSomeRejectedEntriesAndAllAsJson() throws Exception {
        LedgerSettings settings = withConditions();
        try (LedgerDatabase database = LedgerDatabase.openForWork(settings)) {
            ExportRecorder recorder = new ExportRecorder(database, Clock.systemUTC());
            for (int i = 0; i < 12; i++) {
                recorder.reject(new RejectedEntry("bad" + i, "it has no status"));
            }
        }
        List<String> lines = print(new StatusCommand(), settings).lines().toList();
        assertThat(lines)
                .contains("rejected: export bad0: it has no status", "    There are more: 'status --json' lists all.");
        assertThat(lines).filteredOn(line -> line.startsWith("rejected: ")).hasSize(10);
        assertThat(new ObjectMapper()
                        .readTree(print(new StatusCommand(), settings, "--json"))
                        .path("rejected"))
                .hasSize(12);
    }

    @Test
    void statusAsJsonHasItsDocumentedFields() throws Exception {
        JsonNode document = new ObjectMapper().readTree(print(new StatusCommand(), withConditions(), "--json"));
        assertThat(names(document))
                .containsExactly(
                        "attention",
                        "relay_seen_at",
                        "next_poll_at",
                        "totals",
                        "destinations",
                        "expectations",
                        "exports",
                        "rejected");
        assertThat(document.path("attention"))
                .extracting(item ->
                        item.path("subject").asText() + " " + item.path("cause").asText())
                .containsExactly("down down", "paused paused", "routeless no-route");
        JsonNode down = only(document.path("destinations"), "down");
        assertThat(down.path("expiring").asInt()).isEqualTo(1);
        assertThat(Instant.parse(down.path("next_expiry_at").asText()))
                .isAfter(Instant.now().plus(Duration.ofDays(6)));
        JsonNode delivery = only(document.at("/exports/0/files/0/deliveries"), "down");
        assertThat(delivery.path("expires_at")).isEqualTo(down.path("next_expiry_at"));
        String page = Files.readString(Path.of("docs/operating.md"));
        Set<String> fields = new TreeSet<>();
        addNames(document, fields);
        fields.removeAll(names(document.path("totals")));
        assertThat(fields).allMatch(field -> page.contains("`" + field + "`"));
    }

    private static void addNames(JsonNode node, Set<String> names) {
        names.addAll(names(node));
        node.forEach(child -> addNames(child, names));
    }

    @Test
    void aDayStartsAPeriodWithItsStartAndEndsItWithItsEnd() {
        ParseResult parsed =
                new CommandLine(new ReplayCommand()).parseArgs("--since", "2026-02-17", "--until", "2026-02-17");
        assertThat(parsed.<Instant>matchedOptionValue("--since", null)).isEqualTo("2026-02-17T00:00:00Z");
        assertThat(parsed.<Instant>matchedOptionValue("--until", null)).isEqualTo("2026-02-17T23:59:59.999Z");
    }

    @Test
    void replayAsJsonAsksNothingAndListsWithDryRun() throws Exception {
        LedgerSettings settings = withConditions();
        UnaryOperator<String> terminal = question -> {
            throw new AssertionError("asked");
        };
        assertThatThrownBy(() -> print(new ReplayCommand(terminal), settings, "--json"))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("add --yes to act, or --dry-run");
        assertThat(print(new ReplayCommand(terminal), settings, "--json", "--dry-run", "--state", "retrying"))
                .isEqualTo(
                        "{\"dry_run\":true,\"chosen\":[{\"destination\":\"down\",\"state\":\"retrying\",\"deliveries\":1}],"
                                + "\"deliveries\":[{\"destination\":\"down\",\"state\":\"retrying\",\"file\":\"one.e.csv.gz\"}],"
                                + "\"replayed\":0,\"expired\":0}");
        assertThat(print(new HistoryCommand(), settings, "--kind", "replayed")).isEmpty();
        assertThat(print(new ReplayCommand(terminal), settings, "--json", "--yes", "--state", "retrying"))
                .isEqualTo(
                        "{\"dry_run\":false,\"chosen\":[{\"destination\":\"down\",\"state\":\"retrying\",\"deliveries\":1}],"
                                + "\"replayed\":1,\"expired\":0}");
        assertThat(print(new ReplayCommand(null), settings, "--json"))
                .isEqualTo("{\"dry_run\":false,\"chosen\":[],\"replayed\":0,\"expired\":0}");
    }

    private static List<String> names(JsonNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    private static JsonNode only(JsonNode deliveries, String destination) {
        return StreamSupport.stream(deliveries.spliterator(), false)
                .filter(delivery -> delivery.path("destination").asText().equals(destination))
                .findFirst()
                .orElseThrow();
    }

    private LedgerSettings withConditions() {
        LedgerSettings settings = on.withTables(directory);
        try (LedgerDatabase database = LedgerDatabase.openForWork(settings)) {
            LedgerConditions.create(database);
        }
        return settings;
    }

    /** The first line of each delivery. */
    private static List<String> deliveries(LedgerSettings settings, String... options) throws Exception {
        return print(new StatusCommand(), settings, options)
                .lines()
                .dropWhile(line -> !line.startsWith("STATE"))
                .skip(1)
                .takeWhile(line -> !line.isEmpty())
                .filter(line -> !line.startsWith(" "))
                .toList();
    }

    private static String print(LedgerCommand command, LedgerSettings settings, String... arguments) throws Exception {
        StringWriter out = new StringWriter();
        CommandLine line = new CommandLine(command).setOut(new PrintWriter(out));
        line.parseArgs(arguments);
        assertThat(command.call(settings)).isZero();
        return out.toString().strip();
    }
}
