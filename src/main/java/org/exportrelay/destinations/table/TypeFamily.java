package org.exportrelay.destinations.table;

import java.sql.Types;
import java.util.Locale;

/** Which values a column takes, as far as the relay has to know it. */
enum TypeFamily {
    TEXT,
    WHOLE_NUMBER,
    /** Up to 18,446,744,073,709,551,615. */
    UNSIGNED_BIGINT,
    DECIMAL,
    FLOAT,
    BOOLEAN,
    /** The boolean of MariaDB and MySQL, {@code tinyint(1)}: also other numbers. */
    BOOLEAN_NUMBER,
    DATE,
    TIME,
    TIMESTAMP,
    /** Only the database knows. */
    OTHER;

    /**
     * @param database which has the column
     * @param jdbcType of {@link Types}
     * @param name of the type in the database
     */
    static TypeFamily of(DatabaseKind database, int jdbcType, String name) {
        return database == DatabaseKind.MARIADB ? ofMariaDb(jdbcType, name) : ofJdbc(jdbcType, name);
    }

    /** Its driver reports a year as a date, a small number as a truth, and the same for all whole numbers. */
    private static TypeFamily ofMariaDb(int jdbcType, String name) {
        return switch (name.toUpperCase(Locale.ROOT)) {
            case "YEAR" -> WHOLE_NUMBER;
            case "BIGINT UNSIGNED" -> UNSIGNED_BIGINT;
            case "BOOLEAN", "BIT" -> BOOLEAN_NUMBER;
            default -> ofJdbc(jdbcType, name);
        };
    }

    private static TypeFamily ofJdbc(int jdbcType, String name) {
        return switch (jdbcType) {
                // A driver reports enumerations of PostgreSQL as VARCHAR.
            case Types.CHAR, Types.VARCHAR -> ofName(name) == OTHER ? OTHER : TEXT;
            case Types.LONGVARCHAR, Types.CLOB, Types.NCHAR, Types.NVARCHAR, Types.LONGNVARCHAR, Types.NCLOB -> TEXT;
            case Types.TINYINT, Types.SMALLINT, Types.INTEGER, Types.BIGINT -> WHOLE_NUMBER;
            case Types.DECIMAL, Types.NUMERIC -> DECIMAL;
            case Types.REAL, Types.FLOAT, Types.DOUBLE -> FLOAT;
            case Types.BIT, Types.BOOLEAN -> BOOLEAN;
            case Types.DATE -> DATE;
            case Types.TIME, Types.TIME_WITH_TIMEZONE -> TIME;
            case Types.TIMESTAMP, Types.TIMESTAMP_WITH_TIMEZONE -> TIMESTAMP;
            default -> OTHER;
        };
    }

    /**
     * @param type as in {@code CREATE TABLE}, such as {@code numeric(12,2)}
     */
    static TypeFamily ofName(String type) {
        String word = type.toLowerCase(Locale.ROOT).replaceFirst("[^a-z0-9_].*", "");
        return switch (word) {
            case "text", "varchar", "char", "character", "bpchar", "name", "nchar", "nvarchar", "string" -> TEXT;
            case "tinytext", "mediumtext", "longtext", "clob", "longvarchar" -> TEXT;
            case "tinyint", "smallint", "mediumint", "int", "integer", "bigint", "int2", "int4", "int8" -> WHOLE_NUMBER;
            case "numeric", "decimal", "dec" -> DECIMAL;
            case "real", "float", "double", "float4", "float8" -> FLOAT;
            case "boolean", "bool" -> BOOLEAN;
            case "date" -> DATE;
            case "time", "timetz" -> TIME;
            case "timestamp", "timestamptz", "datetime" -> TIMESTAMP;
            default -> OTHER;
        };
    }

    /** Whether a column of this family may stand for one that is declared with the other. */
    boolean agreesWith(TypeFamily declared) {
        return this == declared || this == OTHER || declared == OTHER || isNumber() && declared.isNumber();
    }

    /** MariaDB's and MySQL's boolean is a number. */
    private boolean isNumber() {
        return switch (this) {
            case WHOLE_NUMBER, UNSIGNED_BIGINT, DECIMAL, FLOAT, BOOLEAN, BOOLEAN_NUMBER -> true;
            case TEXT, DATE, TIME, TIMESTAMP, OTHER -> false;
        };
    }
}
