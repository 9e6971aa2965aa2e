package org.exportrelay.records;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;

/**
 * One row of a CSV file under the names of its header, all values text. A map, so that a route can
 * say {@code ${body[parcel_id]}} or marshal it; its text form is its JSON object. Immutable.
 */
public final class ExportRecord extends AbstractMap<String, String> {

    /** Writes characters beyond the basic plane as they are, not as two escapes. */
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
            .build();
    /** Above most records, so that one buffer is enough. */
    private static final int TYPICAL_BYTES = 1024;

    private final Columns columns;
    private final String[] values;

    /**
     * @param columns as many as values
     * @param values not copied; never changed afterwards
     */
    ExportRecord(Columns columns, String... values) {
        this.columns = columns;
        this.values = values;
    }

    /**
     * The record as a JSON object, UTF-8, keys in the order of the header.
     *
     * @return new at each call
     */
    public byte[] toJson() {
        try (ByteArrayBuilder bytes = new ByteArrayBuilder(TYPICAL_BYTES)) {
            try (JsonGenerator json = JSON.createGenerator(bytes)) {
                json.writeStartObject();
                for (int i = 0; i < values.length; i++) {
                    json.writeFieldName(columns.name(i));
                    json.writeString(values[i]);
                }
                json.writeEndObject();
            }
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException("memory cannot be written", e);
        }
    }

    @Override
    public String get(Object column) {
        Integer position = column instanceof String name ? columns.position(name) : null;
        return position == null ? null : values[position];
    }

    @Override
    public boolean containsKey(Object column) {
        return column instanceof String name && columns.position(name) != null;
    }

    @Override
    public Set<Map.Entry<String, String>> entrySet() {
        return new AbstractSet<>() {
            @Override
            public Iterator<Map.Entry<String, String>> iterator() {
                return new Entries();
            }

            @Override
            public int size() {
                return values.length;
            }
        };
    }

    @Override
    public String toString() {
        return new String(toJson(), StandardCharsets.UTF_8);
    }

    private final class Entries implements Iterator<Map.Entry<String, String>> {

        private int next;

        @Override
        public boolean hasNext() {
            return next < values.length;
        }

        @Override
        public Map.Entry<String, String> next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            Map.Entry<String, String> entry = Map.entry(columns.name(next).getValue(), values[next]);
            next++;
            return entry;
        }
    }
}
