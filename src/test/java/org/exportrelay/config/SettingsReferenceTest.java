package org.exportrelay.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.WithDefault;
import java.io.IOException;
import java.io.Reader;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** docs/settings.md and the shipped application.properties say what the code does. */
class SettingsReferenceTest {

    private static final Pattern ROW =
            Pattern.compile("^\\| `(relay\\.[a-z.-]+)` \\| (?:`(.*?)`|none) \\| \\S.*\\|$", Pattern.MULTILINE);

    @Test
    void theReferenceListsEverySettingWithItsDefault() throws Exception {
        Map<String, String> documented = new TreeMap<>();
        Matcher row = ROW.matcher(Files.readString(Path.of("docs/settings.md")));
        while (row.find()) {
            documented.put(row.group(1), row.group(2) == null ? "" : row.group(2));
        }
        assertThat(documented).isEqualTo(settings("relay", RelaySettings.class));
    }

    @Test
    void theShippedFileShowsEverySettingWithItsDefault() throws Exception {
        Properties shipped = new Properties();
        try (Reader reader = Files.newBufferedReader(Path.of("application.properties"))) {
            shipped.load(reader);
        }
        settings("relay", RelaySettings.class).forEach((key, value) -> {
            assertThat(shipped.stringPropertyNames()).contains(key);
            if (!key.equals("relay.api.key") && !key.equals("relay.ledger.url")) {
                assertThat(shipped.getProperty(key)).as(key).isEqualTo(value);
            }
        });
        assertThat(shipped.getProperty("relay.api.key")).isEqualTo("${DM_API_KEY:}");
    }

    private static Map<String, String> settings(String prefix, Class<?> group) throws IOException {
        Map<String, String> settings = new TreeMap<>();
        for (Method method : group.getDeclaredMethods()) {
            String key =
                    prefix + "." + method.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
            if (method.getReturnType().getEnclosingClass() == RelaySettings.class) {
                settings.putAll(settings(key, method.getReturnType()));
            } else {
                WithDefault value = method.getAnnotation(WithDefault.class);
                settings.put(key, value == null ? "" : value.value());
            }
        }
        return settings;
    }
}
