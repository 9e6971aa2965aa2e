package org.exportrelay.records;

import com.fasterxml.jackson.core.io.SerializedString;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The header line of a CSV file: the keys of its records, in order. Every key is unique: an empty name becomes {@code
 * column_3}, the second {@code name} becomes {@code name_2}. Immutable.
 */
final class Columns {

    private final List<String> header;
    private final List<SerializedString> names;
    private final Map<String, Integer> positions;

    Columns(String... header) {
        List<SerializedString> unique = new ArrayList<>(header.length);
        Map<String, Integer> seen = new HashMap<>();
        for (int i = 0; i < header.length; i++) {
            String wanted = header[i].isEmpty() ? "column_" + (i + 1) : header[i];
            String name = wanted;
            for (int number = 2; seen.containsKey(name) || isLater(name, wanted, header, i); number++) {
                name = wanted + "_" + number;
            }
            seen.put(name, i);
            unique.add(new SerializedString(name));
        }
        this.header = List.of(header);
        this.names = List.copyOf(unique);
        this.positions = Map.copyOf(seen);
    }

    /** Whether a made-up name is the real name of a later column. */
    private static boolean isLater(String name, String wanted, String[] header, int from) {
        return !name.equals(wanted)
                && Arrays.asList(header).subList(from + 1, header.length).contains(name);
    }

    /** The names as they are in the file: some may be empty or equal. */
    List<String> header() {
        return header;
    }

    int size() {
        return names.size();
    }

    /** A type that caches its JSON form, since every record repeats it. */
    SerializedString name(int position) {
        return names.get(position);
    }

    /** The position of a column, 0 or more; null if there is none of that name. */
    Integer position(String name) {
        return positions.get(name);
    }

    @Override
    public String toString() {
        return String.join(", ", names.stream().map(SerializedString::getValue).toList());
    }
}
