package org.exportrelay.records;

import com.fasterxml.jackson.core.io.SerializedString;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The header line of a CSV file: the keys of its records, in order. A key stands for one column only,
 * so that an empty name becomes {@code column_3} and the second {@code name} becomes {@code name_2}.
 * Immutable.
 */
final class Columns {

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
        this.names = List.copyOf(unique);
        this.positions = Map.copyOf(seen);
    }

    /** Whether a made-up name is what a later column is really called. */
    private static boolean isLater(String name, String wanted, String[] header, int from) {
        return !name.equals(wanted)
                && Arrays.asList(header).subList(from + 1, header.length).contains(name);
    }

    int size() {
        return names.size();
    }

    /** With its JSON form kept, since every record repeats it. */
    SerializedString name(int position) {
        return names.get(position);
    }

    /** Where a column is, or null. */
    Integer position(String name) {
        return positions.get(name);
    }

    @Override
    public String toString() {
        return String.join(", ", names.stream().map(SerializedString::getValue).toList());
    }
}
