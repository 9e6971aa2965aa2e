package org.exportrelay.console;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Map;
import java.util.Set;

/**
 * A request that is answered.
 *
 * @param user who calls
 * @param path the values of the path's parameters, by name
 * @param query its parameters
 * @param body its content; empty if it has none
 */
record Call(User user, Map<String, String> path, Parameters query, String body) {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    String path(String name) {
        String value = path.get(name);
        Texts.check("the " + name + " in the path", value, Parameters.LONGEST);
        return value;
    }

    /**
     * The fields of its content.
     *
     * @param known their names
     */
    Fields fields(Set<String> known) {
        try {
            JsonNode node = body.isBlank() ? JSON.createObjectNode() : JSON.readTree(body);
            if (!node.isObject()) {
                throw Parameters.wrong("the body is not a JSON object; write {…}");
            }
            return new Fields(node, known);
        } catch (JsonProcessingException e) {
            throw Parameters.wrong("the body is not JSON: " + Texts.shortened(e.getOriginalMessage()));
        }
    }
}
