package org.exportrelay.ledger;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.exportrelay.ledger.database.LedgerDatabase;

/** Ledgers that no command but {@code run} and {@code once} may create or upgrade. */
public enum OtherLedger {
    WITHOUT_TABLES("has no tables yet; run or once creates them", true) {
        @Override
        void prepare(LedgerSettings settings) {}
    },
    OF_AN_OLDER_VERSION("; start the relay of this program once, which upgrades it", true) {
        @Override
        void prepare(LedgerSettings settings) throws SQLException {
            LedgerDatabase.openForWork(settings).close();
            settings.execute("DELETE FROM flyway_schema_history WHERE " + LATEST);
        }
    },
    OF_A_NEWER_VERSION("the ledger is of version 99, and this program knows only up to version ", false) {
        @Override
        void prepare(LedgerSettings settings) throws SQLException {
            LedgerDatabase.openForWork(settings).close();
            settings.execute("UPDATE flyway_schema_history SET version = '99' WHERE " + LATEST);
        }
    },
    WITH_TABLES_OF_ANOTHER_PROGRAM("would share its schema with the tables of another program", false) {
        @Override
        void prepare(LedgerSettings settings) throws SQLException {
            settings.execute("CREATE TABLE invoices (id integer)");
        }
    };

    private static final String LATEST = "installed_rank = (SELECT max(installed_rank) FROM flyway_schema_history)";

    private final String text;
    private final boolean usable;

    OtherLedger(String text, boolean usable) {
        this.text = text;
        this.usable = usable;
    }

    /** What a command reports. */
    public String text() {
        return text;
    }

    /** Whether the next start of a relay creates or upgrades it. */
    public boolean isUsable() {
        return usable;
    }

    abstract void prepare(LedgerSettings settings) throws SQLException;

    /**
     * Makes one.
     *
     * @param directory for the file of SQLite
     */
    public LedgerSettings on(TestDatabase database, Path directory) throws SQLException {
        LedgerSettings settings = database.settings(directory);
        if (settings.url().startsWith("jdbc:sqlite:")) {
            createEmptyFile(Path.of(settings.url().replace("jdbc:sqlite:", "")));
        }
        prepare(settings);
        return settings;
    }

    /** Without a file there is no ledger at all, which is another case. */
    private static void createEmptyFile(Path file) {
        try {
            Files.createDirectories(file.getParent());
            Files.createFile(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Its tables with their columns. */
    public static List<String> tables(LedgerSettings settings) throws SQLException {
        try (Connection connection = settings.connect();
                ResultSet columns = connection.getMetaData().getColumns(null, connection.getSchema(), "%", "%")) {
            List<String> found = new ArrayList<>();
            while (columns.next()) {
                found.add(columns.getString("TABLE_NAME") + "." + columns.getString("COLUMN_NAME"));
            }
            return found;
        }
    }
}
