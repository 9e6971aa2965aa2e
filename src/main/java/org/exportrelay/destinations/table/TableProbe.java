package org.exportrelay.destinations.table;

import jakarta.inject.Singleton;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.camel.Endpoint;
import org.exportrelay.config.Counts;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.destinations.EndpointProbe;

/** Tables: connects, logs in, and tries statements of a delivery without a row, in a transaction that is undone. */
@Singleton
final class TableProbe implements EndpointProbe {

    @Override
    public boolean knows(Endpoint endpoint) {
        return endpoint instanceof TableRecordsEndpoint;
    }

    @Override
    public String hint() {
        return "check url, username, password and the table, and the rights of the user";
    }

    @Override
    public String test(Endpoint endpoint) throws Exception {
        TableRecordsEndpoint table = (TableRecordsEndpoint) endpoint;
        TableOptions options = TableOptions.of(table);
        try (TargetDatabase database = TargetDatabase.open(table.connections())) {
            database.requireSupport(options);
            String receipts = new DeliveryReceipts(database, options).tableExists()
                    // Receipts are written first, and completed at the end.
                    ? tried(database, options.receipts(), WriteMode.upsert, List.of())
                    : missingReceipts(database, options);
            return "connected to " + database.product() + "; " + target(database, options) + "; " + receipts;
        }
    }

    private static String missingReceipts(TargetDatabase database, TableOptions options) throws DeliveryException {
        if (!database.kind().isKnown()) {
            throw outage("the table of receipts, " + options.receipts() + ", does not exist; create it");
        }
        return "the table of receipts, " + options.receipts() + ", will be created";
    }

    private static String target(TargetDatabase database, TableOptions options) throws DeliveryException, SQLException {
        Optional<List<TableColumn>> columns = database.columns(options.table());
        if (columns.isEmpty() && !options.createTable()) {
            throw outage("table " + options.table() + " does not exist; create it, or set createTable=true");
        }
        if (columns.isEmpty()) {
            return "table " + options.table() + " will be created";
        }
        List<String> key = new ArrayList<>();
        for (String name : options.key()) {
            key.add(TableColumn.find(name, columns.get())
                    .orElseThrow(() -> outage("table " + options.table() + " has no column " + name
                            + ", which key names; add it, or correct key"))
                    .name());
        }
        for (Map.Entry<String, String> type : options.types().entrySet()) {
            Optional<TableColumn> column = TableColumn.find(type.getKey(), columns.get());
            if (column.isPresent()) {
                column.get().requireType(type.getValue(), options.table());
            }
        }
        if (!key.isEmpty() && !database.hasUniqueIndex(options.table(), key)) {
            throw outage("table " + options.table() + " has no unique index on " + String.join(", ", key)
                    + ", which key names; create it");
        }
        return tried(database, options.table(), options.mode(), key) + " and has "
                + Counts.text(columns.get().size(), "column", "columns");
    }

    /**
     * @param key that needs a unique index; empty if none does
     */
    private static String tried(TargetDatabase database, TableName table, WriteMode mode, List<String> key)
            throws SQLException {
        String name = database.quoted(table);
        if (mode == WriteMode.replace) {
            database.execute("DELETE FROM " + name + " WHERE 1 = 0");
        }
        Set<String> names = new LinkedHashSet<>();
        database.columns(table).orElseThrow().stream()
                .filter(column -> !column.hasDefault())
                .forEach(column -> names.add(column.name()));
        names.addAll(key);
        if (names.isEmpty()) {
            // A column with a default may be a generated one, which takes no value.
            return "table " + table + " can be read (no row can be tried: every column has a default)";
        }
        String columns = database.quoted(names);
        // Not the key alone: "id = id" would be ambiguous in MariaDB, where the rows come from the same table.
        List<String> quotedNames = names.stream().map(database::quoted).toList();
        List<String> quotedKey = key.stream().map(database::quoted).toList();
        database.execute("INSERT INTO " + name + " (" + columns + ") SELECT " + columns + " FROM " + name
                + " WHERE 1 = 0" + (key.isEmpty() ? "" : database.kind().upsertSuffix(quotedNames, quotedKey)));
        String column = database.quoted(names.iterator().next());
        if (mode == WriteMode.upsert) {
            database.execute("UPDATE " + name + " SET " + column + " = " + column + " WHERE 1 = 0");
        }
        return "table " + table + " can be written";
    }

    private static DeliveryException outage(String reason) {
        return new DeliveryException(FailureAction.OUTAGE, reason);
    }
}
