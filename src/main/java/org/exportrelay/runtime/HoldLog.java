package org.exportrelay.runtime;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.exportrelay.config.Durations;
import org.exportrelay.delivery.Destination;
import org.exportrelay.ledger.DestinationRegistry;
import org.exportrelay.ledger.DestinationState;
import org.exportrelay.ledger.DestinationState.Hold;
import org.exportrelay.ledger.DestinationState.Pause;
import org.exportrelay.ledger.DestinationState.Window;
import org.exportrelay.ledger.DestinationStates;
import org.exportrelay.ledger.Progress;
import org.exportrelay.log.LogEvent;
import org.exportrelay.log.LogField;
import org.exportrelay.log.LogLine;
import org.jboss.logging.Logger;

/**
 * Logs that a destination of this process was paused or resumed, by whatever command, and that its window has opened or
 * closed. For one thread.
 */
@Singleton
class HoldLog {

    private static final Logger LOG = Logger.getLogger(HoldLog.class);

    private final DestinationRegistry destinations;
    private final DestinationStates states;
    private final Progress progress;
    private final Map<String, Hold> logged = new HashMap<>();

    @Inject
    HoldLog(DestinationRegistry destinations, DestinationStates states, Progress progress) {
        this.destinations = destinations;
        this.states = states;
        this.progress = progress;
    }

    /** Logs what has changed since the last call. */
    void update() {
        destinations.running().stream().map(Destination::name).sorted().forEach(this::update);
    }

    private void update(String name) {
        Hold hold = states.of(name).flatMap(DestinationState::hold).orElse(null);
        Hold before = hold == null ? logged.remove(name) : logged.put(name, hold);
        boolean isOther = hold == null || before == null || hold.getClass() != before.getClass();
        if (isOther && before instanceof Pause pause) {
            on(LogEvent.DESTINATION_RESUMED, name)
                    .infof(
                            "exports:%s: resumed after %s",
                            name, Durations.rounded(Duration.between(pause.since(), progress.now())));
        }
        if (before instanceof Window && hold == null) {
            on(LogEvent.DESTINATION_WINDOW_OPEN, name).infof("exports:%s: its window opens; deliveries resume", name);
        }
        if (isOther && hold instanceof Pause pause) {
            on(LogEvent.DESTINATION_PAUSED, name)
                    .warnf(
                            "exports:%s: paused by %s%s; its deliveries wait until 'resume %s'",
                            name, pause.by(), pause.note() == null ? "" : " (" + pause.note() + ")", name);
        }
        if (isOther && hold instanceof Window window) {
            on(LogEvent.DESTINATION_WINDOW_CLOSED, name)
                    .infof("exports:%s: %s; its deliveries wait until then", name, window.reason(progress.now()));
        }
    }

    private static LogLine on(LogEvent event, String name) {
        return event.on(LOG).with(LogField.DESTINATION, name);
    }
}
