package org.exportrelay.cli;

import java.io.File;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.exportrelay.json.JsonText;
import org.exportrelay.routes.RouteFault;
import org.exportrelay.routes.RouteRule;

/** The findings of {@code validate --sarif}: a log in the format SARIF 2.1.0 of OASIS. */
final class Sarif {

    private static final String SCHEMA =
            "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

    private Sarif() {}

    /**
     * @param version of the relay
     */
    static String of(List<RouteFault> found, String version) {
        Map<String, Object> driver = Map.of(
                "name",
                "export-relay",
                "version",
                version,
                "rules",
                Stream.of(RouteRule.values()).map(Sarif::rule).toList());
        Map<String, Object> run = Map.of(
                "tool", Map.of("driver", driver),
                "columnKind", "utf16CodeUnits",
                "results", found.stream().map(Sarif::result).toList());
        return JsonText.of(JsonText.mapper(), Map.of("$schema", SCHEMA, "version", "2.1.0", "runs", List.of(run)));
    }

    private static Map<String, Object> rule(RouteRule rule) {
        return Map.of(
                "id", rule.text(),
                "shortDescription", Map.of("text", rule.description()),
                "defaultConfiguration", Map.of("level", level(rule == RouteRule.FAULT)));
    }

    private static Map<String, Object> result(RouteFault fault) {
        return Map.of(
                "ruleId", fault.rule().text(),
                "level", level(fault.stops()),
                "message", Map.of("text", fault.message()),
                "locations",
                        List.of(Map.of(
                                "physicalLocation",
                                Map.of(
                                        "artifactLocation",
                                        Map.of("uri", uri(fault.file())),
                                        "region",
                                        Map.of("startLine", Math.max(1, fault.line()))))));
    }

    /** Relative to the working directory, as the files of a repository are to its root. */
    private static String uri(Path file) {
        try {
            return new URI(null, null, file.toString().replace(File.separatorChar, '/'), null).toASCIIString();
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static String level(boolean stops) {
        return stops ? "error" : "warning";
    }
}
