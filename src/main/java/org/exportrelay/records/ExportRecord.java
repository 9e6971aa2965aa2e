package org.exportrelay.records;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;

/**
 * One row of a CSV file under the names of its header, all values text. It is a map, so that a route can use {@code
 * ${body[parcel_id]}} or marshal it; its text form is its JSON object. Immutable.
 */
public final class ExportRecord extends AbstractMap<String, String> {

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

    void write(JsonGenerator json) throws IOException {
        json.writeStartObject();
        for (int i = 0; i < values.length; i++) {
            json.writeFieldName(columns.name(i));
            json.writeString(values[i]);
        }
        json.writeEndObject();
    }

    /** The value at a position of {@link RecordBatches#header}, 0 or more. */
    public String value(int position) {
        return values[position];
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
        return new String(new RecordJson().of(this), StandardCharsets.UTF_8);
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
