package org.exportrelay.destinations.table;

import java.sql.Connection;
import java.sql.Driver;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Properties;
import java.util.ServiceLoader;
import org.postgresql.PGConnection;

/**
 * Opens connections to the database of an endpoint. Each delivery has one of its own: a file takes longer than a login,
 * and no idle connection can go stale. Thread-safe.
 */
final class TableConnections {

    private static final int CONNECT_SECONDS = 10;
    /** A server that accepts the connection must accept or refuse the login in this time. */
    private static final int LOGIN_SECONDS = 60;

    private final String url;
    private final String username;
    private final String password;

    /**
     * @param username null if the URL has it, or none is needed
     * @param password null if the URL has it
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
        return withoutTimeout(connection);
    }

    /**
     * A statement may take hours: the server merges the rows of a large file, or builds indexes. With a timeout, such a
     * delivery would never succeed. TCP keepalive finds a lost server. A timeout of the operator's own in the URL stays.
     */
    private Connection withoutTimeout(Connection connection) throws SQLException {
        if (setsTimeout() && !url.contains("socketTimeout=")) {
            try {
                connection.setNetworkTimeout(Runnable::run, 0);
            } catch (SQLException e) {
                connection.close();
                throw e;
            }
        }
        return connection;
    }

    /** Whether {@link #properties} has a timeout. */
    private boolean setsTimeout() {
        return isPostgresql() || isMariaDb();
    }

    private boolean isPostgresql() {
        return url.startsWith("jdbc:postgresql:");
    }

    private boolean isMariaDb() {
        return url.startsWith("jdbc:mariadb:") || url.startsWith("jdbc:mysql:");
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
        if (isPostgresql()) {
            properties.setProperty("ApplicationName", "export-relay");
            properties.setProperty("connectTimeout", String.valueOf(CONNECT_SECONDS));
            properties.setProperty("socketTimeout", String.valueOf(LOGIN_SECONDS));
            properties.setProperty("tcpKeepAlive", "true");
            if (PGConnection.class.getClassLoader() == KeepAliveSocketFactory.class.getClassLoader()) {
                // Otherwise the driver would not find it, as in Quarkus' development mode.
                properties.setProperty("socketFactory", KeepAliveSocketFactory.class.getName());
            }
            // Each statement runs once, and poolers such as PgBouncer lose prepared ones.
            properties.setProperty("prepareThreshold", "0");
        } else if (isMariaDb()) {
            properties.setProperty("connectTimeout", String.valueOf(CONNECT_SECONDS * 1000));
            properties.setProperty("socketTimeout", String.valueOf(LOGIN_SECONDS * 1000));
            properties.setProperty("tcpKeepAlive", "true");
            properties.setProperty("tcpKeepIdle", String.valueOf(KeepAliveSocketFactory.IDLE_SECONDS));
            properties.setProperty("tcpKeepInterval", String.valueOf(KeepAliveSocketFactory.INTERVAL_SECONDS));
            properties.setProperty("tcpKeepCount", String.valueOf(KeepAliveSocketFactory.PROBES));
            properties.setProperty("useBulkStmts", "true");
        }
        return properties;
    }
}
