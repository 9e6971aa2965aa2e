package org.exportrelay.config;

import io.smallrye.config.PropertiesConfigSource;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * A file of settings as editors save it: in UTF-8 with or without a byte order mark, or in UTF-16 with one. Blanks behind
 * a value do not belong to it, unless the last one is escaped.
 */
final class PropertiesFile {

    private static final int ORDINAL = 260;
    /** Not behind an odd number of backslashes, which escape the first blank. */
    private static final Pattern BLANKS = Pattern.compile("(?m)(?<=(?:^|[^\\\\])(?:\\\\\\\\){0,9})[ \\t\\f\\u00A0]+$");

    private PropertiesFile() {}

    /**
     * Reads the file once.
     *
     * @throws IOException if it cannot be read
     * @throws IllegalArgumentException if it has a malformed {@code \}{@code u} escape
     */
    static PropertiesConfigSource source(Path file) throws IOException {
        Properties properties = new Properties();
        properties.load(new StringReader(
                BLANKS.matcher(TextEncoding.decode(Files.readAllBytes(file))).replaceAll("")));
        Map<String, String> values = new TreeMap<>();
        properties.stringPropertyNames().forEach(name -> values.put(name, properties.getProperty(name)));
        return new PropertiesConfigSource(values, file.toString(), ORDINAL);
    }
}
