package org.exportrelay.destinations.table;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;

/**
 * A connection to the database of a table. Every statement is part of a transaction, the first of which begins when the
 * connection opens. What is not committed when it closes has not happened. Not thread-safe.
 */
final class TargetDatabase implements AutoCloseable {

    /** Generated columns count as columns with a default. */
    private static final String POSTGRESQL_DEFAULTS = "SELECT attname FROM pg_catalog.pg_attribute"
            + " WHERE attrelid = to_regclass(?) AND attnum > 0 AND (atthasdef OR attidentity <> '')";

    private static final String MARIADB_ENGINE = "SELECT t.engine FROM information_schema.tables t"
            + " JOIN information_schema.engines e ON e.engine = t.engine"
            + " WHERE t.table_schema = coalesce(?, database()) AND t.table_name = ? AND e.transactions <> 'YES'";

    private final Connection connection;
    private final DatabaseKind kind;
    private final String quote;
    private final int longestName;

    private TargetDatabase(Connection connection) throws SQLException {
        DatabaseMetaData metaData = connection.getMetaData();
        this.connection = connection;
        this.kind = DatabaseKind.of(metaData.getDatabaseProductName());
        this.quote = metaData.getIdentifierQuoteString();
        this.longestName = metaData.getMaxColumnNameLength();
        if (quote == null || quote.isBlank()) {
            throw new SQLFeatureNotSupportedException(
                    product() + " quotes no names, and the names of a header must not become part of a statement; use"
                            + " another database or driver",
                    "0A000");
        }
        if (kind.sessionSettings().isPresent()) {
            execute(kind.sessionSettings().get());
        }
        connection.setAutoCommit(false);
        begin();
    }

    static TargetDatabase open(TableConnections connections) throws SQLException {
        return of(connections.open());
    }

