package org.exportrelay.testing;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** A relay's ledger seen from outside, also while the relay runs. */
public record RelayLedger(String url, String username) {

    private static final String SQLITE = "jdbc:sqlite:";

    static RelayLedger of(Path file) {
        return new RelayLedger(SQLITE + file, "");
    }

    /** One that instances share. */
    public static RelayLedger of(EmbeddedPostgres postgres) {
        return new RelayLedger("jdbc:postgresql://127.0.0.1:" + postgres.getPort() + "/postgres", "postgres");
    }

    /**
     * @throws SQLException also as long as the relay has not made its SQLite file: a look must not make it
     */
    public Connection connect() throws SQLException {
        if (url.startsWith(SQLITE) && !Files.exists(Path.of(url.substring(SQLITE.length())))) {
            throw new SQLException("there is no " + url + " yet");
        }
        return DriverManager.getConnection(url.startsWith(SQLITE) ? url + "?busy_timeout=5000" : url, username, "");
    }

    /** A number, such as a count. */
    public long number(String sql) throws SQLException {
        return Long.parseLong(column(sql).get(0));
    }

    /** The first column of every row. */
    public List<String> column(String sql) throws SQLException {
        return rows(sql).stream().map(row -> row.get(0)).toList();
    }

    /** Every row with every column as a text. */
    public List<List<String>> rows(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            List<List<String>> rows = new ArrayList<>();
            while (result.next()) {
                List<String> row = new ArrayList<>();
                for (int column = 1; column <= result.getMetaData().getColumnCount(); column++) {
                    row.add(result.getString(column));
                }
                rows.add(row);
            }
            return rows;
        }
    }
}
