package org.exportrelay.records;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Writes records as JSON objects in UTF-8, keys in the order of the header, with one generator and its buffers for all
 * of them. Not thread-safe.
 */
public final class RecordJson {

    private static final JsonFactory FACTORY = new JsonFactoryBuilder()
            // Writes characters beyond the basic plane as they are, not as two escapes.
            .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
            .rootValueSeparator((String) null)
            .build();
    /** Above most records, so that one buffer is enough. */
    private static final int TYPICAL_BYTES = 1024;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(TYPICAL_BYTES);
    private final JsonGenerator generator;

    public RecordJson() {
        try {
            generator = FACTORY.createGenerator(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException("memory cannot be written", e);
        }
    }

    /**
     * @return a new array for each call
     */
    public byte[] of(ExportRecord row) {
        bytes.reset();
        try {
            row.write(generator);
            generator.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("memory cannot be written", e);
        }
        return bytes.toByteArray();
    }
}
