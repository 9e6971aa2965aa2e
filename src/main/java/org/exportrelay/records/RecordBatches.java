package org.exportrelay.records;

import de.siegmar.fastcsv.reader.CloseableIterator;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.StringArrayHandler;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.zip.GZIPInputStream;

/**
 * The rows of a CSV file (RFC 4180, UTF-8, the first line its header) in batches, read as they are
 * asked for, so that memory does not grow with the file. What is not such a file ends in
 * {@link BadRecordsException}, in the middle if need be: whoever hands rows on must be able to take
 * them back. Not thread-safe.
 */
public final class RecordBatches implements Iterator<List<ExportRecord>>, Closeable {

    private static final int BUFFER = 64 * 1024;
    private static final char BYTE_ORDER_MARK = '\uFEFF';
    /** Characters of one row; a row of more is no record but an attack or a missing quote. */
    private static final int LARGEST_ROW = 4 * 1024 * 1024;
    /** Characters after which a batch ends early, so that wide rows do not fill the memory. */
    private static final int LARGEST_BATCH = 8 * 1024 * 1024;

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
     * @param name for messages; what it ends in says how the file is stored
     * @param batchSize records per batch, 1 or more; fewer in the last one and where rows are very long
     * @param expected records that the file must have; null if unknown
     * @throws BadRecordsException if it is not CSV
     * @throws IOException if it cannot be read
     */
    public static RecordBatches open(Path file, String name, int batchSize, Long expected) throws IOException {
        InputStream stored = Files.newInputStream(file);
        try {
            boolean isGzip = name.toLowerCase(Locale.ROOT).endsWith(".gz");
            Reader text = text(isGzip ? new GZIPInputStream(stored, BUFFER) : stored);
            return new RecordBatches(
                    name,
                    batchSize,
                    expected,
                    CsvReader.builder()
                            .maxBufferSize(LARGEST_ROW)
                            .allowExtraFields(true)
                            .allowMissingFields(true)
                            .build(
                                    StringArrayHandler.of(handler ->
                                            handler.maxFieldSize(LARGEST_ROW).maxRecordSize(LARGEST_ROW)),
                                    text)
                            .iterator());
        } catch (CharacterCodingException e) {
            stored.close();
            throw new BadRecordsException(name + " is not UTF-8", e);
        } catch (IOException | RuntimeException e) {
            stored.close();
            throw e;
        }
    }

    /** Refuses bytes that are not UTF-8, since a replacement character would be a silent change. */
    private static Reader text(InputStream bytes) throws IOException {
        Reader text = new BufferedReader(
                new InputStreamReader(
                        bytes,
                        StandardCharsets.UTF_8
                                .newDecoder()
                                .onMalformedInput(CodingErrorAction.REPORT)
                                .onUnmappableCharacter(CodingErrorAction.REPORT)),
                BUFFER);
        text.mark(1);
        if (text.read() != BYTE_ORDER_MARK) {
            text.reset();
        }
        return text;
    }

    /** Whether the header has a column of that name. */
    public boolean hasColumn(String column) {
        return columns.position(column) != null;
    }

    /**
     * @throws BadRecordsException if a row is not what the header and the verified file promise
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
                        .formatted(name, read, row.length, columns.size(), shortened(columns.toString())));
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
            Throwable root = root(e);
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

    private static Throwable root(Throwable thrown) {
        Throwable root = thrown;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }

    private static String shortened(String text) {
        return text.length() <= 200 ? text : text.substring(0, 200) + "…";
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
