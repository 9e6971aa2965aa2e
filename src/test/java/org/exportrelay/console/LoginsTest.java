package org.exportrelay.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.exportrelay.config.SettingsException;
import org.exportrelay.ledger.Event;
import org.exportrelay.ledger.EventLog;
import org.exportrelay.ledger.Events;
import org.exportrelay.ledger.LedgerSettings;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.testing.SettableClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may log in, and what a wrong password costs. */
class LoginsTest {

    private static final String ADDRESS = "10.0.0.7";
    private static final String ADA = "ada:operator:$2b$04$TI1BUzuDVBzLGSYESGN7Aub2l7GyVx4ehh8Ml8AvV0pQo6sXMVTNe";

    private final SettableClock clock = new SettableClock(Instant.parse("2026-02-17T16:00:00Z"));

    @TempDir
    private Path directory;

    private Path file;
    private LedgerDatabase database;
    private Logins logins;

    @BeforeEach
    void start() throws IOException {
        file = directory.resolve("users");
        write(
                "# operators",
                "",
                line("grace", Role.OPERATOR, "correct horse"),
                line("alan", Role.VIEWER, "pässwörd:with:colons"));
        database = LedgerDatabase.openForWork(LedgerSettings.of("jdbc:sqlite:" + directory.resolve("ledger.db")));
        logins = new Logins(new UsersFile(file), new FailedLogins(new EventLog(database, clock), clock), clock);
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void aUserLogsInWithTheRoleOfTheFile() {
        assertThat(login("grace", "correct horse")).isEqualTo(new User("grace", Role.OPERATOR));
        assertThat(login("alan", "pässwörd:with:colons")).isEqualTo(new User("alan", Role.VIEWER));
        assertThat(events()).isEmpty();
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", "Basic", "Basic !!!", "Basic bm8gY29sb24=", "Bearer x", "Digest username=\"grace\""})
    void aRequestWithoutALoginIsAskedForOneAndCountsAsNoFailure(String header) {
        Problem problem = problem(() -> logins.entry(header, ADDRESS));
        assertThat(problem.status()).isEqualTo(401);
        assertThat(problem.headers().get("WWW-Authenticate")).startsWith("Basic realm=");
        assertThat(events()).isEmpty();
        assertThat(login("grace", "correct horse").name()).isEqualTo("grace");
    }

    @Test
    void wrongPasswordsAreSlowedDownAndRecordedWithoutWhatWasSent() {
        assertThat(problem(() -> login("grace", "wrong-secret")).status()).isEqualTo(401);
        Problem tooSoon = problem(() -> login("grace", "correct horse"));
        assertThat(tooSoon.status()).isEqualTo(429);
        assertThat(tooSoon.headers()).containsKey("Retry-After");
        assertThat(problem(() -> logins.entry(header("grace", "wrong"), "10.0.0.8"))
                        .status())
                .as("another address")
                .isEqualTo(401);
        clock.advance(Duration.ofMillis(1100));
        assertThat(problem(() -> login("my-secret-as-name", "x")).status()).isEqualTo(401);
        clock.advance(Duration.ofMillis(1100));
        assertThat(problem(() -> login("grace", "correct horse")).status())
                .as("the wait doubles")
                .isEqualTo(429);
        clock.advance(Duration.ofMillis(1100));
        assertThat(login("grace", "correct horse").name()).isEqualTo("grace");
        assertThat(events())
                .extracting(Event::kind, Event::actor, Event::message)
                .containsExactly(
                        tuple("login-failed", "relay", "login of an unknown user from 10.0.0.7 failed (2 in a row)"),
                        tuple("login-failed", "relay", "login of grace from 10.0.0.8 failed (1 in a row)"),
                        tuple("login-failed", "relay", "login of grace from 10.0.0.7 failed (1 in a row)"));
        assertThat(events().toString()).doesNotContain("secret").doesNotContain("wrong");
    }

