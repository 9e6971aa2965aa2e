package org.exportrelay.routetest;

import java.time.Instant;
import java.util.List;
import java.util.Set;

/**
 * An export that the API lists during a test.
 *
 * @param id a UUID
 * @param name may be null
 * @param createdAt by the vendor's clock
 * @param failed whether it failed at the vendor; otherwise it is completed
 * @param expired whether its download URLs have expired
 * @param damaged whether every download of its first file is damaged
 * @param files of a completed export
 */
public record GivenExport(
        String id,
        String name,
        Instant createdAt,
        boolean failed,
        boolean expired,
        boolean damaged,
        List<GivenFile> files) {

    /** The keys of an export in a test file. */
    static final Set<String> KEYS = Set.of("id", "name", "created_at", "status", "expired", "damaged", "files");

    public GivenExport {
        files = List.copyOf(files);
    }

    /**
     * One of its files.
     *
     * @param filename as the API names it
     * @param csv its content before compression; null for generated rows
     * @param records how many rows it has
     */
    public record GivenFile(String filename, String csv, int records) {

        /** The keys of a file in a test file. */
        static final Set<String> KEYS = Set.of("filename", "csv", "records");
    }
}
