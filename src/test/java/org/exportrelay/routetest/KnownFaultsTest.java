package org.exportrelay.routetest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.camel.Endpoint;
import org.apache.camel.impl.DefaultCamelContext;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.destinations.FailureTable;
import org.exportrelay.destinations.sftp.StrictSftpComponent;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The relay classifies each fault of a test as docs/test-routes.md says, by the rules for those of real servers. */
class KnownFaultsTest {

    private static final Pattern ROW = Pattern.compile("\\| (.+?) \\| (.+?) \\| (.+?) \\|");
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");

    private static final Map<String, FailureAction> ACTIONS = Map.of(
            "waits", FailureAction.OUTAGE,
            "retries, then parks", FailureAction.RETRY,
            "parks", FailureAction.PARK);

    @TestFactory
    Stream<DynamicTest> eachRowOfThePage() throws Exception {
        List<DynamicTest> tests = new ArrayList<>();
        for (MatchResult row : rows()) {
            List<String> schemes = row.group(1).equals("any other")
                    ? List.of("warehouse")
                    : codes(row.group(1)).stream()
                            .map(scheme -> scheme.replace(":", ""))
                            .toList();
            for (String scheme : schemes) {
                for (String as : codes(row.group(2))) {
                    tests.add(dynamicTest(scheme + ": " + as, () -> check(scheme, as, ACTIONS.get(row.group(3)))));
                }
            }
        }
        tests.add(dynamicTest("the page has all of them", KnownFaultsTest::checkCompleteness));
        return tests.stream();
    }

    private static void check(String scheme, String as, FailureAction action) throws Exception {
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            context.addComponent("sftp", new StrictSftpComponent());
            Endpoint endpoint = scheme.equals("sftp")
                    ? context.getEndpoint("sftp://partner.example:22/inbox?username=relay")
                    : null;
            Exception failure = Catalogs.all()
                    .find(scheme, as)
                    .orElseThrow()
                    .at(endpoint, scheme + "://partner.example/inbox/a.csv.gz");
            assertThat(FailureTable.classify(failure).action())
                    .as("%s", failure)
                    .isEqualTo(action);
        }
    }

    private static void checkCompleteness() throws IOException {
        for (var known : Catalogs.KNOWN) {
            Set<String> documented = new TreeSet<>();
            for (MatchResult row : rows()) {
                if (codes(row.group(1)).stream()
                        .anyMatch(scheme -> known.schemes().contains(scheme.replace(":", "")))) {
                    documented.addAll(codes(row.group(2)));
                }
            }
            assertThat(documented).containsAll(known.byName().keySet());
        }
    }

    private static List<MatchResult> rows() throws IOException {
        String page = Files.readString(Path.of("docs/test-routes.md"))
                .replaceFirst("(?s).*\n## Test a failure\n", "")
                .replaceFirst("(?s)\n## .*", "");
        return ROW.matcher(page)
                .results()
                .filter(row -> ACTIONS.containsKey(row.group(3)))
                .toList();
    }

    private static List<String> codes(String cell) {
        return CODE.matcher(cell).results().map(code -> code.group(1)).toList();
    }
}