    @Test
    void aUserWhoIsLoggedInIsNotSlowedDownByOthersOfTheSameAddress() {
        login("grace", "correct horse");
        problem(() -> login("alan", "wrong"));
        assertThat(login("grace", "correct horse").name()).isEqualTo("grace");
        assertThat(problem(() -> login("alan", "pässwörd:with:colons")).status())
                .isEqualTo(429);
    }

    @Test
    void anAddressThatWaitsCannotGuessThePasswordOfAUserWhoIsLoggedInElsewhere() {
        String own = "10.0.0.8";
        String right = header("grace", "correct horse");
        assertThat(logins.entry(right, own).user().name()).isEqualTo("grace");
        assertThat(problem(() -> login("grace", "wrong")).status()).isEqualTo(401);
        for (int i = 0; i < 20; i++) {
            String guess = "guess " + i;
            assertThat(problem(() -> login("grace", guess)).status()).isEqualTo(429);
        }
        assertThat(problem(() -> login("grace", "correct horse")).status()).isEqualTo(429);
        assertThat(logins.entry(right, own).user().name()).isEqualTo("grace");
    }

    @Test
    void clientsThatShareTheAddressOfAUserHaveFewGuesses() {
        login("grace", "correct horse");
        problem(() -> login("alan", "wrong"));
        for (int i = 0; i < 9; i++) {
            String guess = "guess " + i;
            assertThat(problem(() -> login("grace", guess)).status()).isEqualTo(429);
        }
        assertThat(login("grace", "correct horse").name()).isEqualTo("grace");
        Problem last = problem(() -> login("grace", "the tenth guess"));
        assertThat(last.status()).isEqualTo(429);
        assertThat(last.headers()).as("guesses count").containsEntry("Retry-After", "61");
        assertThat(problem(() -> login("grace", "correct horse")).status()).isEqualTo(429);
        assertThat(events().get(0).message()).isEqualTo("login of grace from 10.0.0.7 failed (11 in a row)");
        clock.advance(Duration.ofSeconds(61));
        assertThat(login("grace", "correct horse").name()).isEqualTo("grace");
    }

    @Test
    void requestsInTheQueueAreRefusedAfterAFailureOfTheirAddress() throws Exception {
        write(UserEntry.line("grace", Role.OPERATOR, bytes("correct horse"), 10));
        int requests = LoginQueue.PARALLEL + LoginQueue.MOST_WAITING;
        ExecutorService clients = Executors.newFixedThreadPool(requests);
        try {
            List<Future<Integer>> statuses = new ArrayList<>();
            for (int i = 0; i < requests; i++) {
                statuses.add(clients.submit(
                        () -> problem(() -> login("grace", "wrong")).status()));
            }
            List<Integer> answers = new ArrayList<>();
            for (Future<Integer> status : statuses) {
                answers.add(status.get(30, TimeUnit.SECONDS));
            }
            assertThat(answers).containsOnly(401, 429);
            assertThat(answers.stream().filter(status -> status == 401).count())
                    .isBetween(1L, (long) LoginQueue.PARALLEL);
        } finally {
            clients.shutdownNow();
        }
    }

    /** While the address has to wait, only a remembered login is answered. */
    @Test
    void aLoginIsRememberedWhileItIsUsed() {
        login("grace", "correct horse");
        for (int i = 0; i < 5; i++) {
            clock.advance(Duration.ofMinutes(4));
            assertThat(problem(() -> login("alan", "wrong")).status()).isEqualTo(401);
            assertThat(login("grace", "correct horse").name()).isEqualTo("grace");
        }
        clock.advance(Duration.ofMinutes(6));
        assertThat(problem(() -> login("alan", "wrong")).status()).isEqualTo(401);
        assertThat(problem(() -> login("grace", "correct horse")).status()).isEqualTo(429);
    }

