package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class SandboxCommandTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    --port=65535  | the sandbox's port is 65535; it must be 1 to 65534 (the store takes the next one), or 0 for free ones
                    --port=-1     | the sandbox's port is -1; it must be 1 to 65534
                    --exports=-1  | the sandbox's exports is -1; it must be 0 to 100000
                    --port=many   | Invalid value for option '--port'
                    --seed=random | Invalid value for option '--seed'
                    """)
    void refusesAnOptionOutsideItsRange(String option, String rule) {
        StringWriter err = new StringWriter();

        int exitCode = new CommandLine(new SandboxCommand())
                .setErr(new PrintWriter(err))
                .execute(option);

        assertThat(exitCode).isEqualTo(2);
        assertThat(err.toString().lines().findFirst())
                .hasValueSatisfying(line -> assertThat(line).startsWith(rule));
    }
}
