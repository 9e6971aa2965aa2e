package org.exportrelay.ledger;

import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.agroal.api.security.NamePrincipal;
import io.agroal.api.security.SimplePassword;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import org.exportrelay.config.RelaySettings;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jdbi.v3.core.Jdbi;

/**
 * The ledger's database: SQLite or PostgreSQL as {@code relay.ledger.url} says, migrated to the
 * newest schema when it is opened. Built at run time rather than as a Quarkus data source, since
 * commands that need no ledger must not open it, and the same jar serves both databases.
 */
public final class LedgerDatabase implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int POSTGRESQL_CONNECTIONS = 16;

    private final AgroalDataSource dataSource;
    private final Dialect dialect;
    private final Jdbi jdbi;

    private LedgerDatabase(AgroalDataSource dataSource, Dialect dialect) {
        this.dataSource = dataSource;
        this.dialect = dialect;
        this.jdbi = Jdbi.create(dataSource)
                .registerArgument(new InstantArgument(dialect))
                .registerColumnMapper(Instant.class, InstantArgument.reader(dialect));
    }

    /**
     * Opens and migrates the database.
     *
     * @throws DataDirectoryException if it cannot be reached or written; the message never has the
     *     password
     */
    public static LedgerDatabase open(RelaySettings.Ledger settings) {
        Dialect dialect = Dialect.of(settings.url());
        try {
            if (dialect == Dialect.SQLITE) {
                createDirectory(settings.url());
            }
            LedgerDatabase database = new LedgerDatabase(AgroalDataSource.from(pool(settings, dialect)), dialect);
            database.migrate();
            return database;
        } catch (SQLException | FlywayException | IOException e) {
            throw new DataDirectoryException("relay.ledger.url=" + withoutCredentials(settings.url())
                    + ": the ledger cannot be opened (" + rootMessage(e)
                    + "); check that it exists, may be written, and"
                    + " that relay.ledger.username and relay.ledger.password fit");
        }
    }

    private static AgroalDataSourceConfigurationSupplier pool(RelaySettings.Ledger settings, Dialect dialect) {
        AgroalDataSourceConfigurationSupplier configuration = new AgroalDataSourceConfigurationSupplier();
        configuration.connectionPoolConfiguration(pool -> pool
                // SQLite has one writer; one connection puts this process's writers in a row without busy errors.
                .maxSize(dialect == Dialect.SQLITE ? 1 : POSTGRESQL_CONNECTIONS)
                .acquisitionTimeout(PATIENCE)
                .connectionFactoryConfiguration(connection -> {
                    connection.jdbcUrl(settings.url());
                    settings.username().ifPresent(name -> connection.principal(new NamePrincipal(name)));
                    settings.password().ifPresent(password -> connection.credential(new SimplePassword(password)));
                    if (dialect == Dialect.SQLITE) {
                        connection.jdbcProperty("journal_mode", "WAL");
                        connection.jdbcProperty("synchronous", "NORMAL");
                        connection.jdbcProperty("foreign_keys", "true");
                        connection.jdbcProperty("transaction_mode", "IMMEDIATE");
                        connection.jdbcProperty("busy_timeout", Long.toString(PATIENCE.toMillis()));
                    }
                    return connection;
                }));
        return configuration;
    }

    private void migrate() {
        Flyway.configure(LedgerDatabase.class.getClassLoader())
                .dataSource(dataSource)
                .locations("classpath:db/migration")
                .placeholders(dialect.placeholders())
                .load()
                .migrate();
    }

    private static void createDirectory(String url) throws IOException {
        Path parent = Path.of(url.substring("jdbc:sqlite:".length()).replaceFirst("\\?.*", ""))
                .toAbsolutePath()
                .getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
    }

    private static String withoutCredentials(String url) {
        return url.replaceFirst("\\?.*", "").replaceFirst("//[^/@]*@", "//");
    }

    private static String rootMessage(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage())
                .lines()
                .findFirst()
                .orElse(root.getClass().getSimpleName());
    }

    Jdbi jdbi() {
        return jdbi;
    }

    Dialect dialect() {
        return dialect;
    }

    @Override
    public void close() {
        dataSource.close();
    }
}
