package org.exportrelay.destinations.table;

/** What happens to a column of a file that the table does not have. */
public enum NewColumns {
    /** The delivery is parked before a row is written. */
    park,
    /** The column is added to the table. */
    add,
    /** Its values are not written. */
    ignore
}
