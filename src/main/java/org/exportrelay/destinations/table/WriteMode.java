package org.exportrelay.destinations.table;

/** What happens to the rows that a table has. */
public enum WriteMode {
    /** They stay, and the rows of the file are added. */
    append,
    /** A row of the file replaces the one with the same key, or is added. */
    upsert,
    /** The rows of the file replace all of them, in the same transaction. */
    replace
}
