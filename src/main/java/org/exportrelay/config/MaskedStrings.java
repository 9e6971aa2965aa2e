package org.exportrelay.config;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.module.SimpleModule;
import java.io.IOException;

/** Writes strings as JSON without secrets. Not the texts of a {@code JsonNode}: those are written as they are. */
public final class MaskedStrings extends SimpleModule {

    private static final long serialVersionUID = 1L;

    /** For a mapper of its own. */
    public MaskedStrings() {
        addSerializer(String.class, new Masked());
    }

    private static final class Masked extends JsonSerializer<String> {

        @Override
        public void serialize(String value, JsonGenerator json, SerializerProvider provider) throws IOException {
            json.writeString(Secrets.masked(value));
        }
    }
}
