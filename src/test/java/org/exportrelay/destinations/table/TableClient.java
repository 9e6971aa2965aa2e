package org.exportrelay.destinations.table;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.zip.GZIPOutputStream;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.exportrelay.component.DeliveryExchanges;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.records.RecordBatches;

/** Delivers files to a database as a route does, and reads what is there. */
final class TableClient implements AutoCloseable {

    private static final int BATCH = 100;

    private final DefaultCamelContext context = new DefaultCamelContext();
    private final String url;
    private final String username;
    private final String password;

    TableClient(String url, String username, String password) {
        this.url = url;
        this.username = username;
        this.password = password;
        context.addComponent("table-records", new TableRecordsComponent());
        context.start();
    }

    TableRecordsEndpoint endpoint(String table, String options) {
        String login = options.contains("username=") ? "" : "&username=" + username + "&password=RAW(" + password + ")";
        String server = options.contains("url=") ? "" : "&url=RAW(" + url + ")";
        String parameters = (options + server + login).replaceFirst("^&", "");
        return context.getEndpoint("table-records:" + table + "?" + parameters, TableRecordsEndpoint.class);
    }

    /** Delivers a new file. */
    void send(String table, String options, String csv) throws Exception {
        send(table, options, csv, delivery());
    }

    void send(String table, String options, String csv, Delivery delivery) throws Exception {
        Path file = Files.createTempFile("rows", ".csv.gz");
        try (OutputStream gzip = new GZIPOutputStream(Files.newOutputStream(file))) {
            gzip.write(csv.getBytes(UTF_8));
        }
        try {
            send(table, options, file, delivery);
        } finally {
            Files.delete(file);
        }
    }

    void send(String table, String options, Path file, Delivery delivery) throws Exception {
        Exchange exchange = new DefaultExchange(context);
        exchange.setProperty(DeliveryExchanges.DELIVERY, delivery);
        try (RecordBatches batches = RecordBatches.open(file, "rows.csv.gz", BATCH, null)) {
            exchange.getMessage().setBody(batches);
            new TableRecordsProducer(endpoint(table, options)).process(exchange);
        }
    }

    static Delivery delivery() {
        return delivery("export-" + UUID.randomUUID(), "rows.csv.gz", Instant.now());
    }

    static Delivery delivery(String exportId, String filename, Instant createdAt) {
        ExportFile file = new ExportFile(
                1, exportId, "rows", filename, 1, filename, null, null, null, null, createdAt, null, null);
        return new Delivery(UUID.randomUUID().toString(), "table", 1, 1, 0, "claim", file);
    }

    static Delivery replayed(Delivery delivery, int replays) {
        return new Delivery(
                delivery.deliveryId(), delivery.destination(), 1, 1, replays, delivery.claim(), delivery.file());
    }

    Connection connect() throws SQLException {
        return DriverManager.getConnection(url, username, password);
    }

    void execute(String... statements) throws SQLException {
        try (Connection connection = connect();
                Statement sql = connection.createStatement()) {
            for (String statement : statements) {
                sql.execute(statement);
            }
        }
    }

    /** Every row as one text, with the columns separated by a vertical bar. */
    List<String> rows(String query) throws SQLException {
        try (Connection connection = connect();
                Statement sql = connection.createStatement();
                ResultSet result = sql.executeQuery(query)) {
            List<String> rows = new ArrayList<>();
            while (result.next()) {
                List<String> row = new ArrayList<>();
                for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
                    row.add(result.getString(i));
                }
                rows.add(String.join("|", row.stream().map(String::valueOf).toList()));
            }
            return rows;
        }
    }

    @Override
    public void close() {
        context.stop();
    }
}
