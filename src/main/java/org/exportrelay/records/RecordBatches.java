package org.exportrelay.records;

import de.siegmar.fastcsv.reader.CloseableIterator;
import de.siegmar.fastcsv.reader.CsvParseException;
import io.quarkus.runtime.util.ExceptionUtil;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.camel.util.function.ThrowingSupplier;

/**
 * The rows of a CSV file (RFC 4180, UTF-8, the first line its header) in batches, read on demand, so that memory does
 * not grow with the file. A file that turns out not to be one ends in {@link BadRecordsException}, possibly after some
 * batches: a consumer must be able to undo what it did with those. Not thread-safe.
 */
public final class RecordBatches implements Iterator<List<ExportRecord>>, Closeable {

    /** Characters after which a batch ends early, so that wide rows do not fill the memory. */
    private static final int LARGEST_BATCH = 8 * 1024 * 1024;
    /** Of a header in a message. */
    static final int LONGEST_TEXT = 200;

    private final String name;
    private final int batchSize;
    private final Long expected;
    private final CloseableIterator<String[]> rows;
    private final Columns columns;
    private long read;

    private RecordBatches(String name, int batchSize, Long expected, CloseableIterator<String[]> rows) {
        this.name = name;
        this.batchSize = batchSize;
        this.expected = expected;
        this.rows = rows;
        this.columns = advance() ? new Columns(nextRow()) : new Columns();
    }

    /**
     * Opens a file and reads its header.
     *
     * @param file gzip if its name ends in {@code .gz}
     * @param name for messages; its end shows how the file is stored
     * @param batchSize records per batch, 1 or more; fewer in the last one and where rows are very long
     * @param expected records that the file must have; null if unknown. In a file of one column it also decides
     *     whether an empty line is a record
     * @throws BadRecordsException if it is not CSV
     * @throws IOException if it cannot be read
     */
    public static RecordBatches open(Path file, String name, int batchSize, Long expected) throws IOException {
        return open(() -> Files.newInputStream(file), name, batchSize, expected);
    }

    /**
     * The same for a caller that reads the stored bytes itself. The last stream that it opened is read to its end by {@link
     * #hasNext}, which then returns false.
     *
     * @param stored opens the file, at most three times
     */
    public static RecordBatches open(
            ThrowingSupplier<InputStream, IOException> stored, String name, int batchSize, Long expected)
            throws IOException {
        CsvFile csv = new CsvFile(stored, FileFormat.of(name));
        RecordBatches batches = open(csv, name, batchSize, expected, false);
        if (expected == null || batches.columns.size() != 1) {
            return batches;
        }
        batches.close();
        return open(csv, name, batchSize, expected, csv.needsEmptyLinesFor(expected));
    }

    private static RecordBatches open(CsvFile csv, String name, int batchSize, Long expected, boolean emptyLines)
            throws IOException {
        CloseableIterator<String[]> rows;
        try {
            rows = csv.rows(emptyLines);
        } catch (CharacterCodingException e) {
            throw new BadRecordsException(name + " is not UTF-8", e);
        }
        try {
            return new RecordBatches(name, batchSize, expected, rows);
        } catch (RuntimeException e) {
            rows.close();
            throw e;
        }
    }

    /** Whether the header has a column of that name. */
    public boolean hasColumn(String column) {
        return columns.position(column) != null;
    }

    /**
     * The names of the columns as they are in the file, in order: some may be empty or equal. Empty if the file is.
     * {@link ExportRecord#value} has the value at the same position.
     */
    public List<String> header() {
        return columns.header();
    }

    /**
     * @throws BadRecordsException if the file is not CSV, or has another number of records than expected
     */
    @Override
    public boolean hasNext() {
        if (advance()) {
            return true;
        }
        if (expected != null && read != expected) {
            throw new BadRecordsException(
                    "%s gives %,d records, but %,d were counted in it".formatted(name, read, expected));
        }
        return false;
    }

    @Override
    public List<ExportRecord> next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        List<ExportRecord> batch = new ArrayList<>();
        int characters = 0;
        while (batch.size() < batchSize && characters < LARGEST_BATCH && advance()) {
            String[] row = nextRow();
            read++;
            if (row.length != columns.size()) {
                throw new BadRecordsException("%s: record %,d has %,d fields, its header %,d (%s)"
                        .formatted(
                                name, read, row.length, columns.size(), shortened(columns.toString(), LONGEST_TEXT)));
            }
            for (String value : row) {
                characters += value.length();
            }
            batch.add(new ExportRecord(columns, row));
        }
        return batch;
    }

    private boolean advance() {
        return guarded(rows::hasNext);
    }

    private String[] nextRow() {
        return guarded(rows::next);
    }

    private <T> T guarded(Step<T> step) {
        try {
            return step.run();
        } catch (UncheckedIOException | CsvParseException e) {
            Throwable root = ExceptionUtil.getRootCause(e);
            if (root instanceof CharacterCodingException) {
                throw new BadRecordsException("%s is not UTF-8 after record %,d".formatted(name, read), e);
            }
            if (e instanceof UncheckedIOException) {
                throw e;
            }
            throw new BadRecordsException(
                    "%s cannot be read as CSV after record %,d (%s)".formatted(name, read, root.getMessage()), e);
        }
    }

    static String shortened(String text, int longest) {
        return text.length() <= longest ? text : text.substring(0, longest) + "…";
    }

    @Override
    public void close() throws IOException {
        rows.close();
    }

    @FunctionalInterface
    private interface Step<T> {
        T run();
    }
}
