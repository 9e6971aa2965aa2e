package org.exportrelay.config;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** The operator's application.properties, as editors of every system write it: with a byte-order mark, with blanks behind values. */
public final class SettingsFile {

    /** In the working directory. */
    public static final Path PATH = Path.of("application.properties");

    private static final String BYTE_ORDER_MARK = "\uFEFF";
    private static final Pattern USED = Pattern.compile("(?:\\{\\{[!?]?|\\$\\{)([^{}:]+)");

    private final String text;
    private final Map<String, String> values = new TreeMap<>();

    private SettingsFile(String content) {
        text = content.startsWith(BYTE_ORDER_MARK) ? content.substring(1) : content;
        Properties properties = new Properties();
        try {
            properties.load(new StringReader(text));
        } catch (IOException | IllegalArgumentException e) {
            throw new SettingsException(
                    PATH + " cannot be read: " + e.getMessage() + "; write \\\\ where a value has a \\");
        }
        properties.forEach((key, value) -> values.put((String) key, ((String) value).stripTrailing()));
    }

    /** With this content. */
    public static SettingsFile of(String content) {
        return new SettingsFile(content);
    }

    /**
     * As it is now; empty if there is none.
     *
     * @throws SettingsException if it cannot be read
     */
    public static SettingsFile inWorkingDirectory() {
        if (!Files.exists(PATH)) {
            return new SettingsFile("");
        }
        try {
            return new SettingsFile(new String(Files.readAllBytes(PATH), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new SettingsException(List.of(PATH + " cannot be read ("
                    + e.getClass().getSimpleName() + "); make it a file that this user can read"));
        }
    }

    Map<String, String> values() {
        return values;
    }

    public Set<String> keys() {
        return values.keySet();
    }

    /** Keys that values of other keys refer to. */
    public Set<String> usedKeys() {
        Set<String> used = new TreeSet<>();
        values.values().forEach(value -> USED.matcher(value).results().forEach(result -> used.add(result.group(1))));
        return used;
    }

    /** Where a key is set, 1 or more; 0 if it is not found. */
    public int line(String key) {
        List<String> lines = text.lines().toList();
        Pattern assignment = Pattern.compile("\\s*" + Pattern.quote(key) + "\\s*([=:\\s].*)?");
        for (int i = lines.size() - 1; i >= 0; i--) {
            if (assignment.matcher(lines.get(i)).matches()) {
                return i + 1;
            }
        }
        return 0;
    }
}
