package org.exportrelay.ledger;

/** What several statements share. */
final class Sql {

    /** The condition of the partial indexes, to the letter: SQLite uses them only where it is repeated. */
    static final String OPEN = "state IN ('pending', 'retrying', 'in_progress')";

    private static final int LONGEST_ERROR = 1000;

    private Sql() {}

    /** An error as it is stored. */
    static String shortened(String error) {
        return error == null || error.length() <= LONGEST_ERROR ? error : error.substring(0, LONGEST_ERROR) + "…";
    }
}
