package org.exportrelay.api;

import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Says when not to ask the API at all: it refuses the key, or a limit is used up for longer than a
 * caller can wait. Told once when it begins, not at every poll. Thread-safe.
 */
@Singleton
public final class ApiPause {

    private static final Logger LOG = Logger.getLogger(ApiPause.class);
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneId.systemDefault());

    private final Clock clock = Clock.systemUTC();
    private Instant until = Instant.MIN;
    private String reason = "";

    /** Nobody asks before then. */
    synchronized void begin(Instant end, String because) {
        if (!isActive() || !because.equals(reason)) {
            LOG.warnf("the API is not asked before %s: %s", TIME.format(end), because);
        }
        until = end;
        reason = because;
    }

    /** The API has answered as it should. */
    synchronized void end() {
        until = Instant.MIN;
        reason = "";
    }

    /** Why not to ask now; empty if one may. */
    public synchronized Optional<String> reason() {
        return isActive() ? Optional.of("not asking before " + TIME.format(until) + ": " + reason) : Optional.empty();
    }

    private boolean isActive() {
        return clock.instant().isBefore(until);
    }
}
