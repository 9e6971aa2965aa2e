package org.exportrelay.config;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.exportrelay.config.RelaySettings.Console;

/** The rules on the settings of the console and the REST API. */
final class ConsoleRules {

    /** Without a port: the relay compares names only. */
    private static final Pattern NAME =
            Pattern.compile("(?i)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*");

    private ConsoleRules() {}

    /** A line for each violation. */
    static List<String> check(Console settings) {
        List<String> problems = new ArrayList<>();
        if (settings.auth() == ConsoleAuth.BASIC && settings.usersFile().isEmpty()) {
            problems.add("relay.console.auth=basic: relay.console.users-file is not set; set it to a file with a line"
                    + " name:role:bcrypt for each user, which 'export-relay password' creates");
        }
        if (settings.auth() == ConsoleAuth.NONE && settings.usersFile().isPresent()) {
            problems.add("relay.console.users-file=" + settings.usersFile().get()
                    + ": relay.console.auth=none reads no users; set relay.console.auth=basic, or remove the file");
        }
        if (settings.auth() == ConsoleAuth.NONE && settings.hosts().isPresent()) {
            problems.add(
                    "relay.console.hosts=" + String.join(",", settings.hosts().get())
                            + ": relay.console.auth=none serves this machine only; set relay.console.auth=basic, or remove the names");
        }
        settings.hosts().orElse(List.of()).stream()
                .filter(host -> !NAME.matcher(host.strip()).matches())
                .forEach(host -> problems.add("relay.console.hosts=" + host
                        + ": not a host name; write names without scheme, port and path, comma-separated"));
        return problems;
    }
}
