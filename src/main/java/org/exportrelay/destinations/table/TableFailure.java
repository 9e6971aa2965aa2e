package org.exportrelay.destinations.table;

import org.exportrelay.delivery.FailureAction;

/** The kinds of failures of a database: what follows, and what an operator does. */
enum TableFailure {
    CONNECTION(FailureAction.OUTAGE, "check url, and that the server runs and can be reached"),
    BUSY(FailureAction.OUTAGE, "the server lacks connections or memory: raise its limits, or lower parallel"),
    LOGIN(FailureAction.OUTAGE, "check username and password"),
    NO_DATABASE(FailureAction.OUTAGE, "create the database or the schema, or correct url and the table in the route"),
    NO_TABLE(FailureAction.OUTAGE, "create the table, set createTable=true, or correct the table in the route"),
    NO_UNIQUE_INDEX(FailureAction.OUTAGE, "create a unique index on the columns of key"),
    PERMISSION(
            FailureAction.OUTAGE,
            "grant USER SELECT and INSERT on the table (upsert: also UPDATE; replace: also DELETE), and SELECT, INSERT"
                    + " and UPDATE on the table of receipts"),
    FULL(FailureAction.OUTAGE, "free space on the server"),
    READ_ONLY(FailureAction.OUTAGE, "the server accepts no changes: if it is a standby, name the primary in url"),
    CANCELED(
            FailureAction.OUTAGE,
            "the server canceled the statement: raise the limit for statements of USER, such as statement_timeout, or"
                    + " find out who canceled it"),
    OTHER(FailureAction.OUTAGE, "check the table and the options of the route"),
    /** The database has ended the transaction in favour of another one. */
    TRANSACTION(FailureAction.RETRY, "the next attempt writes the file again"),
    /** Another transaction holds the receipt or the table. */
    LOCKED(FailureAction.POSTPONE, "another transaction holds a lock: wait until it ends"),
    VALUE(FailureAction.PARK, "correct the file or the column, then replay"),
    CONSTRAINT(FailureAction.PARK, "correct the file or the constraint, then replay"),
    HEADER(FailureAction.PARK, "correct the header of the file or the route, then replay");

    private final FailureAction action;
    private final String hint;

    TableFailure(FailureAction action, String hint) {
        this.action = action;
        this.hint = hint;
    }

    FailureAction action() {
        return action;
    }

    /** {@code USER} stands for the user. */
    String hint() {
        return hint;
    }
}