    @ParameterizedTest
    @CsvSource({
        "2001:db8:1:2::1, 2001:db8:1:2:ffff::9, 2001:db8:1:3::1",
        "fe80::1%eth0, fe80::2%eth1, fd00::1%eth0",
        "10.0.0.7, ::ffff:10.0.0.7, 10.0.0.8",
    })
    void theAddressesOfOneClientWaitTogether(String first, String same, String other) {
        String wrong = header("grace", "wrong");
        assertThat(problem(() -> logins.entry(wrong, first)).status()).isEqualTo(401);
        assertThat(problem(() -> logins.entry(wrong, same)).status()).isEqualTo(429);
        assertThat(problem(() -> logins.entry(wrong, other)).status()).isEqualTo(401);
    }

    @Test
    void veryManyFailuresDoNotFillTheLedger() {
        for (int i = 0; i < 200; i++) {
            int number = i;
            problem(() -> logins.entry(header("grace", "\0"), "10.1.0." + number));
        }
        assertThat(events()).hasSize(20);
        clock.advance(Duration.ofMinutes(2));
        problem(() -> logins.entry(header("grace", ""), "10.2.0.1"));
        assertThat(events().get(0).message()).endsWith("; 180 other failed logins are not recorded");
    }

    @Test
    void anEditOfTheFileCountsImmediatelyAndAFaultyOneLeavesTheUsersAsTheyWere() throws IOException {
        login("grace", "correct horse");
        write(line("grace", Role.VIEWER, "another horse"));
        assertThat(problem(() -> login("grace", "correct horse")).status()).isEqualTo(401);
        clock.advance(Duration.ofMinutes(2));
        assertThat(login("grace", "another horse").role()).isEqualTo(Role.VIEWER);
        write("grace:king:x");
        assertThat(login("grace", "another horse").role()).isEqualTo(Role.VIEWER);
        Files.delete(file);
        assertThat(login("grace", "another horse").role()).isEqualTo(Role.VIEWER);
        write(ADA);
        assertThat(problem(() -> login("grace", "another horse")).status()).isEqualTo(401);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ada | line 1 is not name:role:bcrypt",
                "ada:operator | line 1 is not name:role:bcrypt",
                "relay:operator:x | line 1 has a wrong name; write 1 to 64",
                "console:operator:x | line 1 has a wrong name",
                "a b:operator:x | line 1 has a wrong name",
                "ada:admin:x | line 1 has a wrong role; write viewer or operator",
                "ada:operator:secret | line 1 has no bcrypt hash",
                "ada:operator:$2b$31$TI1BUzuDVBzLGSYESGN7Aub2l7GyVx4ehh8Ml8AvV0pQo6sXMVTNe | line 1 has no bcrypt hash",
                "# nobody | has no user",
            })
    void aFileThatCannotBeUsedKeepsTheRelayFromStarting(String line, String problem) throws IOException {
        write(line);
        assertThatThrownBy(() -> new UsersFile(file))
                .isInstanceOf(SettingsException.class)
                .hasMessageStartingWith("relay.console.users-file=" + file + ": " + problem)
                .message()
                .doesNotContain("secret", "\n");
        write(ADA, ADA);
        assertThatThrownBy(() -> new UsersFile(file)).hasMessageContaining("line 2 has a name that a line before has");
        Files.delete(file);
        assertThatThrownBy(() -> new UsersFile(file)).hasMessageContaining("cannot be read (NoSuchFileException)");
    }

    private User login(String name, String password) {
        return logins.entry(header(name, password), ADDRESS).user();
    }

    private static String header(String name, String password) {
        return "Basic " + Base64.getEncoder().encodeToString(bytes(name + ":" + password));
    }

    private static Problem problem(ThrowingCallable call) {
        return catchThrowableOfType(ProblemException.class, call).problem();
    }

    private List<Event> events() {
        List<Event> events = new ArrayList<>();
        new Events(database).forEach(new Events.Choice(null, null, List.of(), null, 0), events::add);
        return events;
    }

    private void write(String... lines) throws IOException {
        Files.write(file, List.of(lines));
    }

    /** With a low cost, so that a check takes a millisecond. */
    private static String line(String name, Role role, String password) {
        return UserEntry.line(name, role, bytes(password), 4);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
