package org.exportrelay.destinations;

import java.util.Locale;
import java.util.Map;

/** The media types of the files that exports have, for stores that keep one with each object. */
public final class MediaTypes {

    /** By the end of a file's name. */
    private static final Map<String, String> TYPES =
            Map.of(".gz", "application/gzip", ".csv", "text/csv", ".jsonl", "application/jsonl");

    private MediaTypes() {}

    /** By the end of a name; {@code application/octet-stream} if that says nothing. */
    public static String of(String filename) {
        String name = filename.toLowerCase(Locale.ROOT);
        return TYPES.entrySet().stream()
                .filter(type -> name.endsWith(type.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse("application/octet-stream");
    }
}
