package org.exportrelay.cli;

import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.Callable;
import org.exportrelay.config.SettingsException;
import org.exportrelay.console.Role;
import org.exportrelay.console.UserEntry;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code password}. */
@Command(
        name = "password",
        description =
                "Asks for a password and prints the line of a user for relay.console.users-file, with the password's bcrypt"
                        + " hash. If standard input or standard output is not a terminal, it reads the password from the"
                        + " first line of standard input, and a terminal shows what you type.",
        mixinStandardHelpOptions = true,
        footer = {"", "Exit codes: 0 done, 2 wrong name or password."})
public final class PasswordCommand implements Callable<Integer> {

    @Parameters(paramLabel = "NAME", description = "The user's name: " + UserEntry.NAME_RULE + ".")
    private String name;

    @Option(
            names = "--role",
            converter = RoleName.class,
            defaultValue = "viewer",
            description = "viewer or operator (default: ${DEFAULT-VALUE}). Only an operator can change something.")
    private Role role;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        if (!UserEntry.isName(name)) {
            throw new SettingsException("'" + name + "' is not a name of a user; write " + UserEntry.NAME_RULE);
        }
        byte[] password = password().getBytes(StandardCharsets.UTF_8);
        if (password.length < UserEntry.SHORTEST_PASSWORD || password.length > UserEntry.LONGEST_PASSWORD) {
            throw new SettingsException("the password has " + password.length + " bytes; bcrypt needs "
                    + UserEntry.SHORTEST_PASSWORD + " to " + UserEntry.LONGEST_PASSWORD);
        }
        spec.commandLine().getOut().println(UserEntry.line(name, role, password));
        return RelayProcess.DELIVERED;
    }

    private String password() throws IOException {
        Console console = System.console();
        if (console == null) {
            // Standard output has only the line. It may be a file while a person types.
            PrintWriter err = spec.commandLine().getErr();
            err.print("Password of " + name + " (one line, shown while you type it): ");
            err.flush();
            String line = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
            return line == null ? "" : line;
        }
        char[] first = console.readPassword("Password: ");
        char[] second = console.readPassword("Again: ");
        if (first == null || !Arrays.equals(first, second)) {
            throw new SettingsException("the two passwords differ; nothing was created");
        }
        return new String(first);
    }

    static final class RoleName implements ITypeConverter<Role> {

        @Override
        public Role convert(String value) {
            return Role.of(value)
                    .orElseThrow(() ->
                            new TypeConversionException("'" + value + "' is not a role; write viewer or operator"));
        }
    }
}
