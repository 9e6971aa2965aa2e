package org.exportrelay.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.UncheckedIOException;
import org.exportrelay.config.FileNameEncoding;

/** Writes JSON in one line, which is the same in every locale. */
public final class JsonText {

    private JsonText() {}

    /** A mapper for standard output. */
    public static JsonMapper mapper() {
        return JsonMapper.builder()
                .configure(JsonWriteFeature.ESCAPE_NON_ASCII, !FileNameEncoding.isUnicode())
                // Of each of a million objects.
                .disable(SerializationFeature.FLUSH_AFTER_WRITE_VALUE)
                .build();
    }

    /** Writes maps, lists and simple values. */
    public static String of(JsonMapper mapper, Object value) {
        try {
            return mapper.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}
