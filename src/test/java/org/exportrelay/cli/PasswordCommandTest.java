package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import at.favre.lib.crypto.bcrypt.BCrypt;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import org.exportrelay.config.SettingsException;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** {@code password} without a terminal. */
class PasswordCommandTest {

    private final StringWriter err = new StringWriter();

    @Test
    void printsALineForTheFileOfUsers() {
        String line = run("correct horse\n", "grace", "--role", "operator");
        assertThat(line).matches("grace:operator:\\$2b\\$12\\$[./A-Za-z0-9]{53}");
        assertThat(BCrypt.verifyer().verify("correct horse".toCharArray(), line.replaceFirst(".*:", "")).verified)
                .isTrue();
        assertThat(run("correct horse", "alan")).startsWith("alan:viewer:");
    }

    @Test
    void promptsOnStandardErrorSoThatOnlyTheLineIsOnStandardOutput() {
        run("correct horse\n", "grace");
        assertThat(err.toString()).isEqualTo("Password of grace (one line, shown while you type it): ");
        run("", "relay");
        assertThat(err.toString())
                .as("no prompt for a wrong name")
                .endsWith("type it): ")
                .doesNotContain("relay");
    }

    @Test
    void refusesNamesAndPasswordsThatCannotBeUsed() {
        assertThat(run("correct horse", "relay")).startsWith("'relay' is not a name of a user; write 1 to 64");
        assertThat(run("correct horse", "a:b")).startsWith("'a:b' is not a name of a user");
        assertThat(run("short", "grace")).isEqualTo("the password has 5 bytes; bcrypt needs 8 to 72");
        assertThat(run("", "grace")).isEqualTo("the password has 0 bytes; bcrypt needs 8 to 72");
        assertThat(run("ä".repeat(37), "grace")).isEqualTo("the password has 74 bytes; bcrypt needs 8 to 72");
        run("correct horse", "grace", "--role", "admin");
        assertThat(err.toString()).contains("'admin' is not a role; write viewer or operator");
    }

    private String run(String input, String... arguments) {
        InputStream before = System.in;
        StringWriter out = new StringWriter();
        try {
            System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
            new CommandLine(new PasswordCommand())
                    .setOut(new PrintWriter(out))
                    .setErr(new PrintWriter(err))
                    .setExecutionExceptionHandler((failure, command, parsed) -> {
                        assertThat(failure).isInstanceOf(SettingsException.class);
                        out.write(failure.getMessage());
                        return 2;
                    })
                    .execute(arguments);
        } finally {
            System.setIn(before);
        }
        return out.toString().strip();
    }
}
