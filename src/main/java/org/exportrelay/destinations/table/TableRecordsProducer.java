package org.exportrelay.destinations.table;

import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.apache.camel.Exchange;
import org.apache.camel.support.DefaultProducer;
import org.exportrelay.component.DeliveryExchanges;
import org.exportrelay.config.Counts;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.log.LogEvent;
import org.exportrelay.records.RecordBatches;
import org.jboss.logging.Logger;

/**
 * Writes one file's rows and the receipt of its delivery in one transaction, and returns once that is committed. Any
 * failure before undoes it: the table has all rows of a file or none. Thread-safe: each exchange has a connection of its
 * own.
 */
final class TableRecordsProducer extends DefaultProducer {

    private static final Logger LOG = Logger.getLogger(TableRecordsProducer.class);

    private final TableOptions options;
    private final TableConnections connections;

    TableRecordsProducer(TableRecordsEndpoint endpoint) {
        super(endpoint);
        this.options = TableOptions.of(endpoint);
        this.connections = endpoint.connections();
    }

    @Override
    public void process(Exchange exchange) throws DeliveryException, TableWriteException {
        Delivery delivery = exchange.getProperty(DeliveryExchanges.DELIVERY, Delivery.class);
        if (delivery == null || !(exchange.getMessage().getBody() instanceof RecordBatches batches)) {
            throw new DeliveryException(
                    FailureAction.PARK,
                    "table-records:" + options.table() + " takes a whole file's records; begin the route at exports:"
                            + " with payload: records, and let no split or other body come before this step");
        }
        try (TargetDatabase database = TargetDatabase.open(connections)) {
            deliver(delivery, batches, database);
        } catch (RejectedRecord e) {
            throw failed(e, delivery, e.record());
        } catch (SQLException e) {
            throw failed(e, delivery, 0);
        } catch (CancellationException e) {
            throw new DeliveryException(
                    FailureAction.POSTPONE, "the relay stopped while it wrote the rows; none was committed", e);
        }
    }

    private TableWriteException failed(SQLException failure, Delivery delivery, long record) {
        return new TableWriteException(
                failure,
                options.table().toString(),
                connections,
                delivery.file().filename(),
                record);
    }

    private void deliver(Delivery delivery, RecordBatches batches, TargetDatabase database)
            throws DeliveryException, SQLException {
        DeliveryReceipts receipts = new DeliveryReceipts(database, options);
        receipts.createTable();
        if (receipts.has(delivery)) {
            logDeliveredBefore(delivery);
            return;
        }
        List<Assignment> assignments = assignments(delivery.file(), batches, database);
        // Some databases end the transaction with each definition of a table: the receipt comes after them.
        database.commit();
        if (!receipts.insert(delivery)) {
            logDeliveredBefore(delivery);
            return;
        }
        Optional<String> later =
                options.mode() == WriteMode.replace ? prepareReplace(delivery, receipts, database) : Optional.empty();
        if (later.isPresent()) {
            LogEvent.DELIVERY_SUPERSEDED
                    .on(LOG)
                    .with(delivery.logFields())
                    .infof(
                            "exports:%s: the records of %s are not written to table %s, which has those of a later export, %s",
                            delivery.destination(), delivery.file().uniqueName(), options.table(), later.get());
            receipts.setRecords(delivery, 0);
        } else {
            receipts.setRecords(delivery, write(delivery, batches, assignments, database));
        }
        // The last change of the delivery at the destination. The ledger follows; the receipt stands for it until then.
        database.commitLast();
    }

    private List<Assignment> assignments(ExportFile file, RecordBatches batches, TargetDatabase database)
            throws DeliveryException, SQLException {
        if (!batches.header().isEmpty()) {
            return new ColumnPlan(database, options, file.filename()).assignments(batches.header());
        }
        if (options.mode() == WriteMode.replace) {
            throw new DeliveryException(
                    FailureAction.PARK,
                    file.filename() + " is empty, without a header, and would replace all rows of table "
                            + options.table() + "; empty the table by hand if that is meant");
        }
        return List.of();
    }

    /**
     * Removes all rows of the table, unless a later export has written them.
     *
     * @return the name of the later file
     */
    private Optional<String> prepareReplace(Delivery delivery, DeliveryReceipts receipts, TargetDatabase database)
            throws DeliveryException, SQLException {
        ExportFile file = delivery.file();
        // Two deliveries at the same time would not see each other's rows, and those of both would stay.
        database.lockForReplace(options.table());
        Optional<String> sibling = receipts.siblingFile(delivery);
        if (sibling.isPresent()
                || file.records() != null && file.recordCount() != null && file.records() < file.recordCount()) {
            throw new DeliveryException(
                    FailureAction.PARK,
                    file.filename() + " is one of several files of its export"
                            + sibling.map(name -> ", as is " + name)
                                    .orElseGet(() -> " (" + Counts.grouped(file.records()) + " of "
                                            + Counts.grouped(file.recordCount()) + " records)")
                            + ", and mode=replace would leave the rows of the last one only; use append or upsert");
        }
        Optional<String> later = delivery.replays() == 0 ? receipts.laterFile(delivery) : Optional.empty();
        if (later.isEmpty()) {
            // Not TRUNCATE, which ends the transaction in some databases, and blocks readers in others.
            database.execute("DELETE FROM " + database.quoted(options.table()));
        }
        return later;
    }

    private long write(Delivery delivery, RecordBatches batches, List<Assignment> assignments, TargetDatabase database)
            throws SQLException {
        if (assignments.isEmpty()) {
            return 0;
        }
        FileSource source = new FileSource(
                batches,
                delivery.file().filename(),
                delivery.file().exportId(),
                getEndpoint().getCamelContext().getExecutorServiceManager());
        RowWriter writer = database.kind() == DatabaseKind.POSTGRESQL
                ? new CopyWriter(database, options.table(), assignments)
                : new BatchWriter(database, options.table(), assignments);
        return writer.write(source);
    }

    private void logDeliveredBefore(Delivery delivery) {
        LogEvent.DELIVERY_SENT_BEFORE
                .on(LOG)
                .with(delivery.logFields())
                .infof(
                        "exports:%s: the records of %s are in table %s already, from an attempt that the ledger did not record",
                        delivery.destination(), delivery.file().uniqueName(), options.table());
    }
}
