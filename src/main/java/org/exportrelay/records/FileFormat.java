package org.exportrelay.records;

import java.io.InputStream;
import java.util.Locale;

/**
 * The format of a file, by the end of its name.
 *
 * @param isGzip whether it is compressed
 * @param isCsv whether it has records
 */
public record FileFormat(boolean isGzip, boolean isCsv) {

    /** The format of {@code x.csv}, {@code x.csv.gz} and so on, in any case of letters. */
    public static FileFormat of(String filename) {
        String name = filename.toLowerCase(Locale.ROOT);
        return new FileFormat(name.endsWith(".gz"), name.endsWith(".csv") || name.endsWith(".csv.gz"));
    }

    /**
     * The content of a file of this format.
     *
     * @param stored the file as it is stored; closed with the content
     * @param bufferSize bytes that are read at a time where it is compressed
     */
    public InputStream content(InputStream stored, int bufferSize) {
        return isGzip ? new GzipStream(stored, bufferSize) : stored;
    }
}
