package org.exportrelay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The alerts for Prometheus: each fires and rests, reads documented metrics, and names a section of the documentation. */
class AlertRulesTest {

    private static final Path RULES = Path.of("src/main/packaging/observability/prometheus-rules.yaml");
    private static final Path TESTS = Path.of("src/main/packaging/observability/prometheus-rules.test.yaml");

    @Test
    void eachAlertFiresOnItsCauseAndRestsWithoutIt() throws Exception {
        assumeThat(isInstalled("promtool"))
                .as("promtool is installed, as by the Debian package prometheus")
                .isTrue();
        Process promtool = new ProcessBuilder(
                        "promtool", "test", "rules", TESTS.getFileName().toString())
                .directory(TESTS.getParent().toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(promtool.getInputStream().readAllBytes());
        assertThat(promtool.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(promtool.exitValue()).as(output).isZero();
        assertThat(matches(Files.readString(TESTS), "alertname[:=] ?\"?(\\w+)"))
                .as("each alert has a test")
                .isEqualTo(matches(Files.readString(RULES), "alert: (\\w+)"));
    }

    @Test
    void theMetricsOfAlertsAndTheSectionsThatTheyNameExist() throws IOException {
        String page = Files.readString(Path.of("docs/operating.md"));
        String rules = Files.readString(RULES);
        assertThat(matches(page, "^\\| `(relay_\\w+)")).containsAll(matches(rules, "\\b(relay_\\w+)"));
        Set<String> sections = matches(page, "^#+ (.+)$").stream()
                .map(title -> title.toLowerCase().replace(' ', '-'))
                .collect(Collectors.toSet());
        assertThat(sections).containsAll(matches(rules, "operating\\.md#([\\w-]+)"));
    }

    private static boolean isInstalled(String command) {
        return Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, command)));
    }

    private static Set<String> matches(String text, String pattern) {
        return Pattern.compile(pattern, Pattern.MULTILINE)
                .matcher(text)
                .results()
                .map(match -> match.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
