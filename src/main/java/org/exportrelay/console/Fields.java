package org.exportrelay.console;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import org.exportrelay.config.NearestName;
import org.exportrelay.config.PointInTime;

/** The fields of a request's content. Each of them is refused, not ignored, if it is unknown or malformed. */
final class Fields {

    private final JsonNode node;

    /**
     * @param known their names
     * @throws ProblemException for another one: a misspelt filter must not replay everything
     */
    Fields(JsonNode node, Set<String> known) {
        this.node = node;
        node.fieldNames().forEachRemaining(name -> {
            if (!known.contains(name)) {
                throw Parameters.wrong("the field '" + Texts.shortened(name) + "' is unknown"
                        + NearestName.of(name, known)
                                .map(near -> "; did you mean " + near + "?")
                                .orElse("")
                        + (known.isEmpty() ? "; there are none" : "; write " + String.join(", ", known)));
            }
        });
    }

    /** Null if it is absent or null. */
    String text(String name) {
        JsonNode value = node.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return null;
        }
        if (!value.isTextual()) {
            throw Parameters.wrong("the field " + name + " is not a text");
        }
        Texts.check("the field " + name, value.textValue(), Parameters.LONGEST);
        return value.textValue();
    }

    /** Null if it is absent or null. */
    Instant time(String name) {
        return time(name, PointInTime::parse);
    }

    /** The end of a period, which includes it; null if it is absent or null. */
    Instant end(String name) {
        return time(name, PointInTime::parseEnd);
    }

    private Instant time(String name, BiFunction<String, Instant, Instant> parse) {
        String value = text(name);
        try {
            return value == null ? null : parse.apply(value, Instant.now());
        } catch (IllegalArgumentException e) {
            throw Parameters.wrong("the field " + name + ": " + Texts.shortened(e.getMessage()));
        }
    }

    /** False if it is absent or null. */
    boolean flag(String name) {
        JsonNode value = node.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return false;
        }
        if (!value.isBoolean()) {
            throw Parameters.wrong("the field " + name + " is not true or false");
        }
        return value.booleanValue();
    }

    /** The default if it is absent or null. */
    List<String> texts(String name, List<String> absent) {
        JsonNode value = node.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return absent;
        }
        if (!value.isArray() || value.isEmpty()) {
            throw Parameters.wrong("the field " + name + " is not a list with texts");
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode element : value) {
            if (!element.isTextual()) {
                throw Parameters.wrong("the field " + name + " is not a list of texts");
            }
            Texts.check("the field " + name, element.textValue(), Parameters.LONGEST);
            texts.add(element.textValue());
        }
        return texts;
    }
}
