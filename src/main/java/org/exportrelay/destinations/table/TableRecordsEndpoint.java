package org.exportrelay.destinations.table;

import org.apache.camel.Category;
import org.apache.camel.Consumer;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.UriEndpoint;
import org.apache.camel.spi.UriParam;
import org.apache.camel.spi.UriPath;
import org.apache.camel.support.DefaultEndpoint;

/**
 * Write the rows of an export file to a table of a database, all of them and the receipt of the delivery in one
 * transaction, exactly once.
 */
@UriEndpoint(
        firstVersion = "0.2.0",
        scheme = "table-records",
        title = "Table Records",
        syntax = "table-records:table",
        producerOnly = true,
        category = {Category.DATABASE})
public class TableRecordsEndpoint extends DefaultEndpoint {

    @UriPath(description = "The table, TABLE or SCHEMA.TABLE, as the database stores its name.")
    @Metadata(required = true)
    private String table;

    @UriParam(
            label = "security",
            secret = true,
            description = "The JDBC URL of the database, such as jdbc:postgresql://host:5432/warehouse"
                    + " or jdbc:mariadb://host:3306/warehouse.")
    @Metadata(required = true)
    private String url;

    @UriParam(label = "security", description = "The user of the database.")
    private String username;

    @UriParam(label = "security", secret = true, description = "The password of the user.")
    private String password;

    @UriParam(
            defaultValue = "append",
            description = "append: adds the rows. upsert: a row replaces the one with the same key, or is added."
                    + " replace: the rows of the file replace all rows of the table.")
    private WriteMode mode = WriteMode.append;

    @UriParam(
            description = "With mode=upsert: the columns of the table that identify a row, separated by commas."
                    + " They need a unique index.")
    private String key;

    @UriParam(
            description = "Columns with another name in the table: NAME_IN_FILE:NAME_IN_TABLE, separated by commas."
                    + " The others have the same name.")
    private String columns;

    @UriParam(
            description = "Types of columns of the table that are not text: NAME_IN_TABLE:TYPE, separated by commas."
                    + " Used when the relay creates the table or a column; the types of an existing table must agree.")
    private String types;

    @UriParam(
            defaultValue = "false",
            description = "Whether a missing table is created from the header of the file, each column as text unless"
                    + " types says otherwise.")
    private boolean createTable;

    @UriParam(
            defaultValue = "park",
            description = "What happens if the file has a column that the table does not have. park: parks the delivery"
                    + " before a row is written. add: adds the column to the table. ignore: leaves its values out.")
    private NewColumns onNewColumn = NewColumns.park;

    @UriParam(
            defaultValue = "park",
            description = "What happens if the table has a column without a default that the file does not have. park:"
                    + " parks the delivery before a row is written. ignore: leaves the column as it is.")
    private MissingColumns onMissingColumn = MissingColumns.park;

    @UriParam(description = "The column of the table that takes the id of the export, such as _export_id.")
    private String exportIdColumn;

    @UriParam(
            description = "The column of the table that takes the number of the record in its file, from 1 on,"
                    + " such as _row.")
    private String rowColumn;

    @UriParam(
            defaultValue = "export_relay_receipt",
            description = "The table that gets one row per delivered file, in the same transaction. Created if it is"
                    + " missing and the user may create it.")
    private String receiptTable = "export_relay_receipt";

    public TableRecordsEndpoint(String uri, TableRecordsComponent component) {
        super(uri, component);
    }

    /**
     * @throws IllegalArgumentException if options are wrong or missing
     */
    void check() {
        if (url == null || url.isBlank()) {
            throw new IllegalArgumentException("url is missing; write the JDBC URL of the database");
        }
        TableOptions.of(this);
        connections().check();
    }

    @Override
    public Producer createProducer() {
        return new TableRecordsProducer(this);
    }

    @Override
    public Consumer createConsumer(Processor processor) {
        throw new UnsupportedOperationException(
                "table-records:" + table + " is where records are written to; a route cannot begin there");
    }

    TableConnections connections() {
        return new TableConnections(url, username, password);
    }

    public String getTable() {
        return table;
    }

    public void setTable(String table) {
        this.table = table;
    }

    public String getUrl() {
        return url;
    }

    public void setUrl(String url) {
        this.url = url;
    }

    public String getUsername() {
        return username;
    }

    public void setUsername(String username) {
        this.username = username;
    }

    public String getPassword() {
        return password;
    }

    public void setPassword(String password) {
        this.password = password;
    }

    public WriteMode getMode() {
        return mode;
    }

    public void setMode(WriteMode mode) {
        this.mode = mode;
    }

    public String getKey() {
        return key;
    }

    public void setKey(String key) {
        this.key = key;
    }

    public String getColumns() {
        return columns;
    }

    public void setColumns(String columns) {
        this.columns = columns;
    }

    public String getTypes() {
        return types;
    }

    public void setTypes(String types) {
        this.types = types;
    }

    public boolean isCreateTable() {
        return createTable;
    }

    public void setCreateTable(boolean createTable) {
        this.createTable = createTable;
    }

    public NewColumns getOnNewColumn() {
        return onNewColumn;
    }

    public void setOnNewColumn(NewColumns onNewColumn) {
        this.onNewColumn = onNewColumn;
    }

    public MissingColumns getOnMissingColumn() {
        return onMissingColumn;
    }

    public void setOnMissingColumn(MissingColumns onMissingColumn) {
        this.onMissingColumn = onMissingColumn;
    }

    public String getExportIdColumn() {
        return exportIdColumn;
    }

    public void setExportIdColumn(String exportIdColumn) {
        this.exportIdColumn = exportIdColumn;
    }

    public String getRowColumn() {
        return rowColumn;
    }

    public void setRowColumn(String rowColumn) {
        this.rowColumn = rowColumn;
    }

    public String getReceiptTable() {
        return receiptTable;
    }

    public void setReceiptTable(String receiptTable) {
        this.receiptTable = receiptTable;
    }
}
