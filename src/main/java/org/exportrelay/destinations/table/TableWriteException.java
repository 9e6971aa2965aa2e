package org.exportrelay.destinations.table;

import java.sql.SQLException;

/**
 * The database has not accepted a file; {@link TableFailures} decides what follows. Its message is for logs of libraries
 * only.
 */
final class TableWriteException extends Exception {

    private static final long serialVersionUID = 1L;

    private final String table;
    private final DatabaseKind database;
    private final String server;
    private final String user;
    private final String file;
    private final long record;

    /**
     * @param table that the rows were for
     * @param connections of the endpoint
     * @param file for messages
     * @param record that the database did not take, 1 or more; 0 if that is not known
     */
    TableWriteException(SQLException cause, String table, TableConnections connections, String file, long record) {
        super(cause.getMessage(), cause);
        this.table = table;
        this.database = connections.kind();
        this.server = connections.server();
        this.user = connections.user();
        this.file = file;
        this.record = record;
    }

    SQLException failure() {
        return (SQLException) getCause();
    }

    String table() {
        return table;
    }

    DatabaseKind database() {
        return database;
    }

    String server() {
        return server;
    }

    String user() {
        return user;
    }

    String file() {
        return file;
    }

    /** 0 if it is not known. */
    long record() {
        return record;
    }
}
