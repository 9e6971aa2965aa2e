package org.exportrelay.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.exportrelay.json.JsonText;
import org.exportrelay.routes.RouteFault;

/** The findings of {@code validate --json}. */
final class FindingJson {

    private static final JsonMapper MAPPER = JsonText.mapper();

    private FindingJson() {}

    /**
     * A line for each.
     *
     * @param warnings those that concern no file
     */
    static Stream<String> lines(List<RouteFault> found, List<String> warnings) {
        return Stream.concat(
                        found.stream()
                                .map(fault -> finding(
                                        fault.file().toString(),
                                        Math.max(1, fault.line()),
                                        fault.stops(),
                                        fault.rule().text(),
                                        fault.message())),
                        warnings.stream().map(warning -> finding(null, null, false, "settings", warning)))
                .map(finding -> JsonText.of(MAPPER, finding));
    }

    private static Map<String, Object> finding(String file, Integer line, boolean stops, String rule, String message) {
        Map<String, Object> finding = new LinkedHashMap<>();
        finding.put("file", file);
        finding.put("line", line);
        finding.put("severity", stops ? "error" : "warning");
        finding.put("rule", rule);
        finding.put("message", message);
        return finding;
    }
}
