package org.exportrelay.destinations.table;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.exportrelay.config.Counts;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;

/**
 * Refuses a header with columns of the same name, or with names that no column can have. The vendor's files may have
 * any header; none of these faults may reach a table.
 */
final class HeaderCheck {

    private static final int LONGEST_NAME_IN_MESSAGE = 80;

    private final String file;

    /**
     * @param file for messages
     */
    HeaderCheck(String file) {
        this.file = file;
    }

    /**
     * @param header as it is in the file
     * @param options whose columns must be there
     * @throws DeliveryException if the file cannot be written to a table
     */
    void check(List<String> header, TableOptions options) throws DeliveryException {
        for (int i = 0; i < header.size(); i++) {
            if (header.get(i).isBlank()) {
                throw refused("column " + (i + 1) + " of the header has no name");
            }
            if (header.get(i).chars().anyMatch(Character::isISOControl)) {
                throw refused("the name of column " + (i + 1)
                        + " of the header has a control character, such as a line break");
            }
        }
        for (String column : options.columns().keySet()) {
            if (!header.contains(column)) {
                throw refused("it has no column " + column + ", which columns names");
            }
        }
    }

    /**
     * Databases compare names of columns without regard to case, or not, and so does the relay.
     *
     * @param names in the table, of all columns
     */
    void checkDistinct(List<String> names) throws DeliveryException {
        Map<String, Integer> seen = new HashMap<>();
        for (int i = 0; i < names.size(); i++) {
            Integer first = seen.putIfAbsent(names.get(i).toLowerCase(Locale.ROOT), i);
            if (first != null) {
                throw refused("columns " + (first + 1) + " and " + (i + 1) + " would both be column "
                        + shortened(names.get(i)) + " of the table");
            }
        }
    }

    /** A column that the relay is to create. */
    void checkLength(String name, TargetDatabase database) throws DeliveryException {
        if (database.isTooLong(name)) {
            throw refused("the column name " + shortened(name) + " is longer than "
                    + Counts.grouped((long) database.longestName()) + ", the most that the database allows");
        }
    }

    DeliveryException refused(String reason) {
        return new DeliveryException(
                FailureAction.PARK,
                file + " cannot be written to the table: " + reason + "; correct the file or the route, then replay");
    }

    static String shortened(String name) {
        return name.length() <= LONGEST_NAME_IN_MESSAGE ? name : name.substring(0, LONGEST_NAME_IN_MESSAGE) + "…";
    }
}
