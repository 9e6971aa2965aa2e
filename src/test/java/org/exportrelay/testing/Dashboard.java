package org.exportrelay.testing;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** The Grafana dashboard of the installation. */
public final class Dashboard {

    private final JsonNode json;

    private Dashboard(JsonNode json) {
        this.json = json;
    }

    public static Dashboard read() throws IOException {
        return new Dashboard(new ObjectMapper()
                .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .readTree(Path.of("src/main/packaging/observability/grafana-dashboard.json")
                        .toFile()));
    }

    public JsonNode json() {
        return json;
    }

    public List<JsonNode> panels() {
        return list(json.get("panels")).toList();
    }

    public List<JsonNode> variables() {
        return list(json.at("/templating/list")).toList();
    }

    /** The queries of all panels. */
    public List<String> queries() {
        return panels().stream()
                .flatMap(panel -> list(panel.path("targets")))
                .map(target -> target.get("expr").asText())
                .toList();
    }

    private static Stream<JsonNode> list(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }
}
