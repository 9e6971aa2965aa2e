package org.exportrelay.destinations.table;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a route says about its table.
 *
 * @param table where the rows go
 * @param receipts the table of receipts
 * @param mode what happens to the rows that the table has
 * @param key columns of the table that identify a row; only for {@link WriteMode#upsert}, and then one or more
 * @param columns names of columns of the table by those of the file, where they differ
 * @param types SQL types by the names of columns of the table
 * @param createTable whether a missing table is created
 * @param newColumns what happens to a column that the table lacks
 * @param missingColumns what happens to a column that the file lacks
 * @param exportIdColumn the column that takes the id of the export
 * @param rowColumn the column that takes the number of the record in its file, 1 or more
 */
record TableOptions(
        TableName table,
        TableName receipts,
        WriteMode mode,
        List<String> key,
        Map<String, String> columns,
        Map<String, String> types,
        boolean createTable,
        NewColumns newColumns,
        MissingColumns missingColumns,
        Optional<String> exportIdColumn,
        Optional<String> rowColumn) {

    /** It becomes part of a statement. */
    private static final Pattern TYPE =
            Pattern.compile("[A-Za-z]\\w*(?: [A-Za-z]\\w*)*(?: ?\\( ?\\d+ ?(?:, ?\\d+ ?)?\\))?(?: [A-Za-z]\\w*)*");

    /** Not those between parentheses, as in {@code numeric(12,2)}. */
    private static final Pattern COMMA = Pattern.compile(",(?![^(]*\\))");

    /**
     * @throws IllegalArgumentException if an option has a wrong value
     */
    static TableOptions of(TableRecordsEndpoint endpoint) {
        WriteMode mode = endpoint.getMode();
        List<String> key = list(endpoint.getKey()).toList();
        if (mode == WriteMode.upsert && key.isEmpty()) {
            throw new IllegalArgumentException("mode=upsert needs key; name the columns that identify a row");
        }
        if (mode != WriteMode.upsert && !key.isEmpty()) {
            throw new IllegalArgumentException("key has no meaning with mode=" + mode + "; write mode=upsert");
        }
        Map<String, String> types = pairs("types", endpoint.getTypes(), "estimated_value:numeric");
        types.forEach((column, type) -> {
            if (!TYPE.matcher(type).matches()) {
                throw new IllegalArgumentException(
                        "types: '" + type + "' is no type of a column; write for example numeric(12,2)");
            }
        });
        return new TableOptions(
                TableName.of(endpoint.getTable()),
                TableName.of(endpoint.getReceiptTable()),
                mode,
                key,
                pairs("columns", endpoint.getColumns(), "parcel_id:id"),
                types,
                endpoint.isCreateTable(),
                endpoint.getOnNewColumn(),
                endpoint.getOnMissingColumn(),
                Optional.ofNullable(endpoint.getExportIdColumn()),
                Optional.ofNullable(endpoint.getRowColumn()));
    }

    /** The name in the table of a column of the file. */
    String nameInTable(String column) {
        return columns.getOrDefault(column, column);
    }

    private static Stream<String> list(String text) {
        return text == null ? Stream.empty() : COMMA.splitAsStream(text).map(String::strip);
    }

    private static Map<String, String> pairs(String option, String text, String example) {
        Map<String, String> pairs = new LinkedHashMap<>();
        list(text).forEach(pair -> {
            String[] parts = pair.split(":", 2);
            if (parts.length < 2 || parts[0].isBlank() || parts[1].isBlank()) {
                throw new IllegalArgumentException(
                        option + ": '" + pair + "' is no pair; write for example " + example + ", separated by commas");
            }
            if (pairs.put(parts[0].strip(), parts[1].strip()) != null) {
                throw new IllegalArgumentException(option + ": " + parts[0].strip() + " stands there twice");
            }
        });
        return pairs;
    }
}
