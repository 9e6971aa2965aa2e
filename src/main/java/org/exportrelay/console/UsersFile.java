package org.exportrelay.console;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.exportrelay.config.SettingsException;
import org.exportrelay.log.LogEvent;
import org.jboss.logging.Logger;

/**
 * The users of {@code relay.console.users-file}. An edit counts from the next request on; while the file has a fault, the
 * users before it remain. Thread-safe.
 */
final class UsersFile {

    private static final Logger LOG = Logger.getLogger(UsersFile.class);
    private static final int LARGEST_BYTES = 1024 * 1024;

    private final Path file;
    private String text;
    private Map<String, UserEntry> users;
    private String logged = "";

    /**
     * @throws SettingsException if the file cannot be used
     */
    UsersFile(Path file) {
        this.file = file;
        this.text = read();
        this.users = parse(text);
    }

    /** By name, as the file has them now. */
    synchronized Map<String, UserEntry> users() {
        try {
            String now = read();
            if (!now.equals(text)) {
                text = now;
                users = parse(now);
                LogEvent.CONSOLE_USERS_LOADED
                        .on(LOG)
                        .infof("relay.console.users-file=%s: loaded %d users", file, users.size());
            }
            logged = "";
        } catch (SettingsException e) {
            warnOnce(e.getMessage());
        }
        return users;
    }

    private void warnOnce(String problem) {
        if (!problem.equals(logged)) {
            logged = problem;
            LogEvent.CONSOLE_USERS_FAULTY.on(LOG).warnf("%s; the users before the edit remain", problem);
        }
    }

    private String read() {
        try {
            if (Files.size(file) > LARGEST_BYTES) {
                throw fault("is larger than 1 MiB; write a line name:role:bcrypt for each user");
            }
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw fault(
                    "cannot be read (" + e.getClass().getSimpleName() + "); make it a file that this user may read");
        }
    }

    private Map<String, UserEntry> parse(String content) {
        Map<String, UserEntry> parsed = new LinkedHashMap<>();
        List<String> lines = new ArrayList<>(content.lines().map(String::strip).toList());
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            try {
                UserEntry entry = UserEntry.parse(line);
                if (parsed.put(entry.user().name(), entry) != null) {
                    throw new IllegalArgumentException("has a name that a line before has");
                }
            } catch (IllegalArgumentException e) {
                throw fault("line " + (i + 1) + " " + e.getMessage());
            }
        }
        if (parsed.isEmpty()) {
            throw fault("has no user; add a line that 'export-relay password' creates");
        }
        return Map.copyOf(parsed);
    }

    private SettingsException fault(String problem) {
        return new SettingsException("relay.console.users-file=" + file + ": " + problem);
    }
}
