package org.exportrelay.routes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RouteRuleTest {

    private static final Path FILE = Path.of("routes/a.camel.yaml");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a: 1\na: 2 # export-relay: ignore repeated-key\n",
                "a: 1\n# export-relay: ignore repeated-key\na: 2\n",
                "a: 1\n# export-relay: ignore partial-file, repeated-key\n# a reason\na: 2\n"
            })
    void aCommentInTheLineOrDirectlyAboveSwitchesAWarningOff(String text) {
        assertThat(left(text)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a: 1\na: 2\n",
                "# export-relay: ignore repeated-key\na: 1\na: 2\n",
                "a: 1\n# export-relay: ignore partial-file\na: 2\n",
                "a: 1\na: '# export-relay:ignored repeated-key'\n"
            })
    void aCommentElsewhereOrOfAnotherRuleDoesNot(String text) {
        assertThat(left(text)).extracting(RouteFault::rule).containsExactly(RouteRule.REPEATED_KEY);
    }

    @Test
    void aCommentNeverSwitchesAFaultOff() {
        RouteFault fault = new RouteFault(FILE, 1, "cannot run", true, RouteRule.REPEATED_KEY);
        RouteFile file = new RouteFile(FILE, "a: 1 # export-relay: ignore repeated-key\n", null);
        assertThat(IgnoredRules.of(file).filter(List.of(fault))).containsExactly(fault);
    }

    @Test
    void aCommentWithAWrongRuleIsReportedWithTheNearestOne() {
        RouteFile file = new RouteFile(FILE, "# export-relay: ignore repeated-keys\na: 1\n", null);
        assertThat(IgnoredRules.of(file).unknown())
                .extracting(RouteFault::toString)
                .containsExactly(
                        "routes/a.camel.yaml:1: warning: 'repeated-keys' is no rule that can be ignored; did you"
                                + " mean repeated-key?");
    }

    @Test
    void theCheckLeavesOutWhatACommentSwitchesOff() throws Exception {
        String route =
                """
                - route:
                    id: a
                    from:
                      uri: timer:a
                    steps:
                      - to:
                          uri: log:a
                      - to:
                          uri: log:b
                          uri: log:c
                """;
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            RouteCheck check = new RouteCheck(context);
            String ignoring = route.replace(
                    "          uri: log:c", "          # export-relay: ignore repeated-key\n          uri: log:c");
            assertThat(rules(check, route)).contains(RouteRule.REPEATED_KEY);
            assertThat(rules(check, ignoring)).doesNotContain(RouteRule.REPEATED_KEY);
        }
    }

    @Test
    void theGuideExplainsEachRule() throws IOException {
        String guide = Files.readString(Path.of("docs/routes.md"));
        Stream.of(RouteRule.values()).skip(1).forEach(rule -> assertThat(guide).contains("`" + rule.text() + "`"));
    }

    private static List<RouteRule> rules(RouteCheck check, String text) {
        return check.check(List.of(new RouteFile(FILE, text, null))).faults().stream()
                .map(RouteFault::rule)
                .toList();
    }

    private static List<RouteFault> left(String text) {
        RouteFile file = new RouteFile(FILE, text, null);
        return IgnoredRules.of(file).filter(RepeatedKeys.in(file));
    }
}
