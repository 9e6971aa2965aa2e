package org.exportrelay.destinations.table;

import java.sql.SQLException;

/** The database does not take one record of a file. */
final class RejectedRecord extends SQLException {

    private static final long serialVersionUID = 1L;

    private final long record;

    /**
     * @param record its number in the file, 1 or more
     */
    RejectedRecord(SQLException cause, long record) {
        super(cause.getMessage(), cause.getSQLState(), cause.getErrorCode(), cause);
        this.record = record;
    }

    long record() {
        return record;
    }
}
