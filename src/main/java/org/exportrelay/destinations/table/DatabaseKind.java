package org.exportrelay.destinations.table;

import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.temporal.Temporal;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** In which the databases differ. */
enum DatabaseKind {
    POSTGRESQL,
    /** MySQL too. */
    MARIADB,
    SQLITE,
    /** Any other JDBC database: rows in batches, into a table that exists. */
    OTHER;

    /** How long a transaction waits for another one. */
    static final int LOCK_SECONDS = 20;

    /** Of a table that does not exist: PostgreSQL's SQLSTATE, and that of the standard. */
    private static final List<String> MISSING_TABLE = List.of("42P01", "42S02");

    /**
     * @param product as the JDBC driver names it, or a JDBC URL behind {@code jdbc:}
     */
    static DatabaseKind of(String product) {
        String name = product.toLowerCase(Locale.ROOT);
        if (name.contains("postgresql")) {
            return POSTGRESQL;
        }
        if (name.contains("mariadb") || name.contains("mysql")) {
            return MARIADB;
        }
        return name.contains("sqlite") ? SQLITE : OTHER;
    }

    /** A statement for each new connection. */
    Optional<String> sessionSettings() {
        return this == MARIADB
                // Otherwise it stores what is left of a value that does not fit, and waits for a day for a table.
                ? Optional.of(
                        "SET SESSION sql_mode = CONCAT(@@SESSION.sql_mode, ',STRICT_ALL_TABLES'), time_zone = '+00:00',"
                                + " lock_wait_timeout = " + LOCK_SECONDS + ", innodb_lock_wait_timeout = "
                                + LOCK_SECONDS)
                : Optional.empty();
    }

    /** A statement for each new transaction. Behind a pooler, settings of a session would reach other clients. */
    Optional<String> transactionSettings() {
        return this == POSTGRESQL
                // A replacement that has waited for another one must see its rows, also where the default of the user
                // or the database is another isolation: this must come before the first query. And the transaction of
                // a host that has lost power would otherwise keep its locks for hours.
                ? Optional.of("SET TRANSACTION ISOLATION LEVEL READ COMMITTED;"
                        + " SET LOCAL lock_timeout = '" + LOCK_SECONDS + "s'; SET LOCAL timezone = 'UTC';"
                        + " SET LOCAL tcp_keepalives_idle = 30; SET LOCAL tcp_keepalives_interval = 10;"
                        + " SET LOCAL tcp_keepalives_count = 6")
                : Optional.empty();
    }

    boolean isMissingTable(SQLException failure) {
        return MISSING_TABLE.contains(String.valueOf(failure.getSQLState()))
                || this == SQLITE && String.valueOf(failure.getMessage()).contains("no such table");
    }

    /** Whether the relay knows how this database creates tables and replaces rows. */
    boolean isKnown() {
        return this != OTHER;
    }

    /**
     * The type of a column of text of any length.
     *
     * @param isKey whether the column is part of a key: MariaDB indexes no text of unknown length
     */
    String textType(boolean isKey) {
        return this != MARIADB ? "text" : isKey ? "varchar(255)" : "longtext";
    }

    /** At the end of {@code CREATE TABLE}. */
    String tableSuffix() {
        return this == MARIADB ? " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4" : "";
    }

    /**
     * The end of an {@code INSERT} that replaces a row with the same key. MariaDB knows no key here: any unique index
     * counts.
     *
     * @param columns quoted, without those of the key
     * @param key quoted
     * @throws IllegalStateException if the kind is not known
     */
    String upsertSuffix(List<String> columns, List<String> key) {
        return switch (this) {
            case POSTGRESQL, SQLITE -> " ON CONFLICT (" + String.join(", ", key) + ") DO "
                    + (columns.isEmpty() ? "NOTHING" : "UPDATE SET " + assignments(columns, "%1$s = excluded.%1$s"));
            case MARIADB -> " ON DUPLICATE KEY UPDATE "
                    + (columns.isEmpty()
                            ? assignments(key.subList(0, 1), "%1$s = %1$s")
                            : assignments(columns, "%1$s = VALUES(%1$s)"));
            case OTHER -> throw new IllegalStateException("it has no known statement to replace a row");
        };
    }

    private static String assignments(List<String> columns, String form) {
        return String.join(", ", columns.stream().map(form::formatted).toList());
    }

    /** The value of a column as the driver takes it. SQLite stores times as text in this form. */
    Object argument(Object value) {
        return this == SQLITE && value instanceof Temporal ? value.toString().replace('T', ' ') : value;
    }

    /** Length of a name in the unit of the database's limit. */
    int length(String name) {
        return this == POSTGRESQL ? name.getBytes(StandardCharsets.UTF_8).length : name.length();
    }
}
