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
import java.util.stream.StreamSupport;
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

    private static final Pattern VARIABLE = Pattern.compile("\\$\\{?(\\w+)");

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

    /** With an id, an import would replace a dashboard that the Grafana at hand has under the same number. */
    @Test
    void canBeImportedIntoAnyGrafana() {
        JsonNode json = dashboard.json();
        assertThat(json.path("id").isNull() || json.path("id").isMissingNode()).isTrue();
        assertThat(json.get("uid").textValue()).matches("[a-zA-Z0-9_-]{1,40}");
        assertThat(json.get("title").textValue()).isNotBlank();
        assertThat(json.get("schemaVersion").isInt()).isTrue();
        assertThat(json.get("schemaVersion").intValue())
                .as("since 36, a data source is an object")
                .isBetween(36, 41);
        assertThat(json.get("version").isInt()).isTrue();
        assertThat(json.get("tags").isArray()).isTrue();
        assertThat(json.at("/time/from").textValue()).startsWith("now-");
        assertThat(json.at("/time/to").textValue()).isEqualTo("now");
        assertThat(json.at("/annotations/list").isArray()).isTrue();
    }

    /** Each placeholder is a variable of the dashboard, an input of the import, or built into Grafana. */
    @Test
    void eachVariableThatIsUsedIsDeclaredOnce() {
        List<String> declared = Stream.concat(
                        dashboard.variables().stream(),
                        StreamSupport.stream(dashboard.json().path("__inputs").spliterator(), false))
                .map(variable -> variable.get("name").textValue())
                .toList();
        assertThat(declared).doesNotHaveDuplicates();
        assertThat(names(VARIABLE, dashboard.json().toString()))
                .contains("datasource")
                .filteredOn(name -> !name.startsWith("__"))
                .isSubsetOf(declared);
        assertThat(dashboard.variables()).first().satisfies(source -> {
            assertThat(source.get("name").textValue()).isEqualTo("datasource");
            assertThat(source.get("type").textValue()).isEqualTo("datasource");
            assertThat(source.get("query").textValue()).isEqualTo("prometheus");
        });
        assertThat(dashboard.variables())
                .allSatisfy(variable -> assertThat(variable.get("type").textValue())
                        .isIn("datasource", "query", "custom", "interval", "constant", "textbox"));
    }

    @Test
    void panelsDoNotOverlapAndLieInTheGrid() {
        Map<String, String> cells = new HashMap<>();
        assertThat(dashboard.panels()).isNotEmpty().allSatisfy(panel -> {
            JsonNode place = panel.get("gridPos");
            int x = place.get("x").intValue();
            int y = place.get("y").intValue();
            int width = place.get("w").intValue();
            int height = place.get("h").intValue();
            assertThat(List.of(x, y)).allMatch(position -> position >= 0);
            assertThat(List.of(width, height)).allMatch(size -> size > 0);
            assertThat(x + width).isLessThanOrEqualTo(24);
            for (int column = x; column < x + width; column++) {
                for (int line = y; line < y + height; line++) {
                    assertThat(cells.put(column + "/" + line, panel.get("title").textValue()))
                            .as("at %d, %d", column, line)
                            .isNull();
                }
            }
        });
    }

    @Test
    void eachPanelHasWhatItsTypeNeeds() {
        assertThat(dashboard.panels()).allSatisfy(panel -> {
            assertThat(panel.get("id").isInt()).isTrue();
            assertThat(panel.get("id").intValue()).isPositive();
            if (panel.get("type").textValue().equals("row")) {
                assertThat(panel.get("collapsed").booleanValue()).isFalse();
                assertThat(panel.get("panels")).isEmpty();
                return;
            }
            assertThat(panel.get("type").textValue()).isIn("stat", "timeseries", "state-timeline");
            assertThat(panel.at("/fieldConfig/defaults").isObject()).isTrue();
            assertThat(panel.at("/fieldConfig/overrides").isArray()).isTrue();
            assertThat(panel.get("options").isObject()).isTrue();
            assertThat(panel.get("targets"))
                    .isNotEmpty()
                    .extracting(target -> target.get("refId").textValue())
                    .doesNotHaveDuplicates()
                    .allMatch(id -> id.matches("[A-Z]"));
            assertThat(panel.get("targets"))
                    .allSatisfy(target -> assertThat(target.get("datasource")).isEqualTo(panel.get("datasource")));
            JsonNode steps = panel.at("/fieldConfig/defaults/thresholds/steps");
            if (!steps.isMissingNode()) {
                assertThat(steps.get(0).get("value").isNull())
                        .as("the first threshold has no value")
                        .isTrue();
            }
        });
    }

    private static Set<String> names(Pattern pattern, String text) {
        return pattern.matcher(text).results().map(match -> match.group(1)).collect(Collectors.toSet());
    }
}
