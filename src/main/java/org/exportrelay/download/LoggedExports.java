package org.exportrelay.download;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.exportrelay.delivery.DueExport;

/** Exports of which the same condition is logged once, however often they are due. Bounded. Thread-safe. */
final class LoggedExports {

    private static final int MOST = 10_000;

    /** By id, until when they can be due. */
    private final Map<String, Instant> logged = new LinkedHashMap<>();

    /**
     * @param past an instant that has certainly passed: what expired before is not due again
     * @return whether it has to be logged now
     */
    synchronized boolean add(DueExport export, Instant past) {
        boolean isNew =
                logged.put(export.exportId(), export.expiresAt() == null ? Instant.MAX : export.expiresAt()) == null;
        if (isNew) {
            logged.values().removeIf(expiresAt -> expiresAt.isBefore(past));
        }
        if (logged.size() > MOST) {
            logged.remove(logged.keySet().iterator().next());
        }
        return isNew;
    }

    /** The condition has ended. */
    synchronized void remove(DueExport export) {
        logged.remove(export.exportId());
    }

    synchronized int size() {
        return logged.size();
    }
}
