package org.exportrelay.ledger.database;

import java.util.Map;

/** What differs between the two databases; everything else is the same SQL. */
public enum Dialect {
    SQLITE("org.sqlite.JDBC", "text", "", "", ""),
    POSTGRESQL(
            "org.postgresql.Driver",
            "timestamptz",
            " FOR UPDATE SKIP LOCKED",
            " FOR NO KEY UPDATE OF e SKIP LOCKED",
            "SELECT pg_advisory_xact_lock(7306093561)");

    private final String driver;
    private final String instantType;
    private final String skipLocked;
    private final String skipLockedExports;
    private final String recordLock;

    Dialect(String driver, String instantType, String skipLocked, String skipLockedExports, String recordLock) {
        this.driver = driver;
        this.instantType = instantType;
        this.skipLocked = skipLocked;
        this.skipLockedExports = skipLockedExports;
        this.recordLock = recordLock;
    }

    static Dialect of(String url) {
        return url.startsWith("jdbc:sqlite:") ? SQLITE : POSTGRESQL;
    }

    /** The JDBC driver's class. */
    String driver() {
        return driver;
    }

    Map<String, String> placeholders() {
        return Map.of("instant", instantType);
    }

    /** Ends a subquery that picks rows to claim, so that instances do not wait for each other. */
    public String skipLocked() {
        return skipLocked;
    }

    /** Likewise for exports, the table called {@code e}, whose files are claimed together. */
    public String skipLockedExports() {
        return skipLockedExports;
    }

    /**
     * Puts the transactions that hand out file ids in a row; empty on SQLite, which has one writer.
     * Without it a lower id could become visible after a higher one, behind a destination's mark.
     */
    public String recordLock() {
        return recordLock;
    }
}
