package org.exportrelay.sandbox;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/**
 * Generates the gzipped CSV of one file: a header row, then records with values that naive readers
 * break on, such as line breaks within quotes. All rows of a file end in CRLF, or all in LF.
 */
final class SampleCsv {

    private static final String PROPERTIES_HEADER =
            "id,address,city,state,zip,owner_name,estimated_value,last_sale_date,bedrooms,notes";
    private static final String PEOPLE_HEADER = "id,first_name,last_name,email,phone,mailing_address,tags,notes";

    private final boolean people;
    private final int records;
    private final SplittableRandom random;
    private final byte[] rowEnd;

    /**
     * @param records data rows, without the header row
     * @param random a sequence for this file only: it and the other arguments determine the bytes
     */
    SampleCsv(boolean people, int records, SplittableRandom random) {
        this.people = people;
        this.records = records;
        this.random = random;
        this.rowEnd = (random.nextBoolean() ? "\r\n" : "\n").getBytes(StandardCharsets.US_ASCII);
    }

    /** The file's bytes; may be called once. */
    byte[] gzip() {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream(16 * 1024);
        try (OutputStream gzip = new FastGzip(compressed)) {
            write(gzip);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
        return compressed.toByteArray();
    }

    private void write(OutputStream out) throws IOException {
        CsvBuffer row = new CsvBuffer(out);
        row.put(people ? PEOPLE_HEADER : PROPERTIES_HEADER).endRow(rowEnd);
        int firstId = 100_000_000 + random.nextInt(800_000_000);
        for (int i = 0; i < records; i++) {
            row.digits(firstId + i, 1).comma();
            if (people) {
                person(row);
            } else {
                property(row);
            }
            row.put(SampleValues.NOTES.any(random)).endRow(rowEnd);
        }
        row.flush();
    }

    private void property(CsvBuffer row) {
        row.put('"').digits(1 + random.nextInt(9_999), 1).put(' ');
        row.put(SampleValues.STREETS.any(random)).put('"');
        row.comma().put(SampleValues.CITIES.any(random));
        row.comma().put(SampleValues.STATES.any(random));
        row.comma().digits(random.nextInt(100_000), 5);
        row.comma().put(SampleValues.OWNERS.any(random));
        row.comma().digits(40_000 + 100 * random.nextInt(20_000), 1).comma();
        if (random.nextInt(5) > 0) {
            row.digits(1980 + random.nextInt(46), 4);
            row.put('-').digits(1 + random.nextInt(12), 2).put('-').digits(1 + random.nextInt(28), 2);
        }
        row.comma();
        if (random.nextInt(8) > 0) {
            row.digits(1 + random.nextInt(6), 1);
        }
        row.comma();
    }

    private void person(CsvBuffer row) {
        row.put(SampleValues.FIRST_NAMES.any(random));
        row.comma().put(SampleValues.LAST_NAMES.any(random)).comma();
        if (random.nextInt(4) > 0) {
            row.put("person").digits(random.nextInt(1_000_000), 6).put("@example.com");
        }
        row.comma();
        if (random.nextInt(3) > 0) {
            row.put("+1 614 555 ").digits(random.nextInt(10_000), 4);
        }
        row.comma().put("\"PO Box ").digits(1 + random.nextInt(9_999), 1).put(", ");
        row.put(SampleValues.STATES.any(random)).put(' ').digits(random.nextInt(100_000), 5);
        row.put('"').comma().put(SampleValues.TAGS.any(random)).comma();
    }

    private static final class FastGzip extends GZIPOutputStream {

        FastGzip(OutputStream out) throws IOException {
            super(out, 32 * 1024);
            def.setLevel(Deflater.BEST_SPEED);
        }
    }
}
