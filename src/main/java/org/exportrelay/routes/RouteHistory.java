package org.exportrelay.routes;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.exportrelay.ledger.EventKind;
import org.exportrelay.ledger.EventLog;
import org.exportrelay.ledger.Events;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.log.LogEvent;
import org.jboss.logging.Logger;

/**
 * Records which version of each route file runs since when: an event for each file that differs from what the ledger has,
 * at the start and after each edit. Instances with the same files record a change once. Thread-safe.
 */
@Singleton
public final class RouteHistory {

    private static final Logger LOG = Logger.getLogger(RouteHistory.class);
    private static final String REMOVED = "";

    private final Events events;
    private final EventLog log;

    @Inject
    RouteHistory(Events events, EventLog log) {
        this.events = events;
        this.log = log;
    }

    /** Records the files that run from now on. */
    public void record(RouteFiles files) {
        record(files.read());
    }

    /** Never fails: routes run also while the ledger cannot be used. */
    synchronized void record(List<RouteFile> running) {
        try {
            Map<String, String> before = events.routeDigests();
            Map<String, String> now = new TreeMap<>();
            before.keySet().forEach(name -> now.put(name, REMOVED));
            running.forEach(file -> now.put(file.name(), digest(file)));
            now.forEach((name, digest) -> {
                if (!digest.equals(before.getOrDefault(name, REMOVED))) {
                    append(name, digest, before.containsKey(name));
                }
            });
        } catch (RuntimeException e) {
            LogEvent.ROUTE_UNRECORDED
                    .on(LOG)
                    .warnf("routes: cannot record the change in the ledger (%s)", LedgerDatabase.describe(e));
            LOG.debug("cannot record a change of the routes", e);
        }
    }

    private void append(String name, String digest, boolean isKnown) {
        String change = digest.equals(REMOVED) ? "removed" : isKnown ? "changed" : "added";
        log.append(
                EventKind.ROUTE_CHANGED,
                "routes/" + name + " " + change
                        + (digest.equals(REMOVED) ? "" : " (SHA-256 " + digest.substring(0, 12) + "…)"),
                Map.of("file", name, "digest", digest));
    }

    static String digest(RouteFile file) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256")
                            .digest(file.text().getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
