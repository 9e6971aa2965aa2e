package org.exportrelay.runtime;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Map;
import java.util.Optional;
import org.exportrelay.api.ApiPause;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.ledger.Event;
import org.exportrelay.ledger.EventKind;
import org.exportrelay.ledger.EventLog;
import org.exportrelay.ledger.Events;

/** Records that the API refuses requests, or answers again, and deletes events after their retention. For one thread. */
@Singleton
class RelayEvents {

    /** Transactions per call: what a shorter retention frees is deleted over some minutes. */
    private static final int BATCHES = 10;

    private final RelaySettings settings;
    private final ApiPause pause;
    private final Events events;
    private final EventLog log;
    private Optional<Boolean> recorded = Optional.empty();

    @Inject
    RelayEvents(RelaySettings settings, ApiPause pause, Events events, EventLog log) {
        this.settings = settings;
        this.pause = pause;
        this.events = events;
        this.log = log;
    }

    /** Instances share the state of the API: the first one that notices a change records it. */
    void recordApi() {
        Optional<String> refusal = pause.refusal();
        boolean isChanged = !recorded.equals(Optional.of(refusal.isPresent()));
        if (!isChanged || refusal.isEmpty() && !pause.isAnswering()) {
            return;
        }
        boolean wasRefused = events.latest(EventKind.API_REFUSED, EventKind.API_RECOVERED)
                .map(Event::kind)
                .filter(EventKind.API_REFUSED.text()::equals)
                .isPresent();
        if (refusal.isPresent() && !wasRefused) {
            log.append(EventKind.API_REFUSED, "the API refuses requests: " + refusal.get(), Map.of());
        } else if (refusal.isEmpty() && wasRefused) {
            log.append(EventKind.API_RECOVERED, "the API answers again", Map.of());
        }
        recorded = Optional.of(refusal.isPresent());
    }

    void deleteOld() {
        log.deleteOlderThan(settings.history().retention(), BATCHES);
    }
}
