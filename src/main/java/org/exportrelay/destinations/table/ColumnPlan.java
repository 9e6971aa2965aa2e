package org.exportrelay.destinations.table;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;

/**
 * Decides which column of a file goes to which column of the table, before a row is written. Creates the table and adds
 * columns if the route allows it. For one delivery.
 */
final class ColumnPlan {

    private final TargetDatabase database;
    private final TableOptions options;
    private final HeaderCheck check;

    /**
     * @param file for messages
     */
    ColumnPlan(TargetDatabase database, TableOptions options, String file) {
        this.database = database;
        this.options = options;
        this.check = new HeaderCheck(file);
    }

    /**
     * @param header of the file, with at least one column
     * @return one or more, in the order of the file
     * @throws DeliveryException if file, table and route do not fit together; no table is changed then
     */
    List<Assignment> assignments(List<String> header) throws DeliveryException, SQLException {
        database.requireSupport(options);
        check.check(header, options);
        Map<String, Integer> sources = sources(header);
        for (String column : options.types().keySet()) {
            if (sourceNamed(column, sources).isEmpty()) {
                throw check.refused("it has no column " + column + ", which types names");
            }
        }
        for (String column : options.key()) {
            if (sourceNamed(column, sources)
                    .filter(name -> sources.get(name) >= 0)
                    .isEmpty()) {
                throw check.refused("it has no column " + column + ", which key names");
            }
        }
        Optional<List<TableColumn>> found = database.columns(options.table());
        if (found.isEmpty()) {
            create(sources);
            found = database.columns(options.table());
        }
        List<TableColumn> columns =
                found.orElseThrow(() -> outage("table " + options.table() + " was dropped by another process"));
        requireTransactions();
        List<String> added = newColumns(sources, columns);
        if (!added.isEmpty()) {
            add(added);
            columns = database.columns(options.table()).orElse(columns);
        }
        List<Assignment> assignments = assignments(sources, columns);
        requireUniqueIndex(assignments);
        return assignments;
    }

    /** Where the values come from, by the name in the table. */
    private Map<String, Integer> sources(List<String> header) throws DeliveryException {
        List<String> names =
                new ArrayList<>(header.stream().map(options::nameInTable).toList());
        options.exportIdColumn().ifPresent(names::add);
        options.rowColumn().ifPresent(names::add);
        check.checkDistinct(names);
        Map<String, Integer> sources = new LinkedHashMap<>();
        for (int i = 0; i < header.size(); i++) {
            sources.put(names.get(i), i);
        }
        options.exportIdColumn().ifPresent(name -> sources.put(name, Assignment.EXPORT_ID));
        options.rowColumn().ifPresent(name -> sources.put(name, Assignment.ROW));
        return sources;
    }

    private void create(Map<String, Integer> sources) throws DeliveryException, SQLException {
        if (!options.createTable()) {
            throw outage("table " + options.table()
                    + " does not exist; create it, set createTable=true, or correct the table in the route");
        }
        List<String> parts = new ArrayList<>();
        for (Map.Entry<String, Integer> source : sources.entrySet()) {
            check.checkLength(source.getKey(), database);
            parts.add(database.quoted(source.getKey()) + " " + type(source.getKey(), source.getValue()));
        }
        if (!options.key().isEmpty()) {
            List<String> key = options.key().stream()
                    .flatMap(name -> sourceNamed(name, sources).stream())
                    .toList();
            parts.add("PRIMARY KEY (" + database.quoted(key) + ")");
        }
        database.define(
                "CREATE TABLE " + database.quoted(options.table()) + " (" + String.join(", ", parts) + ")"
                        + database.kind().tableSuffix(),
                () -> database.columns(options.table()).isPresent());
    }

    private String type(String column, int source) {
        return declaredType(column)
                .orElseGet(() ->
                        source == Assignment.ROW ? "bigint" : database.kind().textType(isInKey(column)));
    }

    private Optional<String> declaredType(String column) {
        return Identifiers.find(column, options.types().keySet(), Function.identity())
                .map(options.types()::get);
    }

    private boolean isInKey(String column) {
        return Identifiers.find(column, options.key(), Function.identity()).isPresent();
    }

    private static Optional<String> sourceNamed(String column, Map<String, Integer> sources) {
        return Identifiers.find(column, sources.keySet(), Function.identity());
    }

