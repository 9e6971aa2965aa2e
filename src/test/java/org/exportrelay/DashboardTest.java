package org.exportrelay;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.exportrelay.testing.Dashboard;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The Grafana dashboard reads documented metrics by documented labels, and can be imported. */
class DashboardTest {

    private static final Pattern DOCUMENTED =
            Pattern.compile("^\\| `(relay_\\w+)(?:\\{([a-z, ]+)})?`", Pattern.MULTILINE);
    /** A metric with its selector, if it has one. */
    private static final Pattern METRIC = Pattern.compile("\\b((?:relay|jvm|process)_\\w+)(?:\\{([^}]*)})?");

    private static final Pattern GROUPING = Pattern.compile("\\bby \\(([^)]*)\\)");
    private static final Pattern LABEL = Pattern.compile("(\\w+)(?:=~|!~|!=|=)");
    /** Which Prometheus adds, or which histograms and Micrometer's own meters have. */
    private static final Set<String> OTHER_LABELS = Set.of("instance", "le", "area");

    private final Map<String, Set<String>> labels = new HashMap<>();
    private Dashboard dashboard;

    @BeforeEach
    void read() throws IOException {
        dashboard = Dashboard.read();
        for (MatchResult row : (Iterable<MatchResult>) DOCUMENTED
                .matcher(Files.readString(Path.of("docs/operating.md")))
                .results()::iterator) {
            labels.put(
                    row.group(1),
                    row.group(2) == null ? Set.of() : Set.of(row.group(2).split(", ")));
        }
    }

    @Test
    void eachMetricAndEachLabelOfAQueryIsDocumented() {
        assertThat(dashboard.queries()).hasSizeGreaterThan(30).allSatisfy(query -> {
            Set<String> known = new TreeSet<>(OTHER_LABELS);
            for (MatchResult metric : METRIC.matcher(query).results().toList()) {
                String name = metric.group(1).replaceFirst("_(bucket|sum|count)$", "");
                if (name.startsWith("relay_")) {
                    assertThat(labels).containsKey(name);
                    known.addAll(labels.get(name));
                }
                if (metric.group(2) != null) {
                    assertThat(names(LABEL, metric.group(2))).as(query).isSubsetOf(known);
                }
            }
            assertThat(GROUPING.matcher(query)
                            .results()
                            .flatMap(by -> Stream.of(by.group(1).split(", "))))
                    .as(query)
                    .isSubsetOf(known);
        });
    }

    /** Those of the ledger come from the instance that polls: an instance that was selected would hide them. */
    @Test
    void noMetricOfTheLedgerIsLimitedToSelectedInstances() {
        assertThat(dashboard.queries())
                .filteredOn(query -> query.contains("relay_deliveries{")
                        || query.contains("relay_deliveries_at_risk")
                        || query.contains("relay_oldest_waiting"))
                .isNotEmpty()
                .noneMatch(query -> query.contains("$instance"));
    }

    /** Of any instance that knows of a missed deadline: the others learn of it seconds later. */
    @Test
    void anExpectationThatWasMissedIsShownFromWhicheverInstanceReportsIt() {
        assertThat(dashboard.queries()).contains("min by (expectation) (relay_expectation_met)");
    }

    @Test
    void theDataSourceIsAVariableEverywhere() {
        assertThat(dashboard.json().findValues("datasource"))
                .isNotEmpty()
                .allMatch(source -> source.get("uid").asText().equals("${datasource}"));
        assertThat(dashboard.variables())
                .extracting(variable -> variable.get("name").asText())
                .containsExactly("datasource", "instance", "destination");
    }

    @Test
    void eachPanelHasItsOwnIdATitleAndAPlaceInTheGrid() {
        List<JsonNode> panels = dashboard.panels();
        assertThat(panels).extracting(panel -> panel.get("id").asInt()).doesNotHaveDuplicates();
        assertThat(panels).extracting(panel -> panel.get("title").asText()).doesNotHaveDuplicates();
        assertThat(panels).allSatisfy(panel -> {
            JsonNode place = panel.get("gridPos");
            assertThat(place.get("x").asInt() + place.get("w").asInt()).isLessThanOrEqualTo(24);
        });
        assertThat(panels)
                .filteredOn(panel -> panel.get("type").asText().equals("row"))
                .extracting(panel -> panel.get("title").asText())
                .containsExactly("Overview", "Destinations", "API budget", "Downloads and spool", "JVM");
    }

    private static Set<String> names(Pattern pattern, String text) {
        return pattern.matcher(text).results().map(match -> match.group(1)).collect(Collectors.toSet());
    }
}
