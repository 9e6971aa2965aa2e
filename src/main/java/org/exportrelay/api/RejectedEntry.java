package org.exportrelay.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * An entry of the list that cannot be read; nothing of it is delivered.
 *
 * @param exportId its id, or {@code unknown}; unprintable characters are {@code ?}
 * @param reason what is wrong with it; never quotes a URL
 */
public record RejectedEntry(String exportId, String reason) {

    private static final int LONGEST_ID = 100;
    private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{C}\\p{Zl}\\p{Zp}]");

    static RejectedEntry of(JsonNode entry, JsonProcessingException cause) {
        return new RejectedEntry(exportId(entry), reason(entry, cause));
    }

    /** The entry's id as far as it can be printed; {@code unknown} if it has none. */
    static String exportId(JsonNode entry) {
        JsonNode id = entry.path("export_id");
        String exportId = id.isTextual() && !id.textValue().isBlank() ? id.textValue() : "unknown";
        String start = exportId.substring(0, Math.min(exportId.length(), LONGEST_ID));
        return UNPRINTABLE.matcher(start).replaceAll("?");
    }

    private static String reason(JsonNode entry, JsonProcessingException cause) {
        if (!entry.isObject()) {
            return "it is not a JSON object";
        }
        if (cause.getCause() instanceof IllegalArgumentException broken) {
            return broken.getMessage();
        }
        if (cause instanceof JsonMappingException mapping && !mapping.getPath().isEmpty()) {
            String field = mapping.getPath().stream()
                    .map(step -> step.getFieldName() == null ? "[" + step.getIndex() + "]" : step.getFieldName())
                    .collect(Collectors.joining("."));
            return "its field " + field + " does not have the documented type";
        }
        return "it does not have the documented form";
    }
}
