package org.exportrelay.routes;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.exportrelay.log.LogEvent;
import org.exportrelay.log.LogField;
import org.jboss.logging.Logger;

/** Logs edits: a line for each that is loaded, and each fault once. */
final class ReloadLog {

    private static final Logger LOG = Logger.getLogger(ReloadLog.class);

    private final Set<RouteFault> logged = new HashSet<>();
    private volatile boolean closed;

    /** The relay stops, and any failure from now on is a consequence. */
    void close() {
        closed = true;
    }

    /** Logs why an edit is not loaded, unless that has been logged. */
    void log(RouteFault fault) {
        if (closed || !logged.add(fault)) {
            return;
        }
        if (fault.stops()) {
            LogEvent.ROUTE_FAULT.on(LOG).errorf("%s (not loaded; the running version keeps running)", fault);
        } else {
            LogEvent.ROUTE_WARNING.on(LOG).warn(fault);
        }
    }

    /** These faults are logged again if they are found again. */
    void forget(Predicate<RouteFault> faults) {
        logged.removeIf(faults);
    }

    void logSwap(List<RouteFile> before, List<RouteFile> now) {
        RunningRoutes.without(now, before).forEach(file -> LogEvent.ROUTE_LOADED
                .on(LOG)
                .infof("routes: %s %s", file.name(), isIn(before, file) ? "reloaded" : "added"));
        RunningRoutes.without(before, now).stream()
                .filter(file -> !isIn(now, file))
                .forEach(file -> LogEvent.ROUTE_REMOVED.on(LOG).infof("routes: %s removed", file.name()));
    }

    void logPausedDestinations(Set<String> destinationsBefore, Set<String> destinationsNow) {
        destinationsBefore.stream()
                .filter(name -> !destinationsNow.contains(name))
                .forEach(name -> LogEvent.DESTINATION_WITHOUT_ROUTE
                        .on(LOG)
                        .with(LogField.DESTINATION, name)
                        .warnf(
                                "exports:%s: no route delivers there any more; its deliveries wait in the ledger",
                                name));
    }

    private static boolean isIn(List<RouteFile> files, RouteFile file) {
        return files.stream().anyMatch(other -> other.path().equals(file.path()));
    }
}
