package org.exportrelay.destinations.table;

import jakarta.inject.Singleton;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.util.ObjectHelper;
import org.exportrelay.config.Counts;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.FailureClassifier;
import org.exportrelay.delivery.FailureReason;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * What the failures of {@code table-records:} mean. A value or a row that the table never accepts is a fault. A
 * transaction that the database has ended is retried. Anything else concerns every file: server, login, table, space.
 * Thread-safe.
 */
@Singleton
public final class TableFailures implements FailureClassifier {

    private static final int LONGEST_TEXT = 240;

    /** Codes of MariaDB and MySQL, whose SQLSTATEs are often general. Other databases have other meanings for them. */
    private static final Map<Integer, TableFailure> MARIADB = Map.ofEntries(
            Map.entry(1021, TableFailure.FULL),
            Map.entry(1030, TableFailure.FULL),
            Map.entry(1114, TableFailure.FULL),
            Map.entry(1040, TableFailure.BUSY),
            Map.entry(1044, TableFailure.PERMISSION),
            Map.entry(1045, TableFailure.LOGIN),
            Map.entry(1698, TableFailure.LOGIN),
            Map.entry(1142, TableFailure.PERMISSION),
            Map.entry(1143, TableFailure.PERMISSION),
            Map.entry(1049, TableFailure.NO_DATABASE),
            Map.entry(1146, TableFailure.NO_TABLE),
            Map.entry(1205, TableFailure.LOCKED),
            Map.entry(1213, TableFailure.TRANSACTION),
            Map.entry(1020, TableFailure.TRANSACTION),
            Map.entry(1317, TableFailure.CANCELED),
            Map.entry(1969, TableFailure.CANCELED),
            Map.entry(3024, TableFailure.CANCELED),
            Map.entry(1290, TableFailure.READ_ONLY),
            Map.entry(1792, TableFailure.READ_ONLY),
            Map.entry(1836, TableFailure.READ_ONLY),
            Map.entry(1153, TableFailure.VALUE),
            Map.entry(1265, TableFailure.VALUE),
            Map.entry(1366, TableFailure.VALUE),
            Map.entry(1364, TableFailure.CONSTRAINT),
            Map.entry(1526, TableFailure.CONSTRAINT),
            Map.entry(3819, TableFailure.CONSTRAINT),
            Map.entry(4025, TableFailure.CONSTRAINT),
            Map.entry(1644, TableFailure.CONSTRAINT),
            Map.entry(1059, TableFailure.HEADER),
            Map.entry(1060, TableFailure.HEADER),
            Map.entry(1117, TableFailure.HEADER),
            Map.entry(1118, TableFailure.HEADER),
            Map.entry(1166, TableFailure.HEADER),
            Map.entry(1300, TableFailure.HEADER));

    /** Result codes of SQLite, which has no SQLSTATEs. */
    private static final Map<Integer, TableFailure> SQLITE = Map.of(
            5, TableFailure.LOCKED,
            6, TableFailure.LOCKED,
            8, TableFailure.READ_ONLY,
            13, TableFailure.FULL,
            14, TableFailure.NO_DATABASE,
            18, TableFailure.VALUE,
            19, TableFailure.CONSTRAINT,
            20, TableFailure.VALUE);

    private static final Map<String, TableFailure> STATES = Map.ofEntries(
            Map.entry("25006", TableFailure.READ_ONLY),
            Map.entry("3D000", TableFailure.NO_DATABASE),
            Map.entry("3F000", TableFailure.NO_DATABASE),
            Map.entry("42501", TableFailure.PERMISSION),
            Map.entry("42P01", TableFailure.NO_TABLE),
            Map.entry("42S02", TableFailure.NO_TABLE),
            Map.entry("42P10", TableFailure.NO_UNIQUE_INDEX),
            Map.entry("42701", TableFailure.HEADER),
            Map.entry("54000", TableFailure.VALUE),
            Map.entry("54011", TableFailure.HEADER),
            Map.entry("57014", TableFailure.CANCELED),
            Map.entry("53100", TableFailure.FULL),
            Map.entry("55P03", TableFailure.LOCKED),
            Map.entry("P0001", TableFailure.CONSTRAINT));

