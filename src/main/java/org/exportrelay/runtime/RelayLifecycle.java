package org.exportrelay.runtime;

import io.quarkus.arc.Unremovable;
import jakarta.inject.Inject;
import jakarta.inject.Named;
import jakarta.inject.Provider;
import jakarta.inject.Singleton;
import org.apache.camel.CamelContext;
import org.apache.camel.StartupListener;
import org.apache.camel.support.LifecycleStrategySupport;
import org.exportrelay.api.ApiPause;

/**
 * Starts and stops with Camel what runs beside the routes. A failure here fails the start; Camel would ignore that of an
 * event's observer, and the routes would run without maintenance. It needs a name, since Camel collects strategies by
 * name.
 */
@Singleton
@Named("relayLifecycle")
@Unremovable
final class RelayLifecycle extends LifecycleStrategySupport implements StartupListener {

    private final Provider<Maintenance> maintenance;
    private final Provider<LeaseRenewal> renewal;
    private final ApiPause apiPause;

    /**
     * @param maintenance opens the ledger, so only a start may ask for it
     * @param renewal as well
     */
    @Inject
    RelayLifecycle(Provider<Maintenance> maintenance, Provider<LeaseRenewal> renewal, ApiPause apiPause) {
        this.maintenance = maintenance;
        this.renewal = renewal;
        this.apiPause = apiPause;
    }

    @Override
    public void onContextStarting(CamelContext context) {
        maintenance.get().takeOver();
        try {
            context.addStartupListener(this);
        } catch (Exception e) {
            throw new IllegalStateException("Camel accepts no listener before its start", e);
        }
    }

    /** Not {@link #onContextStarted}, whose failure Camel ignores. */
    @Override
    public void onCamelContextStarted(CamelContext context, boolean alreadyStarted) {
        // The routes have not started yet.
    }

    @Override
    public void onCamelContextFullyStarted(CamelContext context, boolean alreadyStarted) {
        renewal.get().start();
        maintenance.get().start();
    }

    @Override
    public void onContextStopping(CamelContext context) {
        apiPause.stop();
        maintenance.get().stopDownloads();
    }

    @Override
    public void onContextStopped(CamelContext context) {
        maintenance.get().stop();
        renewal.get().stop();
    }
}
