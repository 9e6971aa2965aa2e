package org.exportrelay.ledger;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.Properties;
import org.exportrelay.config.RelaySettings;

/** Where a test's ledger is. */
public record LedgerSettings(String url, Optional<String> username, Optional<String> password)
        implements RelaySettings.Ledger {

    /** The same place with another URL. */
    public LedgerSettings with(String otherUrl) {
        return new LedgerSettings(otherUrl, username, password);
    }

    /** A connection beside the ledger's own. */
    public Connection connect() throws SQLException {
        Properties properties = new Properties();
        username.ifPresent(user -> properties.setProperty("user", user));
        password.ifPresent(secret -> properties.setProperty("password", secret));
        return DriverManager.getConnection(url, properties);
    }

    /** Changes the database beside the ledger. */
    public void execute(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    public static LedgerSettings of(String url) {
        return new LedgerSettings(url, Optional.empty(), Optional.empty());
    }
}
