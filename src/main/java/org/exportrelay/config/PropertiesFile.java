package org.exportrelay.config;

import io.smallrye.config.PropertiesConfigSource;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
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
        properties.load(new StringReader(BLANKS.matcher(text(file)).replaceAll("")));
        Map<String, String> values = new TreeMap<>();
        properties.stringPropertyNames().forEach(name -> values.put(name, properties.getProperty(name)));
        return new PropertiesConfigSource(values, file.toString(), ORDINAL);
    }

    private static String text(Path file) throws IOException {
        byte[] content = Files.readAllBytes(file);
        String text = new String(content, charset(content));
        return text.startsWith("\uFEFF") ? text.substring(1) : text;
    }

    /** Java's UTF-16 reads the byte order mark, which tells it the order. */
    private static Charset charset(byte[] content) {
        int start = content.length < 2 ? 0 : (content[0] & 0xFF) << 8 | content[1] & 0xFF;
        return start == 0xFEFF || start == 0xFFFE ? StandardCharsets.UTF_16 : StandardCharsets.UTF_8;
    }
}
