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
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/settings.md and the shipped application.properties say what the code does. */
class SettingsReferenceTest {

    private static final Pattern ROW = Pattern.compile(
            "^\\| `(relay\\.(?:expect\\.NAME\\.)?[a-z.-]+)` \\| (?:`(.*?)`|none) \\| \\S.*\\|$", Pattern.MULTILINE);

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
        Map<String, String> settings = settings("relay", RelaySettings.class);
        // It has no expectation; the examples in comments are tested below.
        settings.keySet().removeIf(key -> key.startsWith("relay.expect."));
        settings.forEach((key, value) -> {
            assertThat(shipped.stringPropertyNames()).contains(key);
            if (!key.equals("relay.api.key") && !key.equals("relay.ledger.url")) {
                assertThat(shipped.getProperty(key)).as(key).isEqualTo(value);
            }
        });
        assertThat(shipped.getProperty("relay.api.key")).isEqualTo("${DM_API_KEY:}");
    }

    @Test
    void theExampleOfAnExpectationInTheShippedFileIsValid() throws Exception {
        Map<String, String> example = Files.readAllLines(Path.of("application.properties")).stream()
                .filter(line -> line.startsWith("#relay.expect."))
                .map(line -> line.substring(1).split("=", 2))
                .collect(Collectors.toMap(parts -> parts[0], parts -> parts[1]));
        assertThat(example.keySet())
                .map(key -> key.replaceFirst("expect\\.\\w+\\.", "expect.NAME."))
                .containsExactlyInAnyOrderElementsOf(settings("relay.expect.NAME", RelaySettings.Expectation.class)
                        .keySet());
        RelaySettings settings = TestSettings.of(example.entrySet().stream()
                .flatMap(entry -> Stream.of(entry.getKey(), entry.getValue()))
                .toArray(String[]::new));
        assertThat(ExpectationRules.check(settings.expect())).isEmpty();
    }

    private static Map<String, String> settings(String prefix, Class<?> group) throws IOException {
        Map<String, String> settings = new TreeMap<>();
        for (Method method : group.getDeclaredMethods()) {
            String key =
                    prefix + "." + method.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
            if (method.getReturnType() == Map.class) {
                settings.putAll(settings(key + ".NAME", RelaySettings.Expectation.class));
            } else if (method.getReturnType().getEnclosingClass() == RelaySettings.class) {
                settings.putAll(settings(key, method.getReturnType()));
            } else {
                WithDefault value = method.getAnnotation(WithDefault.class);
                settings.put(key, value == null ? "" : value.value());
            }
        }
        return settings;
    }
}
