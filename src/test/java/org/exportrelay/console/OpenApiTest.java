package org.exportrelay.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.exportrelay.delivery.DeliveryState;
import org.junit.jupiter.api.Test;

/** The description of the REST API is that of its operations; RestIT compares its answers. */
class OpenApiTest {

    private static final JsonNode DOCUMENT = new ObjectMapper().valueToTree(OpenApi.document());

    @Test
    void describesEveryOperationWithItsParametersAndNoOther() {
        Map<String, Set<String>> operations = new TreeMap<>();
        Stream.of(
                        new StatusOperations(null, null, null, null).operations(),
                        new DeliveryOperations(null).operations(),
                        new DestinationOperations(null, null, null).operations(),
                        new ReplayOperations(null, null).operations(),
                        new EventOperations(null).operations())
                .flatMap(List::stream)
                .forEach(operation -> operations.put(
                        operation.method().name().toLowerCase(Locale.ROOT) + " " + operation.path(),
                        new TreeSet<>(operation.parameters())));
        operations.put("get /events/stream", Set.of("destination", "kind"));

        Map<String, Set<String>> described = new TreeMap<>();
        DOCUMENT.path("paths").fields().forEachRemaining(path -> path.getValue()
                .fields()
                .forEachRemaining(
                        method -> described.put(method.getKey() + " " + path.getKey(), parameters(method.getValue()))));
        assertThat(described).isEqualTo(operations);
    }

    private static Set<String> parameters(JsonNode operation) {
        Set<String> names = new TreeSet<>();
        for (JsonNode parameter : operation.path("parameters")) {
            JsonNode described = parameter.has("$ref")
                    ? DOCUMENT.at(parameter.path("$ref").asText().substring(1))
                    : parameter;
            assertThat(described.path("name").asText()).as(parameter.toString()).isNotEmpty();
            if (described.path("in").asText().equals("query")) {
                names.add(described.path("name").asText());
            }
        }
        return names;
    }

    @Test
    void everyChangeNeedsTheHeaderThatOtherSitesCannotSend() {
        DOCUMENT.path("paths").forEach(path -> {
            if (path.has("post")) {
                assertThat(path.at("/post/parameters").toString()).contains("requestedBy");
            }
        });
        assertThat(DOCUMENT.at("/components/parameters/requestedBy/name").asText())
                .isEqualTo(RestApi.REQUESTED_BY);
    }

    @Test
    void everyReferenceLeadsToSomething() {
        DOCUMENT.findValuesAsText("$ref").forEach(reference -> assertThat(
                        DOCUMENT.at(reference.substring(1)).isMissingNode())
                .as(reference)
                .isFalse());
    }

    @Test
    void namesEveryState() {
        String pattern =
                DOCUMENT.at("/components/parameters/state/schema/pattern").asText();
        for (DeliveryState state : DeliveryState.values()) {
            assertThat(state.text()).matches(pattern);
        }
    }
}
