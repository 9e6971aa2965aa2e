package org.exportrelay.records;

import de.siegmar.fastcsv.reader.CloseableIterator;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.StringArrayHandler;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import org.apache.camel.util.function.ThrowingSupplier;

/**
 * A CSV file (RFC 4180, UTF-8).
 *
 * @param stored opens it as it is stored; it may be read several times
 * @param format whether it is compressed
 */
record CsvFile(ThrowingSupplier<InputStream, IOException> stored, FileFormat format) {

    private static final int BUFFER = 64 * 1024;
    private static final char BYTE_ORDER_MARK = '\uFEFF';
    /** Characters of one row. A longer one is an attack, or a quote is missing. */
    private static final int LARGEST_ROW = 4 * 1024 * 1024;

    /**
     * The rows as they are read, the header first.
     *
     * @param emptyLines whether an empty line after the header is a row with one empty value, or nothing
     * @throws IOException if the file cannot be read, or does not begin with UTF-8
     */
    CloseableIterator<String[]> rows(boolean emptyLines) throws IOException {
        InputStream content = content();
        try {
            return CsvReader.builder()
                    .maxBufferSize(LARGEST_ROW)
                    .allowExtraFields(true)
                    .allowMissingFields(true)
                    .skipEmptyLines(!emptyLines)
                    .build(
                            StringArrayHandler.of(
                                    handler -> handler.maxFieldSize(LARGEST_ROW).maxRecordSize(LARGEST_ROW)),
                            text(content))
                    .iterator();
        } catch (IOException | RuntimeException e) {
            content.close();
            throw e;
        }
    }

    /** Whether the file has that many records only if each empty line is one. */
    boolean needsEmptyLinesFor(long records) throws IOException {
        CsvRecordCounter counter = new CsvRecordCounter();
        byte[] buffer = new byte[BUFFER];
        try (InputStream content = content()) {
            for (int n = content.read(buffer); n >= 0; n = content.read(buffer)) {
                counter.accept(buffer, 0, n);
            }
        }
        long without = counter.lines() - 1;
        return without != records && without + counter.emptyRecords() == records;
    }

    private InputStream content() throws IOException {
        return format.content(stored.get(), BUFFER);
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
        int first = text.read();
        if (first == BYTE_ORDER_MARK) {
            text.mark(1);
            first = text.read();
        }
        // Empty lines before the header are nothing in either reading.
        while (first == '\n' || first == '\r') {
            text.mark(1);
            first = text.read();
        }
        text.reset();
        return text;
    }
}
