package org.exportrelay.ledger.database;

import java.util.Locale;
import java.util.Map;

/** What differs between the two databases; everything else is the same SQL. */
public enum Dialect {
    SQLITE(
            "org.sqlite.JDBC",
            Map.of(
                    "instant", "text",
                    "identity", "integer PRIMARY KEY AUTOINCREMENT",
                    "retire", "DROP COLUMN",
                    "retired", ""),
            "",
            ""),
    POSTGRESQL(
            "org.postgresql.Driver",
            Map.of(
                    "instant", "timestamptz",
                    "identity", "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
                    "retire", "ALTER COLUMN",
                    "retired", "DROP NOT NULL"),
            " FOR NO KEY UPDATE SKIP LOCKED",
            "SELECT pg_advisory_xact_lock(7306093561)");

    private final String driver;
    private final Map<String, String> placeholders;
    private final String skipLocked;
    private final String recordLock;

    Dialect(String driver, Map<String, String> placeholders, String skipLocked, String recordLock) {
        this.driver = driver;
        this.placeholders = placeholders;
        this.skipLocked = skipLocked;
        this.recordLock = recordLock;
    }

    static Dialect of(String url) {
        return url.startsWith("jdbc:sqlite:") ? SQLITE : POSTGRESQL;
    }

    /** The JDBC driver's class. */
    String driver() {
        return driver;
    }

    /** Where the migrations are that differ; the others are common to both databases. */
    String migrations() {
        return "classpath:db/" + name().toLowerCase(Locale.ROOT);
    }

    /** What the migrations' placeholders stand for. */
    Map<String, String> placeholders() {
        return placeholders;
    }

    /** What an upgrade takes, as the end of a log line. SQLite may have to create a table anew. */
    String upgradeCost() {
        return this == SQLITE
                ? "; with 1,000,000 deliveries this takes about 15 seconds, and free disk space of twice the ledger's"
                        + " size, for a copy and a table that is created anew"
                : "; other instances wait meanwhile";
    }

    /** Ends a subquery that picks rows to change, so that instances do not wait for each other. */
    public String skipLocked() {
        return skipLocked;
    }

    /** Ends a query of {@code export_file f} that waits for transactions which change what it reads, and keeps others from it. */
    public String lockFiles() {
        return this == SQLITE ? "" : " FOR SHARE OF f";
    }

    /** Compares a text with the parameter {@code name}, which is a {@link #glob}. */
    public String matchesGlob() {
        return this == SQLITE ? "GLOB :name" : "LIKE :name ESCAPE '!'";
    }

    /** A pattern in which {@code *} is any run of characters and {@code ?} any one; any other character is itself. */
    public String glob(String pattern) {
        return this == SQLITE
                ? pattern.replace("[", "[[]")
                : pattern.replaceAll("[!%_]", "!$0").replace('*', '%').replace('?', '_');
    }

    /** Ends a query whose rows are changed next, so that no other transaction changes them meanwhile. */
    public String lockRows() {
        return skipLocked.replace(" SKIP LOCKED", "");
    }

    /**
     * Serializes the transactions that assign file ids; empty on SQLite, which has one writer. Without it a lower id
     * could become visible after a higher one, behind a destination's position.
     */
    public String recordLock() {
        return recordLock;
    }
}
