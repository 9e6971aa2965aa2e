package org.exportrelay.poll;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.inject.Named;
import org.apache.camel.spi.IdempotentRepository;
import org.exportrelay.ledger.FailedExportAlerts;

/**
 * Camel's view of the failed exports that have been reported: the {@code #alerted} of an {@code
 * idempotentConsumer}. It is in the ledger, so it survives restarts and is shared by all instances. A
 * proxy until first used, so that the check of a route opens no ledger. Thread-safe.
 */
@ApplicationScoped
@Named("alerted")
public class AlertedRepository implements IdempotentRepository {

    private final FailedExportAlerts alerts;

    @Inject
    AlertedRepository(FailedExportAlerts alerts) {
        this.alerts = alerts;
    }

    @Override
    public boolean add(String exportId) {
        return alerts.claim(exportId);
    }

    @Override
    public boolean contains(String exportId) {
        return alerts.isReported(exportId);
    }

    @Override
    public boolean confirm(String exportId) {
        return alerts.confirm(exportId);
    }

    @Override
    public boolean remove(String exportId) {
        return alerts.release(exportId);
    }

    @Override
    public void clear() {
        alerts.clear();
    }

    @Override
    public void start() {
        // The ledger is open while Camel runs.
    }

    @Override
    public void stop() {
        // The ledger is closed after Camel has stopped.
    }
}
