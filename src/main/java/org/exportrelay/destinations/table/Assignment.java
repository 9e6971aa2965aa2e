package org.exportrelay.destinations.table;

import java.util.List;
import org.exportrelay.config.Counts;
import org.exportrelay.records.BadRecordsException;
import org.exportrelay.records.ExportRecord;

/**
 * Where a column of the table has its values from.
 *
 * @param column of the table
 * @param position of the column in the file, 0 or more; otherwise {@link #EXPORT_ID} or {@link #ROW}
 * @param isKey whether it is part of the key, and so may not be empty
 */
record Assignment(TableColumn column, int position, boolean isKey) {

    /** The id of the export. */
    static final int EXPORT_ID = -1;
    /** The number of the record in its file. */
    static final int ROW = -2;

    /** The columns of the table, in order. */
    static List<String> names(List<Assignment> assignments) {
        return assignments.stream().map(each -> each.column.name()).toList();
    }

    /** Those of the key, in order. */
    static List<String> keyNames(List<Assignment> assignments) {
        return names(assignments.stream().filter(Assignment::isKey).toList());
    }

    /**
     * @param record its number in the file, 1 or more
     */
    String value(ExportRecord row, String exportId, long record) {
        return switch (position) {
            case EXPORT_ID -> exportId;
            case ROW -> Long.toString(record);
            default -> row.value(position);
        };
    }

    /**
     * An empty value identifies no row.
     *
     * @param file for the message
     * @throws BadRecordsException if this is a column of the key, and the value is empty
     */
    void requireKey(String value, String file, long record) {
        if (isKey && value.isEmpty()) {
            throw new BadRecordsException("record " + Counts.grouped(record) + " of " + file
                    + " has no value in the key column " + column.name() + "; correct the file or key, then replay");
        }
    }
}
