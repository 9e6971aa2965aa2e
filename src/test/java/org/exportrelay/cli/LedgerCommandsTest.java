package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.exportrelay.config.SettingsException;
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
                new ReplayCommand(),
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
        LedgerSettings settings = on.settings(directory);
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
        assertThat(print(new StatusCommand(), settings).lines().limit(5))
                .satisfiesExactly(
                        head -> assertThat(head).matches("DESTINATION +WAITING +PARKED +EXPIRED +CONDITION"),
                        archive -> assertThat(archive).matches("archive +1 +0 +0 +up"),
                        down -> assertThat(down)
                                .matches("down +1 +0 +0 +down for \\d+s: nothing listens there; next probe now"),
                        paused -> assertThat(paused).matches("paused +1 +0 +0 +paused for \\d+s by ops: ticket 7"),
                        retired -> assertThat(retired).matches("routeless +0 +0 +0 +retired"));
    }

    private static String print(LedgerCommand command, LedgerSettings settings, String... arguments) throws Exception {
        StringWriter out = new StringWriter();
        CommandLine line = new CommandLine(command).setOut(new PrintWriter(out));
        line.parseArgs(arguments);
        assertThat(command.call(settings)).isZero();
        return out.toString().strip();
    }
}
