package org.exportrelay.destinations.table;

/** What happens if a file lacks a column of the table that has no default. */
public enum MissingColumns {
    /** The delivery is parked before a row is written. */
    park,
    /** New rows have no value in the column. */
    ignore
}
