package org.exportrelay.routes;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.model.ModelCamelContext;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.routes.RunningRoutes.RestoreException;

/**
 * Loads edits of route files while the relay runs. It compares their content, since not every file system has
 * notifications, and loads a version that it has read twice, since editors write in parts. All files are checked before
 * any route is changed; where one is faulty its running version keeps running, and valid edits of other files are loaded
 * all the same. One thread does it all.
 */
public final class RouteReload implements AutoCloseable {

    private static final Duration PERIOD = Duration.ofSeconds(1);
    private static final Duration CLOSING = Duration.ofSeconds(2);
    /** Camel keeps these apart from routes, with what was made of them. */
    private static final Pattern AT_START_ONLY = Pattern.compile(
            "(?m)^\\s*-\\s*(route-?[cC]onfiguration|route-?[tT]emplate|templated-?[rR]oute|rest|rest-?[cC]onfiguration)\\s*:");

    private final CamelContext context;
    private final RouteFiles files;
    private final RouteCheck check;
    private final RunningRoutes running;
    private final ReloadLog log;
    private final LoadableEdits edits;
    private List<RouteFile> seen;
    private List<RouteFile> decided;
    private List<RouteFault> notLoaded;
    private ScheduledExecutorService watch;
    private volatile boolean closed;
    private volatile Consumer<List<RouteFile>> history = loaded -> {};
    /** Null if no edit waits for a confirmation. */
    private volatile Supplier<RouteConfirmation> confirmation;
    /** What waits for a confirmation, which no file shows. */
    private List<RouteFile> held = List.of();
    /** Null until the ledger has failed. */
    private RouteFault ledgerFailure;

    /**
     * To be made before the routes start, so that no later edit is missed.
     *
     * @param context in which the files' routes will run
     * @param files where
     * @param patience how long exchanges in flight may take before an edited route is stopped without them
     */
    public RouteReload(CamelContext context, RouteFiles files, Duration patience) {
        this.context = context;
        this.files = files;
        this.check = new RouteCheck(context);
        this.seen = files.read();
        this.decided = seen;
        this.notLoaded = files.notLoaded();
        this.running = new RunningRoutes((ModelCamelContext) context, patience, seen);
        this.log = new ReloadLog();
        this.edits = new LoadableEdits(running, this::check, log);
    }

    /** Each edit that is loaded is recorded there. */
    public void recordIn(RouteHistory events) {
        history = events::record;
    }

    /** A new destination that would receive many deliveries of the past waits until an operator confirms it. */
    public void confirmWith(Supplier<RouteConfirmation> confirming) {
        confirmation = confirming;
    }

