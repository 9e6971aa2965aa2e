package org.exportrelay.routetest;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import org.exportrelay.records.CsvRecordCounter;
import org.exportrelay.routetest.GivenExport.GivenFile;

/** Reads the exports of a test, and fills in what it leaves out. */
final class GivenExports {

    private static final String USUAL_NAME = "properties_export";
    private static final int USUAL_RECORDS = 3;

    private final Path file;

    GivenExports(Path file) {
        this.file = file;
    }

    /** Those of the key {@code exports}; none if it is absent. */
    List<GivenExport> of(YamlMap map) {
        List<YamlMap> maps = map.maps("exports");
        Set<String> ids = new HashSet<>();
        List<GivenExport> exports = new ArrayList<>();
        for (int i = 0; i < maps.size(); i++) {
            GivenExport export = export(maps.get(i), i);
            if (!ids.add(export.id().toLowerCase(Locale.ROOT))) {
                maps.get(i)
                        .fault(
                                "id",
                                "id=" + export.id()
                                        + " is already the id of another export; give each export one of its"
                                        + " own, or remove the key");
            }
            exports.add(export);
        }
        return exports;
    }

    /** For a test that names none. */
    GivenExport usual(int line) {
        Instant createdAt = lately();
        return new GivenExport(
                id(file.toString(), line, 0),
                USUAL_NAME,
                createdAt,
                false,
                false,
                false,
                List.of(usualFile(USUAL_NAME, createdAt)));
    }

    private GivenExport export(YamlMap map, int index) {
        map.allow(GivenExport.KEYS, null);
        String name = map.text("name").orElse(USUAL_NAME);
        Instant createdAt = map.instant("created_at").orElseGet(GivenExports::lately);
        if (createdAt.isAfter(Instant.now())) {
            map.fault("created_at", "created_at=" + createdAt + " is in the future; write a time that has passed");
        }
        boolean failed =
                map.oneOf("status", List.of("completed", "failed"), "completed").equals("failed");
        if (failed && map.has("files")) {
            map.fault("files", "a failed export has no files; remove them, or status: failed");
        }
        List<GivenFile> files = map.maps("files").stream()
                .map(each -> file(each, name, createdAt))
                .toList();
        return new GivenExport(
                id(map, index),
                name,
                createdAt,
                failed,
                map.isTrue("expired"),
                map.isTrue("damaged"),
                map.has("files") ? files : List.of(usualFile(name, createdAt)));
    }

    /** The same at each run, so that an expectation can name it. */
    private String id(YamlMap map, int index) {
        String id = map.text("id").orElseGet(() -> id(file.toString(), map.line(), index));
        if (!id.matches("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")) {
            map.fault("id", "id=" + id + " is not a UUID; write one such as " + UUID.nameUUIDFromBytes(new byte[1]));
        }
        return id;
    }

    /** Several exports can be in one line. */
    private static String id(String origin, int line, int index) {
        String place = origin + ":" + line + (index == 0 ? "" : ":" + index);
        return UUID.nameUUIDFromBytes(place.getBytes(StandardCharsets.UTF_8)).toString();
    }

    private static GivenFile file(YamlMap map, String exportName, Instant createdAt) {
        map.allow(GivenFile.KEYS, null);
        String csv = map.text("csv").orElse(null);
        if (csv != null && map.has("records")) {
            map.fault("records", "records is for files without csv, whose rows are generated; remove one of the two");
        }
        int records = csv == null ? map.number("records").orElse(USUAL_RECORDS) : records(csv);
        return new GivenFile(map.text("filename").orElseGet(() -> filename(exportName, createdAt)), csv, records);
    }

    /** Rows below the header. */
    private static int records(String csv) {
        byte[] bytes = csv.getBytes(StandardCharsets.UTF_8);
        CsvRecordCounter counter = new CsvRecordCounter();
        counter.accept(bytes, 0, bytes.length);
        return (int) Math.max(0, counter.lines() - 1);
    }

    private static GivenFile usualFile(String name, Instant createdAt) {
        return new GivenFile(filename(name, createdAt), null, USUAL_RECORDS);
    }

    private static String filename(String exportName, Instant createdAt) {
        return exportName + "_" + createdAt.toString().substring(0, 10) + ".csv.gz";
    }

    private static Instant lately() {
        return Instant.now().minusSeconds(60).truncatedTo(ChronoUnit.SECONDS);
    }
}
