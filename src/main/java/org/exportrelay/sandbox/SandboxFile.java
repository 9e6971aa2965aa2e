package org.exportrelay.sandbox;

import java.util.Objects;

/**
 * One file of an export.
 *
 * @param filename its name, which other files, even of the same export, may have as well
 * @param records its data rows, without the header row; 0 or more
 */
public record SandboxFile(String filename, int records) {

    /**
     * @throws IllegalArgumentException if there would be fewer than no records
     */
    public SandboxFile {
        Objects.requireNonNull(filename, "filename");
        if (records < 0) {
            throw new IllegalArgumentException(filename + " has " + records + " records; it must have 0 or more");
        }
    }
}
