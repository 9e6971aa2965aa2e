package org.exportrelay.destinations.table;

/**
 * A column of the table.
 *
 * @param name as the database stores it
 * @param type as the database names it
 * @param family which values it takes
 * @param hasDefault whether a new row without a value for it has one: a default, or a generated one
 */
record TableColumn(String name, String type, TypeFamily family, boolean hasDefault) {

    /** The value of a field of a file. Only text can be empty; otherwise there is none. */
    boolean isNull(String value) {
        return value.isEmpty() && family != TypeFamily.TEXT;
    }
}
