package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.exportrelay.config.SettingsException;
import org.exportrelay.ledger.LedgerSettings;
import org.exportrelay.ledger.OtherLedger;
import org.exportrelay.ledger.TestDatabase;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine;

/** {@code status} and {@code replay} on a ledger that is not of their version; {@code check} is in RelayCheckTest. */
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
        for (LedgerCommand command : List.of(new StatusCommand(), new ReplayCommand())) {
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
}
