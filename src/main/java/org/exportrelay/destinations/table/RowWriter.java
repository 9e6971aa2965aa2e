package org.exportrelay.destinations.table;

import java.sql.SQLException;

/** Writes the rows of a file in the transaction that is open. */
interface RowWriter {

    /**
     * @return the number of rows
     * @throws SQLException if the database does not accept them; a {@link RejectedRecord} if it is known which one
     */
    long write(FileSource source) throws SQLException;
}