    /** By the class of the SQLSTATE: its first two characters. */
    private static final Map<String, TableFailure> CLASSES = Map.ofEntries(
            Map.entry("08", TableFailure.CONNECTION),
            Map.entry("57", TableFailure.CONNECTION),
            Map.entry("28", TableFailure.LOGIN),
            Map.entry("53", TableFailure.BUSY),
            Map.entry("40", TableFailure.TRANSACTION),
            Map.entry("21", TableFailure.VALUE),
            Map.entry("22", TableFailure.VALUE),
            Map.entry("23", TableFailure.CONSTRAINT),
            Map.entry("44", TableFailure.CONSTRAINT));

    @Override
    public Optional<DeliveryException> classify(Throwable failure) {
        TableWriteException write = ObjectHelper.getException(TableWriteException.class, failure);
        if (write == null) {
            return Optional.empty();
        }
        TableFailure kind = kind(write.failure(), write.database());
        return Optional.of(new DeliveryException(kind.action(), reason(kind, write), failure));
    }

    private static String reason(TableFailure kind, TableWriteException write) {
        if (kind.action() != FailureAction.PARK) {
            return "table " + write.table() + " at " + write.server() + ": " + text(write.failure()) + "; "
                    + kind.hint().replace("USER", write.user());
        }
        String subject = write.record() == 0 ? "" : "record " + Counts.grouped(write.record()) + " of ";
        return subject + write.file() + " cannot be written to table " + write.table() + " (" + text(write.failure())
                + "); " + kind.hint();
    }

    /** Whether the row is refused however often it is sent. */
    static boolean isFault(SQLException failure, DatabaseKind database) {
        return kind(failure, database).action() == FailureAction.PARK;
    }

    /** Whether the user lacks a right. */
    static boolean isRefusal(SQLException failure, DatabaseKind database) {
        TableFailure kind = kind(failure, database);
        return kind == TableFailure.PERMISSION || kind == TableFailure.READ_ONLY;
    }

    /** Drivers wrap the refusal of a row in that of its batch, some without its code. */
    private static TableFailure kind(SQLException failure, DatabaseKind database) {
        for (Throwable each : failure) {
            TableFailure kind = each instanceof SQLException sql ? ownKind(sql, database) : TableFailure.OTHER;
            if (kind != TableFailure.OTHER) {
                return kind;
            }
        }
        return TableFailure.OTHER;
    }

    private static TableFailure ownKind(SQLException failure, DatabaseKind database) {
        int code = failure.getErrorCode();
        String state = failure.getSQLState() == null ? "" : failure.getSQLState();
        if (database == DatabaseKind.MARIADB && MARIADB.containsKey(code)) {
            return MARIADB.get(code);
        }
        if (database == DatabaseKind.SQLITE && SQLITE.containsKey(code)) {
            return SQLITE.get(code);
        }
        TableFailure exact = STATES.get(state);
        return exact != null
                ? exact
                : CLASSES.getOrDefault(state.length() < 2 ? "" : state.substring(0, 2), TableFailure.OTHER);
    }

    /** The database's own words in one line, without the values of the row that its details quote. */
    static String text(SQLException failure) {
        PSQLException postgresql = ObjectHelper.getException(PSQLException.class, failure);
        ServerErrorMessage message = postgresql == null ? null : postgresql.getServerErrorMessage();
        String text = FailureReason.line(
                        message == null || message.getMessage() == null
                                ? String.valueOf(failure.getMessage())
                                : message.getMessage())
                .replaceFirst("^\\(conn=\\d+\\) ", "");
        return text.length() <= LONGEST_TEXT ? text : text.substring(0, LONGEST_TEXT) + "…";
    }
}