    /** What cannot be undone cannot be exactly once. */
    private void requireTransactions() throws DeliveryException, SQLException {
        for (TableName table : List.of(options.table(), options.receipts())) {
            Optional<String> engine = database.engineWithoutTransactions(table);
            if (engine.isPresent()) {
                throw outage("table " + table + " has the engine " + engine.get()
                        + ", which has no transactions; run ALTER TABLE " + table + " ENGINE=InnoDB");
            }
        }
    }

    /** Otherwise MariaDB adds each row. */
    private void requireUniqueIndex(List<Assignment> assignments) throws DeliveryException, SQLException {
        List<String> key = Assignment.keyNames(assignments);
        if (!key.isEmpty() && !database.hasUniqueIndex(options.table(), key)) {
            throw outage("table " + options.table() + " has no unique index on " + String.join(", ", key)
                    + ", which key names; create it");
        }
    }

    /** Those to add to the table. Also checks that the table has no column that the file lacks. */
    private List<String> newColumns(Map<String, Integer> sources, List<TableColumn> columns) throws DeliveryException {
        List<String> added = new ArrayList<>();
        for (Map.Entry<String, Integer> source : sources.entrySet()) {
            Optional<TableColumn> column = TableColumn.find(source.getKey(), columns);
            if (column.isPresent()) {
                checkType(source.getKey(), column.get());
                continue;
            }
            String name = HeaderCheck.shortened(source.getKey());
            if (options.newColumns() == NewColumns.add) {
                check.checkLength(source.getKey(), database);
                added.add(source.getKey());
            } else if (source.getValue() < 0) {
                throw outage("table " + options.table() + " has no column " + name
                        + ", which the route names; add it, or set onNewColumn=add");
            } else if (options.newColumns() == NewColumns.park) {
                throw check.refused("table " + options.table() + " has no column " + name
                        + "; add it to the table, or set onNewColumn to add or ignore");
            }
        }
        if (options.missingColumns() == MissingColumns.park) {
            for (TableColumn each : columns) {
                if (!each.hasDefault() && sources.keySet().stream().noneMatch(name -> isSame(name, each, columns))) {
                    throw check.refused("it has no column " + each.name() + ", which table " + options.table()
                            + " has without a default; give the column a default, or set onMissingColumn=ignore");
                }
            }
        }
        return added;
    }

    private void add(List<String> names) throws SQLException {
        for (String name : names) {
            int source = options.rowColumn().filter(name::equals).isPresent() ? Assignment.ROW : 0;
            database.define(
                    "ALTER TABLE " + database.quoted(options.table()) + " ADD COLUMN " + database.quoted(name) + " "
                            + type(name, source),
                    () -> database.columns(options.table())
                            .flatMap(columns -> TableColumn.find(name, columns))
                            .isPresent());
        }
    }

    private List<Assignment> assignments(Map<String, Integer> sources, List<TableColumn> columns)
            throws DeliveryException {
        List<Assignment> assignments = new ArrayList<>();
        for (Map.Entry<String, Integer> source : sources.entrySet()) {
            Optional<TableColumn> column = TableColumn.find(source.getKey(), columns);
            column.ifPresent(found -> assignments.add(new Assignment(found, source.getValue(), isKey(found, columns))));
        }
        if (Assignment.keyNames(assignments).size() < options.key().size()) {
            throw outage("table " + options.table() + " lacks a column that key names ("
                    + String.join(", ", options.key()) + "); add it, or correct key");
        }
        if (assignments.isEmpty()) {
            throw check.refused("table " + options.table() + " has none of its columns");
        }
        return assignments;
    }

    private boolean isKey(TableColumn column, List<TableColumn> columns) {
        return options.key().stream().anyMatch(name -> isSame(name, column, columns));
    }

    private void checkType(String name, TableColumn column) throws DeliveryException {
        Optional<String> declared = declaredType(name);
        if (declared.isPresent()) {
            column.requireType(declared.get(), options.table());
        }
    }

    private static boolean isSame(String name, TableColumn column, List<TableColumn> columns) {
        return TableColumn.find(name, columns).filter(column::equals).isPresent();
    }

    private static DeliveryException outage(String reason) {
        return new DeliveryException(FailureAction.OUTAGE, reason);
    }
}
