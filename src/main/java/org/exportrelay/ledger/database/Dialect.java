package org.exportrelay.ledger.database;

import java.sql.SQLException;
import java.util.Locale;
import java.util.Map;
import org.apache.camel.util.ObjectHelper;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.SqlStatements;

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
            "",
            "",
            "",
            "SELECT id FROM api_budget"),
    POSTGRESQL(
            "org.postgresql.Driver",
            Map.of(
                    "instant", "timestamptz",
                    "identity", "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
                    "retire", "ALTER COLUMN",
                    "retired", "DROP NOT NULL"),
            " FOR NO KEY UPDATE SKIP LOCKED",
            "SELECT " + Postgresql.ENDS_WITH_ITS_HOST + ", pg_advisory_xact_lock(7306093561)",
            "SELECT " + Postgresql.ENDS_WITH_ITS_HOST + ", pg_advisory_xact_lock_shared(7306093562)",
            "SELECT set_config('lock_timeout', '200ms', true), pg_advisory_xact_lock(7306093562)",
            "SELECT " + Postgresql.ENDS_WITH_ITS_HOST + ", id FROM api_budget FOR NO KEY UPDATE");

    /** PostgreSQL's SQLSTATE. */
    private static final String LOCK_NOT_AVAILABLE = "55P03";

    /** Under which the handles of a ledger know it. */
    static final String ATTRIBUTE = "dialect";

    private final String driver;
    private final Map<String, String> placeholders;
    private final String skipLocked;
    private final String recordLock;
    private final String appendLock;
    private final String appendBarrier;
    private final String budgetLock;

    Dialect(
            String driver,
            Map<String, String> placeholders,
            String skipLocked,
            String recordLock,
            String appendLock,
            String appendBarrier,
            String budgetLock) {
        this.driver = driver;
        this.placeholders = placeholders;
        this.skipLocked = skipLocked;
        this.recordLock = recordLock;
        this.appendLock = appendLock;
        this.appendBarrier = appendBarrier;
        this.budgetLock = budgetLock;
    }

    /** That of an open ledger. */
    public static Dialect of(Handle handle) {
        return (Dialect) handle.getConfig(SqlStatements.class).getAttribute(ATTRIBUTE);
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

    /** The type of points in time, to cast a parameter whose type PostgreSQL cannot infer. */
    public String instantType() {
        return placeholders.get("instant");
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

    /**
     * Comes before the insert of events, in the same transaction, and is shared by all who append; empty on SQLite, which
     * has one writer.
     */
    public String appendLock() {
        return appendLock;
    }

    /**
     * Waits until no transaction that appends events is open, so that no lower id can become visible after a higher one;
     * empty on SQLite. Fails with {@link #isLockTimeout} if that takes too long: others must not wait for it.
     */
    public String appendBarrier() {
        return appendBarrier;
    }

    /** Serializes the transactions that count a request to the API, so that together they stay within its limits. */
    public String budgetLock() {
        return budgetLock;
    }

    /** Whether a lock was not free in time. */
    public static boolean isLockTimeout(Throwable failure) {
        SQLException sql = ObjectHelper.getException(SQLException.class, failure);
        return sql != null && LOCK_NOT_AVAILABLE.equals(sql.getSQLState());
    }

    private static final class Postgresql {

        /**
         * Ends a transaction whose host has died or lost its network: its locks would stop all instances until the server
         * notices the broken connection, by default after two hours. For this transaction only, see
         * {@link StatementTimeout}.
         */
        static final String ENDS_WITH_ITS_HOST = "set_config('idle_in_transaction_session_timeout', '30s', true)";
    }
}
