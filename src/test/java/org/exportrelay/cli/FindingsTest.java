package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.List;
import org.exportrelay.routes.RouteFault;
import org.exportrelay.routes.RouteRule;
import org.junit.jupiter.api.Test;

/** The findings of {@code validate} for CI. */
class FindingsTest {

    private static final List<RouteFault> FOUND = List.of(
            new RouteFault(Path.of("routes/a b.camel.yaml"), 0, "is empty", true),
            new RouteFault(Path.of("routes/b.camel.yaml"), 7, "readers can see it", false, RouteRule.PARTIAL_FILE));

    @Test
    void printsAJsonObjectALineForEachFinding() throws Exception {
        assertThat(FindingJson.lines(FOUND, List.of("relay.api.key is not set")))
                .containsExactly(
                        "{\"file\":\"routes/a b.camel.yaml\",\"line\":1,\"severity\":\"error\",\"rule\":\"fault\",\"message\":\"is empty\"}",
                        "{\"file\":\"routes/b.camel.yaml\",\"line\":7,\"severity\":\"warning\",\"rule\":\"partial-file\",\"message\":\"readers can see it\"}",
                        "{\"file\":null,\"line\":null,\"severity\":\"warning\",\"rule\":\"settings\",\"message\":\"relay.api.key is not set\"}");
    }

    @Test
    void printsADocumentInTheFormatSarif() throws Exception {
        JsonNode sarif = new ObjectMapper().readTree(Sarif.of(FOUND, "1.2.3"));
        assertThat(sarif.path("version").asText()).isEqualTo("2.1.0");
        JsonNode run = sarif.path("runs").path(0);
        assertThat(run.at("/tool/driver/version").asText()).isEqualTo("1.2.3");
        assertThat(run.at("/tool/driver/rules")).hasSize(RouteRule.values().length);
        JsonNode fault = run.at("/results/0");
        assertThat(fault.path("ruleId").asText()).isEqualTo("fault");
        assertThat(fault.path("level").asText()).isEqualTo("error");
        JsonNode place = fault.at("/locations/0/physicalLocation");
        assertThat(place.at("/artifactLocation/uri").asText()).isEqualTo("routes/a%20b.camel.yaml");
        assertThat(place.at("/region/startLine").asInt()).isEqualTo(1);
        assertThat(run.at("/results/1/ruleId").asText()).isEqualTo("partial-file");
        assertThat(run.at("/results/1/level").asText()).isEqualTo("warning");
    }
}
