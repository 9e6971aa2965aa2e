package org.exportrelay.runtime;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.exportrelay.config.Durations;
import org.exportrelay.delivery.Destination;
import org.exportrelay.ledger.DestinationRegistry;
import org.exportrelay.ledger.DestinationState.Pause;
import org.exportrelay.ledger.DestinationStates;
import org.exportrelay.ledger.Progress;
import org.exportrelay.log.LogEvent;
import org.exportrelay.log.LogField;
import org.jboss.logging.Logger;

/** Logs that a destination of this process was paused or resumed, by whatever command. For one thread. */
@Singleton
class PauseLog {

    private static final Logger LOG = Logger.getLogger(PauseLog.class);

    private final DestinationRegistry destinations;
    private final DestinationStates states;
    private final Progress progress;
    private final Map<String, Pause> logged = new HashMap<>();

    @Inject
    PauseLog(DestinationRegistry destinations, DestinationStates states, Progress progress) {
        this.destinations = destinations;
        this.states = states;
        this.progress = progress;
    }

    /** Logs what has changed since the last call. */
    void update() {
        destinations.running().stream().map(Destination::name).sorted().forEach(this::update);
    }

    private void update(String name) {
        Pause pause = states.of(name).flatMap(state -> state.pause()).orElse(null);
        Pause before = pause == null ? logged.remove(name) : logged.put(name, pause);
        if (pause != null && before == null) {
            LogEvent.DESTINATION_PAUSED
                    .on(LOG)
                    .with(LogField.DESTINATION, name)
                    .warnf(
                            "exports:%s: paused by %s%s; its deliveries wait until 'resume %s'",
                            name, pause.by(), pause.note() == null ? "" : " (" + pause.note() + ")", name);
        } else if (pause == null && before != null) {
            LogEvent.DESTINATION_RESUMED
                    .on(LOG)
                    .with(LogField.DESTINATION, name)
                    .infof(
                            "exports:%s: resumed after %s",
                            name, Durations.rounded(Duration.between(before.since(), progress.now())));
        }
    }
}
