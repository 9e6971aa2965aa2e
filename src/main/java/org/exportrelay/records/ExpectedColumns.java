package org.exportrelay.records;

import de.siegmar.fastcsv.reader.CloseableIterator;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.FieldModifier;
import de.siegmar.fastcsv.reader.StringArrayHandler;
import io.quarkus.runtime.util.ExceptionUtil;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The columns that the header of a CSV file must have, in this order and no others. Immutable. */
public final class ExpectedColumns {

    /** Of one name in a message. */
    private static final int LONGEST_NAME = 60;

    private static final Pattern NEEDS_QUOTES = Pattern.compile("[,\"\\r\\n]|^\\s|\\s$");

    private final List<String> names;

    private ExpectedColumns(List<String> names) {
        this.names = names;
    }

    /**
     * Reads them as a header has them: separated by commas, in quotes where a name contains one. Spaces around a name
     * without quotes are no part of it.
     *
     * @throws IllegalArgumentException if the text names no column, or is not one line of CSV
     */
    public static ExpectedColumns parse(String text) {
        FieldModifier spaces = new FieldModifier() {
            @Override
            public String modify(long line, int position, boolean isQuoted, String name) {
                return isQuoted ? name : name.strip();
            }
        };
        try {
            List<String[]> rows = CsvReader.builder()
                    .trimWhitespacesAroundQuotes(true)
                    .build(StringArrayHandler.of(handler -> handler.fieldModifier(spaces)), text.strip())
                    .stream()
                    .toList();
            // The parser accepts quotes that are not closed at the end of a text.
            boolean isClosed = text.chars().filter(c -> c == '"').count() % 2 == 0;
            if (rows.size() == 1 && isClosed) {
                return new ExpectedColumns(List.of(rows.get(0)));
            }
        } catch (CsvParseException e) {
            throw new IllegalArgumentException(e);
        }
        throw new IllegalArgumentException("one line of names is needed");
    }

    /**
     * Compares the header of a file, reading no further.
     *
     * @param file gzip if its name ends in {@code .gz}
     * @param name for messages; its end shows how the file is stored
     * @throws BadRecordsException if the header is another one, or there is none
     * @throws IOException if the file cannot be read
     */
    public void check(Path file, String name) throws IOException {
        List<String> header = header(file, name);
        if (header.equals(names)) {
            return;
        }
        int position = 0;
        while (position < Math.min(header.size(), names.size())
                && header.get(position).equals(names.get(position))) {
            position++;
        }
        throw new BadRecordsException(
                "%s has another CSV header than expectColumns: column %d is %s, expected %s; received %s; expected %s; correct expectColumns or the export, then replay"
                        .formatted(
                                name,
                                position + 1,
                                column(header, position, "missing"),
                                column(names, position, "none"),
                                header.isEmpty() ? "no header" : text(header),
                                text(names)));
    }

    private static List<String> header(Path file, String name) throws IOException {
        try (CloseableIterator<String[]> rows = new CsvFile(file, FileFormat.of(name)).rows(false)) {
            return rows.hasNext() ? List.of(rows.next()) : List.of();
        } catch (CharacterCodingException e) {
            throw new BadRecordsException(name + " is not UTF-8", e);
        } catch (UncheckedIOException | CsvParseException e) {
            Throwable root = ExceptionUtil.getRootCause(e);
            if (root instanceof CharacterCodingException) {
                throw new BadRecordsException("the header of " + name + " is not UTF-8", e);
            }
            if (e instanceof UncheckedIOException io) {
                throw io.getCause();
            }
            throw new BadRecordsException(
                    "the header of " + name + " cannot be read as CSV (" + root.getMessage() + ")", e);
        }
    }

    private static String column(List<String> columns, int position, String none) {
        return position < columns.size() ? RecordBatches.shortened(quoted(columns.get(position)), LONGEST_NAME) : none;
    }

    private static String text(List<String> columns) {
        return RecordBatches.shortened(
                columns.stream().map(ExpectedColumns::quoted).collect(Collectors.joining(",")),
                RecordBatches.LONGEST_TEXT);
    }

    private static String quoted(String name) {
        return name.isEmpty() || NEEDS_QUOTES.matcher(name).find() ? '"' + name.replace("\"", "\"\"") + '"' : name;
    }

    @Override
    public String toString() {
        return text(names);
    }
}
