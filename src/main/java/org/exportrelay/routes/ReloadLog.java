package org.exportrelay.routes;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jboss.logging.Logger;

/** What an operator reads of edits: a line for each that is taken in, and each fault once. */
final class ReloadLog {

    private static final Logger LOG = Logger.getLogger(ReloadLog.class);

    private final Set<RouteFault> told = new HashSet<>();
    private volatile boolean closed;

    /** The relay stops, and whatever fails from now on does so for that. */
    void close() {
        closed = true;
    }

    /** Says what keeps an edit from being taken in, unless it has been said. */
    void tell(RouteFault fault) {
        if (closed || !told.add(fault)) {
            return;
        }
        if (fault.stops()) {
            LOG.errorf("%s (not taken in; what runs keeps running)", fault);
        } else {
            LOG.warn(fault);
        }
    }

    /** Faults that are news again if they are found again. */
    void forget(Predicate<RouteFault> faults) {
        told.removeIf(faults);
    }

    void tellSwap(List<RouteFile> before, List<RouteFile> now) {
        RunningRoutes.without(now, before)
                .forEach(file -> LOG.infof("routes: %s %s", file.name(), isIn(before, file) ? "reloaded" : "added"));
        RunningRoutes.without(before, now).stream()
                .filter(file -> !isIn(now, file))
                .forEach(file -> LOG.infof("routes: %s removed", file.name()));
    }

    void tellPauses(Set<String> destinationsBefore, Set<String> destinationsNow) {
        destinationsBefore.stream()
                .filter(name -> !destinationsNow.contains(name))
                .forEach(name -> LOG.warnf(
                        "exports:%s: no route delivers there any more; what it is owed waits in the ledger", name));
    }

    private static boolean isIn(List<RouteFile> files, RouteFile file) {
        return files.stream().anyMatch(other -> other.path().equals(file.path()));
    }
}
