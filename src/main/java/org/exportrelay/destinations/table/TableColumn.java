package org.exportrelay.destinations.table;

import java.util.List;
import java.util.Optional;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;

/**
 * A column of the table.
 *
 * @param name as the database stores it
 * @param type as the database names it
 * @param family which values it takes
 * @param hasDefault whether a new row without a value for it has one: a default, or a generated one
 */
record TableColumn(String name, String type, TypeFamily family, boolean hasDefault) {

    /** The one with this name: exactly, or otherwise without regard to case if that is clear. */
    static Optional<TableColumn> find(String name, List<TableColumn> columns) {
        return Identifiers.find(name, columns, TableColumn::name);
    }

    /**
     * @param declared in the route
     * @param table for the message
     * @throws DeliveryException if this column is of another type
     */
    void requireType(String declared, TableName table) throws DeliveryException {
        if (!family.agreesWith(TypeFamily.ofName(declared))) {
            throw new DeliveryException(
                    FailureAction.OUTAGE,
                    "column " + name + " of table " + table + " is " + type + ", but types says " + declared
                            + "; alter the column, or correct types in the route");
        }
    }

    /** The value of a field of a file. Only text can be empty; otherwise there is none. */
    boolean isNull(String value) {
        return value.isEmpty() && family != TypeFamily.TEXT;
    }
}
