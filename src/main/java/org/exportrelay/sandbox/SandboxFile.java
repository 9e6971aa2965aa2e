package org.exportrelay.sandbox;

import java.util.Objects;

/**
 * One file of an export.
 *
 * @param filename its name; other files, even of the same export, may have the same
 * @param records its data rows, without the header row; 0 or more
 * @param text its content before compression; null for generated rows
 */
public record SandboxFile(String filename, int records, String text) {

    /**
     * @throws IllegalArgumentException if {@code records} is negative
     */
    public SandboxFile {
        Objects.requireNonNull(filename, "filename");
        if (records < 0) {
            throw new IllegalArgumentException(filename + " has " + records + " records; it must have 0 or more");
        }
    }

    /** With generated rows. */
    public SandboxFile(String filename, int records) {
        this(filename, records, null);
    }
}