    /** The routes run; from now on edits take effect. */
    public void start() {
        watch = context.getExecutorServiceManager().newSingleThreadScheduledExecutor(this, "route-reload");
        watch.scheduleWithFixedDelay(this::checkForEdits, PERIOD.toMillis(), PERIOD.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Before Camel stops: an edit that is being loaded is interrupted, and no other is begun. */
    @Override
    public void close() {
        closed = true;
        if (watch == null) {
            return;
        }
        log.close();
        watch.shutdownNow();
        try {
            watch.awaitTermination(CLOSING.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Never fails, since nothing that escapes from here is ever scheduled again. */
    void checkForEdits() {
        try {
            warnOfNotLoaded();
            List<RouteFile> now = files.read();
            if (!closed && now.equals(seen) && (isConfirmedMeanwhile() || !now.equals(decided))) {
                log.forget(fault -> !fault.file().equals(files.directory()) && isEdited(fault.file(), now));
                decided = now;
                load(now);
                log.forget(fault -> fault.equals(ledgerFailure));
            }
            seen = now;
        } catch (RestoreException e) {
            log.log(new RouteFault(files.directory(), 0, e.getMessage(), true));
            decided = null;
        } catch (Throwable e) {
            log.log(fault(e));
        }
    }

    private RouteFault fault(Throwable thrown) {
        if (!LedgerDatabase.isFault(thrown)) {
            return new RouteFault(files.directory(), 0, FaultText.of(thrown), true);
        }
        // Whether an edit must wait is not known: the next check decides again.
        decided = null;
        ledgerFailure = new RouteFault(
                files.directory(),
                0,
                "cannot read confirmations from the ledger (" + LedgerDatabase.describe(thrown)
                        + "); retrying every second",
                true);
        return ledgerFailure;
    }

    /** Those that were there at the start have been logged then. */
    private void warnOfNotLoaded() {
        List<RouteFault> now = files.notLoaded();
        log.forget(fault -> notLoaded.contains(fault) && !now.contains(fault));
        now.stream().filter(fault -> !notLoaded.contains(fault)).forEach(log::log);
        notLoaded = now;
    }

    /** Since the last decision. */
    private boolean isEdited(Path path, List<RouteFile> now) {
        return decided != null
                && now.stream().filter(decided::contains).noneMatch(file -> file.path()
                        .equals(path));
    }

    private void load(List<RouteFile> now) throws RestoreException {
        if (now.isEmpty()) {
            log.log(new RouteFault(files.directory(), 0, "no file here ends in " + RouteFiles.SUFFIX, true));
            return;
        }
        RouteFindings found = check(now);
        List<RouteFile> edited = RunningRoutes.without(now, running.files());
        found.faults().stream()
                .filter(fault -> fault.stops()
                        || edited.stream().anyMatch(file -> file.path().equals(fault.file())))
                .forEach(log::log);
        Map<Path, String> waiting = new HashMap<>();
        now.stream()
                .filter(file -> found.isFaulty(file.path()))
                .forEach(file -> waiting.put(file.path(), LoadableEdits.FIXED));
        List<RouteFile> next = waiting.isEmpty() ? now : edits.without(now, found, waiting);
        List<RouteFile> unconfirmed = unconfirmed(next);
        unconfirmed.forEach(file -> waiting.put(file.path(), LoadableEdits.CONFIRMED));
        swap(unconfirmed.isEmpty() ? next : edits.without(now, found, waiting));
        held = unconfirmed;
        if (found.stopping().isEmpty() && held.isEmpty()) {
            log.forget(fault -> true);
        }
    }

    /** Files that run first, so that a duplicate is the edited one's fault. */
    private RouteFindings check(List<RouteFile> wanted) {
        List<RouteFile> edited = RunningRoutes.without(wanted, running.files());
        List<RouteFile> ordered = new ArrayList<>(RunningRoutes.without(wanted, edited));
        ordered.addAll(edited);
        RouteFindings found = check.check(ordered);
        Stream<RouteFault> atStartOnly = edited.stream()
                .filter(file -> Stream.concat(Stream.of(file), running.version(file.path()).stream())
                        .anyMatch(
                                version -> AT_START_ONLY.matcher(version.text()).find()))
                .map(file -> new RouteFault(
                        file.path(),
                        0,
                        "templates, route configurations and rest services are loaded at start only; restart the relay",
                        true));
        return new RouteFindings(
                Stream.concat(found.faults().stream(), atStartOnly).toList(), found.destinations());
    }

    private boolean isConfirmedMeanwhile() {
        return held.stream().anyMatch(file -> confirmation.get().isConfirmed(file));
    }

    /** The edits that wait for a confirmation. */
    private List<RouteFile> unconfirmed(List<RouteFile> next) {
        List<RouteFile> edited = RunningRoutes.without(next, running.files());
        if (confirmation == null || edited.isEmpty()) {
            return List.of();
        }
        List<PlannedDestination> destinations = check.destinations(next);
        List<RouteFile> waiting = new ArrayList<>();
        for (RouteFile file : edited) {
            List<RouteFault> reasons = confirmation.get().held(file, destinations);
            reasons.forEach(log::log);
            if (!reasons.isEmpty()) {
                waiting.add(file);
            }
        }
        return List.copyOf(waiting);
    }

    private void swap(List<RouteFile> next) throws RestoreException {
        List<RouteFile> before = running.files();
        if (closed || next.equals(before)) {
            return;
        }
        Set<String> destinationsBefore = running.destinations(before);
        Optional<RouteFault> fault = running.replaceBy(next);
        if (fault.isPresent()) {
            log.log(fault.get());
        } else {
            log.logSwap(before, next);
            history.accept(next);
            log.logPausedDestinations(destinationsBefore, running.destinations(next));
        }
    }
}
