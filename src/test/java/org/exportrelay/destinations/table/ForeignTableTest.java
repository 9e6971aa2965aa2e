package org.exportrelay.destinations.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.List;
import java.util.Map;
import org.apache.camel.impl.DefaultCamelContext;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.records.RecordBatches;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A database that the relay does not know: SQLite under another name, without what Oracle and SQL Server lack. */
class ForeignTableTest {

    @TempDir
    private Path directory;

    private TableClient client;

    @BeforeEach
    void start() throws SQLException {
        client = new TableClient("jdbc:sqlite:" + directory.resolve("foreign.db"), "", "");
        client.execute("CREATE TABLE rows_of_files (id integer NOT NULL, name varchar(20))");
    }

    @AfterEach
    void stop() {
        client.close();
    }

    @Test
    void writesRowsAlsoWhereSavepointsCannotBeReleased() throws Exception {
        TableOptions options = options("");
        try (DefaultCamelContext context = new DefaultCamelContext();
                TargetDatabase database = TargetDatabase.of(foreign("\""))) {
            assertThat(database.kind()).isEqualTo(DatabaseKind.OTHER);
            List<Assignment> columns =
                    new ColumnPlan(database, options, "rows.csv.gz").assignments(List.of("id", "name"));
            Path file = directory.resolve("rows.csv");
            Files.writeString(file, "id,name\n" + TableContract.lines(0, 250));
            try (RecordBatches batches = RecordBatches.open(file, "rows.csv", 100, null)) {
                context.start();
                FileSource source = new FileSource(batches, "rows.csv", "e1", context.getExecutorServiceManager());
                assertThat(new BatchWriter(database, options.table(), columns).write(source))
                        .isEqualTo(250);
            }
            database.commitLast();
        }
        assertThat(client.rows("SELECT id FROM rows_of_files")).hasSize(250);
    }

    @ParameterizedTest
    @ValueSource(strings = {"onNewColumn=add", "createTable=true", "mode=replace", "mode=upsert&key=id"})
    void refusesOptionsWhoseStatementsItDoesNotKnow(String option) throws Exception {
        try (TargetDatabase database = TargetDatabase.of(foreign("\""))) {
            assertThatThrownBy(() ->
                            new ColumnPlan(database, options(option), "rows.csv.gz").assignments(List.of("id", "name")))
                    .isInstanceOfSatisfying(DeliveryException.class, failure -> assertThat(failure.action())
                            .isEqualTo(FailureAction.OUTAGE))
                    .hasMessageContaining(option.replaceFirst("[&].*", "").replace("=true", "") + " is not available");
        }
    }

    /** Such as a driver that cannot quote; JDBC has a space for it. */
    @ParameterizedTest
    @ValueSource(strings = {" ", ""})
    void refusesADatabaseThatQuotesNoNames(String quote) throws Exception {
        Connection connection = foreign(quote);
        assertThatThrownBy(() -> TargetDatabase.of(connection)).hasMessageContaining("quotes no names");
        assertThat(connection.isClosed()).isTrue();
    }

    private TableOptions options(String options) {
        return TableOptions.of(client.endpoint("rows_of_files", options));
    }

    private Connection foreign(String quote) throws SQLException {
        Connection connection = client.connect();
        DatabaseMetaData metaData = proxy(
                DatabaseMetaData.class,
                connection.getMetaData(),
                Map.of("getDatabaseProductName", "Foreign", "getIdentifierQuoteString", quote));
        return proxy(Connection.class, connection, Map.of("getMetaData", metaData));
    }

    private static <T> T proxy(Class<T> type, T target, Map<String, Object> answers) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> {
                    if (method.getName().equals("releaseSavepoint")) {
                        throw new SQLFeatureNotSupportedException("no release of savepoints");
                    }
                    Object answer = answers.get(method.getName());
                    return answer == null ? invoke(method, target, arguments) : answer;
                }));
    }

    private static Object invoke(Method method, Object target, Object... arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
