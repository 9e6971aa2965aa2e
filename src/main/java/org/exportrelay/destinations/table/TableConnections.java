package org.exportrelay.destinations.table;

import java.sql.Connection;
import java.sql.Driver;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Properties;
import java.util.ServiceLoader;

/**
 * Opens connections to the database of an endpoint. Each delivery has one of its own: a file takes longer than a login,
 * and no idle connection can go stale. Thread-safe.
 */
final class TableConnections {

    /** A statement that is silent for longer has lost its server. The URL may say otherwise. */
    private static final int SILENCE_SECONDS = 900;

    private static final int CONNECT_SECONDS = 10;

    private final String url;
    private final String username;
    private final String password;

    /**
     * @param username null if the URL has it, or none is needed
     * @param password null likewise
     */
    TableConnections(String url, String username, String password) {
        this.url = url;
        this.username = username;
        this.password = password;
    }

    /**
     * @throws IllegalArgumentException if no driver accepts the URL
     */
    void check() {
        if (driver().isEmpty()) {
            throw new IllegalArgumentException("no JDBC driver accepts url=" + server()
                    + "; write jdbc:postgresql:… or jdbc:mariadb:… (also for MySQL), or add a driver to the build");
        }
    }

    Connection open() throws SQLException {
        Driver driver = driver().orElseThrow(() -> new SQLException("no JDBC driver accepts the URL", "08001"));
        Connection connection = driver.connect(url, properties());
        if (connection == null) {
            throw new SQLException("the JDBC driver does not accept the URL", "08001");
        }
        return connection;
    }

    /** As the URL names it: known also where no connection can be opened. */
    DatabaseKind kind() {
        return DatabaseKind.of(url.split(":", 3)[1]);
    }

    /** The URL without options, which may be credentials. */
    String server() {
        return url.replaceFirst("[?;].*", "").replaceFirst("//[^/@]*@", "//");
    }

    String user() {
        return username == null ? "the user" : username;
    }

    /** Not through the driver manager: it finds drivers only through the class loader that asked first. */
    private Optional<Driver> driver() {
        for (Driver driver : ServiceLoader.load(Driver.class, TableConnections.class.getClassLoader())) {
            try {
                if (driver.acceptsURL(url)) {
                    return Optional.of(driver);
                }
            } catch (SQLException notItsOwn) {
                // Another one may accept it.
            }
        }
        return Optional.empty();
    }

    private Properties properties() {
        Properties properties = new Properties();
        if (username != null) {
            properties.setProperty("user", username);
        }
        if (password != null) {
            properties.setProperty("password", password);
        }
        if (url.startsWith("jdbc:postgresql:")) {
            properties.setProperty("ApplicationName", "export-relay");
            properties.setProperty("connectTimeout", String.valueOf(CONNECT_SECONDS));
            properties.setProperty("socketTimeout", String.valueOf(SILENCE_SECONDS));
            properties.setProperty("tcpKeepAlive", "true");
            // Each statement runs once, and poolers such as PgBouncer lose prepared ones.
            properties.setProperty("prepareThreshold", "0");
        } else if (url.startsWith("jdbc:mariadb:") || url.startsWith("jdbc:mysql:")) {
            properties.setProperty("connectTimeout", String.valueOf(CONNECT_SECONDS * 1000));
            properties.setProperty("socketTimeout", String.valueOf(SILENCE_SECONDS * 1000));
            properties.setProperty("useBulkStmts", "true");
        }
        return properties;
    }
}
