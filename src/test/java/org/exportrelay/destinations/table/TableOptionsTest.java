package org.exportrelay.destinations.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.camel.Endpoint;
import org.apache.camel.impl.DefaultCamelContext;
import org.exportrelay.routes.RouteCheck;
import org.exportrelay.routes.RouteFault;
import org.exportrelay.routes.RouteFiles;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The example for tables as it is, and the values of the options. */
class TableOptionsTest {

    private static final Map<String, String> ORDINARY = Map.of(
            "database.url", "jdbc:postgresql://db.example:5432/warehouse?sslmode=verify-full&sslrootcert=/etc/a b.pem",
            "database.username", "relay",
            "database.password", "secret",
            "database.table", "public.properties");

    @TempDir
    private Path directory;

    private final List<String> set = new ArrayList<>();
    private DefaultCamelContext context;

    @BeforeEach
    void start() throws IOException {
        ORDINARY.forEach(this::set);
        String file = "deliver-records-to-table.camel.yaml";
        Files.copy(Path.of("routes/examples", file), directory.resolve(file));
        context = new DefaultCamelContext();
    }

    @AfterEach
    void stop() throws IOException {
        context.close();
        set.forEach(System::clearProperty);
    }

    @Test
    void readsAUrlWithOptionsOfItsOwn() {
        TableRecordsEndpoint endpoint = endpoint();
        assertThat(endpoint.getUrl()).isEqualTo(ORDINARY.get("database.url"));
        assertThat(endpoint.connections().server()).isEqualTo("jdbc:postgresql://db.example:5432/warehouse");
        assertThat(endpoint.getTable()).isEqualTo("public.properties");
        assertThat(endpoint.getMode()).isEqualTo(WriteMode.append);
        assertThat(endpoint.getOnNewColumn()).isEqualTo(NewColumns.park);
        assertThat(endpoint.getOnMissingColumn()).isEqualTo(MissingColumns.park);
        assertThat(endpoint.isCreateTable()).isFalse();
        assertThat(endpoint.getReceiptTable()).isEqualTo("export_relay_receipt");
    }

    @ParameterizedTest
    @ValueSource(strings = {"pa&ss=w0rd&x", "pa+ss word", "pa%26ss%zz", "pa#ss?w0rd", "RAW(pass)", "pa\\\"ss;w0rd"})
    void readsPasswordsAsTheyAre(String password) {
        set("database.password", password);
        assertThat(endpoint().getPassword()).isEqualTo(password);
    }

    @Test
    void readsEveryKeyOfTheExample() {
        set("database.mode", "upsert");
        set("database.key", "id, owner");
        set("database.columns", "parcel_id:id,Owner Name:owner");
        set("database.types", "value:numeric(12, 2),sold:timestamp(3) with time zone");
        set("database.create-table", "true");
        set("database.on-new-column", "add");
        set("database.on-missing-column", "ignore");
        set("database.export-id-column", "_export_id");
        set("database.row-column", "_row");
        set("database.receipt-table", "audit.receipts");
        TableOptions options = TableOptions.of(endpoint());
        assertThat(options.mode()).isEqualTo(WriteMode.upsert);
        assertThat(options.key()).containsExactly("id", "owner");
        assertThat(options.columns()).isEqualTo(Map.of("parcel_id", "id", "Owner Name", "owner"));
        assertThat(options.types()).isEqualTo(Map.of("value", "numeric(12, 2)", "sold", "timestamp(3) with time zone"));
        assertThat(options.createTable()).isTrue();
        assertThat(options.newColumns()).isEqualTo(NewColumns.add);
        assertThat(options.missingColumns()).isEqualTo(MissingColumns.ignore);
        assertThat(options.exportIdColumn()).contains("_export_id");
        assertThat(options.rowColumn()).contains("_row");
        assertThat(options.receipts()).hasToString("audit.receipts");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mode=upsert | mode=upsert needs key",
                "key=id | key has no meaning with mode=append",
                "types=price | 'price' is no pair",
                "types=price:text); DROP TABLE x;-- | is no type of a column",
                "types=price:numeric(1,2,price:date | '2' is no pair",
                "types=a:date,a:text | a stands there twice",
                "columns=a | 'a' is no pair",
                "receiptTable=a.b.c | more than one dot",
                "receiptTable=a. | is no name of a table",
                "url=jdbc:nosuch://db | no JDBC driver accepts url=jdbc:nosuch://db",
                "mode=merge | merge",
                "onNewColumns=add | onNewColumns"
            })
    void refusesWrongOptions(String options, String reason) {
        context.addComponent("table-records", new TableRecordsComponent());
        String url = options.contains("url=") ? "" : "&url=jdbc:postgresql://db/x";
        assertThatThrownBy(() -> context.getEndpoint("table-records:rows?" + options + url))
                .hasStackTraceContaining(reason);
    }

    @Test
    void refusesToBeginARoute() {
        assertThatThrownBy(() -> endpoint().createConsumer(null)).hasMessageContaining("a route cannot begin there");
    }

    private TableRecordsEndpoint endpoint() {
        List<RouteFault> faults =
                new RouteCheck(context).check(new RouteFiles(directory)).faults();
        assertThat(faults).isEmpty();
        List<Endpoint> endpoints = new ArrayList<>();
        new RouteCheck(context).visitTargets(new RouteFiles(directory), new RouteCheck.TargetVisitor() {
            @Override
            public void endpoint(String from, Endpoint endpoint) {
                endpoints.add(endpoint);
            }

            @Override
            public void bean(String from, Object bean) {
                throw new AssertionError("no bean is called here");
            }
        });
        return (TableRecordsEndpoint) endpoints.get(0);
    }

    private void set(String key, String value) {
        set.add(key);
        System.setProperty(key, value);
    }
}