    /**
     * @param connection a new one; closed with this, and if this fails
     */
    static TargetDatabase of(Connection connection) throws SQLException {
        try {
            return new TargetDatabase(connection);
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    Connection connection() {
        return connection;
    }

    DatabaseKind kind() {
        return kind;
    }

    /** Such as {@code PostgreSQL 15.4}. */
    String product() throws SQLException {
        DatabaseMetaData metaData = connection.getMetaData();
        return metaData.getDatabaseProductName() + " " + metaData.getDatabaseProductVersion();
    }

    /**
     * @throws DeliveryException if the options need statements that differ between databases, and those of this one are
     *     not known
     */
    void requireSupport(TableOptions options) throws DeliveryException, SQLException {
        if (kind.isKnown()) {
            return;
        }
        if (options.mode() != WriteMode.append) {
            throw unavailable("mode=" + options.mode(), "use append");
        }
        if (options.createTable()) {
            throw unavailable("createTable", "create table " + options.table());
        }
        if (options.newColumns() == NewColumns.add) {
            throw unavailable("onNewColumn=add", "use park or ignore");
        }
    }

    private DeliveryException unavailable(String option, String hint) throws SQLException {
        return new DeliveryException(FailureAction.OUTAGE, option + " is not available for " + product() + "; " + hint);
    }

    String quoted(String name) {
        return Identifiers.quoted(name, quote);
    }

    String quoted(TableName name) {
        return name.quoted(quote);
    }

    String quoted(Collection<String> names) {
        return Identifiers.quoted(names, quote);
    }

    /** The end of an {@code INSERT} that replaces a row with the same key. */
    String upsertSuffix(List<Assignment> assignments) {
        return kind.upsertSuffix(
                assignments.stream()
                        .filter(each -> !each.isKey())
                        .map(each -> quoted(each.column().name()))
                        .toList(),
                Assignment.keyNames(assignments).stream().map(this::quoted).toList());
    }

    /** Whether the database would refuse a column of this name, or shorten it. */
    boolean isTooLong(String column) {
        return longestName > 0 && kind.length(column) > longestName;
    }

    int longestName() {
        return longestName;
    }

    private void begin() throws SQLException {
        if (kind.transactionSettings().isPresent()) {
            execute(kind.transactionSettings().get());
        }
    }

    /** Ends the transaction, and begins one. */
    void commit() throws SQLException {
        connection.commit();
        begin();
    }

    /** Ends the last transaction. */
    void commitLast() throws SQLException {
        connection.commit();
    }

    /** Undoes the transaction, and begins one. */
    void rollback() throws SQLException {
        connection.rollback();
        begin();
    }

    void execute(String statement) throws SQLException {
        try (Statement sql = connection.createStatement()) {
            sql.execute(statement);
        }
    }

    /**
     * Lets no other delivery replace the rows of a table until this transaction ends. Readers see the old rows meanwhile.
     *
     * @throws SQLException if another one does for too long
     */
    void lockForReplace(TableName table) throws SQLException {
        switch (kind) {
            case POSTGRESQL -> execute("LOCK TABLE " + quoted(table) + " IN SHARE ROW EXCLUSIVE MODE");
            case MARIADB -> {
                // Ends with the connection. The locks of rows do not suffice: an empty table has none.
                Optional<String> locked = value(
                        "SELECT GET_LOCK(CONCAT('export-relay-', MD5(CONCAT(coalesce(?, database()), '.', ?))), "
                                + DatabaseKind.LOCK_SECONDS + ")",
                        table.schema().orElse(null),
                        table.table());
                if (!locked.equals(Optional.of("1"))) {
                    throw new SQLException("another delivery replaces the rows of the table", "55P03");
                }
            }
            case SQLITE, OTHER -> {
                // The receipt has made it the only writer.
            }
        }
    }

    /**
     * Defines a table or a column, in a transaction of its own: some databases commit it in any case.
     *
     * @param table that has it afterwards
     * @param isThere whether another process has done so meanwhile
     */
    void define(String statement, Check isThere) throws SQLException {
        try {
            execute(statement);
            commit();
        } catch (SQLException e) {
            if (!afterRollback(isThere, e)) {
                throw e;
            }
        }
    }

    /**
     * Undoes the transaction after a failure, and then checks something.
     *
     * @return false also if the connection is lost
     */
    boolean afterRollback(Check check, SQLException failure) {
        try {
            rollback();
            return check.test();
        } catch (SQLException e) {
            failure.addSuppressed(e);
            return false;
        }
    }

    /** The columns of a table, in order; empty if the table does not exist. Undoes the transaction in that case. */
    Optional<List<TableColumn>> columns(TableName table) throws SQLException {
        try (Statement sql = connection.createStatement();
                ResultSet none = sql.executeQuery("SELECT * FROM " + quoted(table) + " WHERE 1 = 0")) {
            ResultSetMetaData metaData = none.getMetaData();
            Set<String> withDefault = withDefault(table);
            List<TableColumn> columns = new ArrayList<>();
            for (int i = 1; i <= metaData.getColumnCount(); i++) {
                String name = metaData.getColumnName(i);
                String type = metaData.getColumnTypeName(i);
                columns.add(new TableColumn(
                        name,
                        type,
                        TypeFamily.of(kind, metaData.getColumnType(i), type),
                        withDefault.contains(name) || metaData.isAutoIncrement(i)));
            }
            return Optional.of(columns);
        } catch (SQLException e) {
            if (!kind.isMissingTable(e)) {
                throw e;
            }
            rollback();
            return Optional.empty();
        }
    }

    private Set<String> withDefault(TableName table) throws SQLException {
        Set<String> names = new HashSet<>();
        if (kind == DatabaseKind.POSTGRESQL) {
            // The table may be in any schema of the search path.
            try (PreparedStatement sql = connection.prepareStatement(POSTGRESQL_DEFAULTS)) {
                sql.setString(1, quoted(table));
                try (ResultSet columns = sql.executeQuery()) {
                    while (columns.next()) {
                        names.add(columns.getString(1));
                    }
                }
            }
            return names;
        }
        DatabaseMetaData metaData = connection.getMetaData();
        String escape = metaData.getSearchStringEscape();
        try (ResultSet columns = metaData.getColumns(
                catalog(table), pattern(schema(table), escape), pattern(table.table(), escape), "%")) {
            while (columns.next()) {
                String defaultValue = columns.getString("COLUMN_DEF");
                if (defaultValue != null && !defaultValue.equals("NULL")
                        || "YES".equals(columns.getString("IS_GENERATEDCOLUMN"))) {
                    names.add(columns.getString("COLUMN_NAME"));
                }
            }
        }
        return names;
    }

    private String catalog(TableName table) throws SQLException {
        return kind == DatabaseKind.MARIADB ? table.schema().orElse(connection.getCatalog()) : connection.getCatalog();
    }

    private String schema(TableName table) throws SQLException {
        return kind == DatabaseKind.MARIADB ? null : table.schema().orElse(connection.getSchema());
    }

    private static String pattern(String name, String escape) {
        return name == null || escape == null || escape.isEmpty()
                ? name
                : name.replace(escape, escape + escape)
                        .replace("_", escape + "_")
                        .replace("%", escape + "%");
    }

    /** Whether a unique index has exactly these columns. Other databases than MariaDB refuse the statement if none has. */
    boolean hasUniqueIndex(TableName table, Collection<String> columns) throws SQLException {
        if (kind != DatabaseKind.MARIADB) {
            return true;
        }
        Map<String, Set<String>> indexes = new HashMap<>();
        try (ResultSet parts = connection.getMetaData().getIndexInfo(catalog(table), null, table.table(), true, true)) {
            while (parts.next()) {
                if (parts.getString("INDEX_NAME") != null && parts.getString("COLUMN_NAME") != null) {
                    indexes.computeIfAbsent(parts.getString("INDEX_NAME"), name -> new HashSet<>())
                            .add(parts.getString("COLUMN_NAME"));
                }
            }
        }
        return indexes.containsValue(Set.copyOf(columns));
    }

    /** The engine of a table that cannot undo what a transaction has written; empty if it can. */
    Optional<String> engineWithoutTransactions(TableName table) throws SQLException {
        if (kind != DatabaseKind.MARIADB) {
            return Optional.empty();
        }
        try (PreparedStatement sql = connection.prepareStatement(MARIADB_ENGINE)) {
            sql.setString(1, table.schema().orElse(null));
            sql.setString(2, table.table());
            try (ResultSet engine = sql.executeQuery()) {
                return engine.next() ? Optional.of(engine.getString(1)) : Optional.empty();
            }
        }
    }

    /** The first column of the first row; empty if there is none, or it has no value. */
    Optional<String> value(String statement, String... arguments) throws SQLException {
        try (PreparedStatement sql = connection.prepareStatement(statement)) {
            for (int i = 0; i < arguments.length; i++) {
                sql.setString(i + 1, arguments[i]);
            }
            try (ResultSet rows = sql.executeQuery()) {
                return rows.next() ? Optional.ofNullable(rows.getString(1)) : Optional.empty();
            }
        }
    }

    @Override
    public void close() throws SQLException {
        try {
            connection.rollback();
        } finally {
            connection.close();
        }
    }

    /** Whether something is as it should be. */
    @FunctionalInterface
    interface Check {
        boolean test() throws SQLException;
    }
}
