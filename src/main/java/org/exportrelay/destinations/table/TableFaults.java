package org.exportrelay.destinations.table;

import jakarta.inject.Singleton;
import java.sql.SQLException;
import java.util.Map;
import java.util.Set;
import org.exportrelay.destinations.KnownFaults;

/** The faults of a database, with the SQLSTATEs of PostgreSQL. */
@Singleton
public final class TableFaults implements KnownFaults {

    private static final String FILE = "the file";

    private static final Map<String, Fault> FAULTS = Map.ofEntries(
            Map.entry("connection refused", fault("08001", "Connection refused", 0)),
            Map.entry("connection lost", fault("08006", "An I/O error occurred while sending to the backend", 0)),
            Map.entry("login refused", fault("28P01", "password authentication failed", 0)),
            Map.entry("permission denied", fault("42501", "permission denied for the table", 0)),
            Map.entry("no database", fault("3D000", "the database does not exist", 0)),
            Map.entry("no table", fault("42P01", "the table does not exist", 0)),
            Map.entry("disk full", fault("53100", "could not extend file: No space left on device", 0)),
            Map.entry("read-only server", fault("25006", "cannot execute INSERT in a read-only transaction", 0)),
            Map.entry("deadlock", fault("40P01", "deadlock detected", 0)),
            Map.entry("bad value", fault("22P02", "invalid input syntax for type numeric", 1)),
            Map.entry("duplicate key", fault("23505", "duplicate key value violates unique constraint", 1)));

    private static Fault fault(String state, String message, long record) {
        return (endpoint, target) -> new TableWriteException(
                new SQLException(message, state),
                target.replaceFirst("^[\\w-]+:/*", ""),
                new TableConnections("jdbc:postgresql://database.example/warehouse", null, null),
                FILE,
                record);
    }

    @Override
    public Set<String> schemes() {
        return Set.of("table-records");
    }

    @Override
    public Map<String, Fault> byName() {
        return FAULTS;
    }
}
