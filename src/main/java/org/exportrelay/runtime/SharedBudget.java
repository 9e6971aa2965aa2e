package org.exportrelay.runtime;

import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.apache.camel.spi.CamelEvent.CamelContextStartingEvent;
import org.exportrelay.api.RateBudget;
import org.exportrelay.ledger.SharedRequests;
import org.exportrelay.ledger.database.LedgerDatabase;

/** Lets the instances that share a ledger share the API's rate limit too. A single process needs no ledger for that. */
@Singleton
class SharedBudget {

    private final LedgerDatabase database;
    private final RateBudget budget;
    private final SharedRequests requests;

    @Inject
    SharedBudget(LedgerDatabase database, RateBudget budget, SharedRequests requests) {
        this.database = database;
        this.budget = budget;
        this.requests = requests;
    }

    /** Before any route sends a request. */
    void start(@Observes CamelContextStartingEvent event) {
        if (!database.isExclusive()) {
            budget.shareThrough(requests);
        }
    }
}
