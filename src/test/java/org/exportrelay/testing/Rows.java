package org.exportrelay.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;
import de.siegmar.fastcsv.reader.CsvReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.zip.GZIPInputStream;

/**
 * Any number of rows in any order, in two numbers: two of these are equal if the same rows are in both
 * the same number of times, and, by chance, once in 2^64 otherwise.
 *
 * @param count the rows
 * @param digest the sum of each row's digest
 */
public record Rows(long count, long digest) {

    public static final Rows NONE = new Rows(0, 0);

    /** The rows of a gzipped CSV file as JSON objects, made by other means than the relay's. */
    public static Rows ofFile(byte[] gzip) throws IOException {
        ObjectMapper json = new ObjectMapper();
        Rows rows = NONE;
        String csv = new String(new GZIPInputStream(new ByteArrayInputStream(gzip)).readAllBytes(), UTF_8);
        for (var row : CsvReader.builder().ofNamedCsvRecord(csv)) {
            rows = rows.plus(json.writeValueAsString(row.getFieldsAsMap()));
        }
        return rows;
    }

    public Rows plus(String row) {
        return plus(new Rows(1, digest(row)));
    }

    public Rows plus(Rows others) {
        return new Rows(count + others.count, digest + others.digest);
    }

    private static long digest(String row) {
        try {
            return ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(row.getBytes(UTF_8)))
                    .getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
