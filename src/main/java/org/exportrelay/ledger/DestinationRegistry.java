package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.exportrelay.delivery.Destination;

/** The destinations whose routes run in this process. Thread-safe. */
public final class DestinationRegistry {

    /** A route that is reloaded is back much sooner; its files must still be in the spool then. */
    private static final Duration ABSENCE = Duration.ofMinutes(1);

    /** Changed together under {@link #routes}, a lock that no thread holds while it waits for the database. */
    private final Map<String, Destination> running = new ConcurrentHashMap<>();

    private final Map<String, Stopped> stopped = new HashMap<>();
    /** What to call when this process has something new for a destination. */
    private final Map<String, Runnable> arrivals = new ConcurrentHashMap<>();

    private final Object routes = new Object();
    private final DestinationRecorder recorder;
    private final Clock clock;

    /**
     * @param recorder records each destination that starts
     * @param clock for how long a stopped one has been away
     */
    public DestinationRegistry(DestinationRecorder recorder, Clock clock) {
        this.recorder = recorder;
        this.clock = clock;
    }

    /**
     * A destination's route starts.
     *
     * @param arrival called, from any thread, when this process has something new for it; must return soon
     * @throws IllegalStateException if another running route has the same destination
     */
    public synchronized void start(Destination destination, Runnable arrival) {
        start(destination);
        arrivals.put(destination.name(), arrival);
    }

    /**
     * A destination's route starts.
     *
     * @throws IllegalStateException if another running route has the same destination
     */
    public synchronized void start(Destination destination) {
        if (running.containsKey(destination.name())) {
            throw new IllegalStateException("exports:" + destination.name()
                    + ": two routes deliver to this destination; give each exports: route a name of its own");
        }
        recorder.register(destination);
        synchronized (routes) {
            running.put(destination.name(), destination);
            stopped.remove(destination.name());
        }
    }

    /** A destination has a route that is not started: its deliveries are created, and wait. */
    public void registerUnstarted(Destination destination) {
        recorder.registerUnstarted(destination);
    }

    /** A destination's route stops; its deliveries wait in the ledger. */
    public void stop(String name) {
        arrivals.remove(name);
        synchronized (routes) {
            Destination destination = running.remove(name);
            if (destination != null) {
                stopped.put(name, new Stopped(destination, clock.instant()));
            }
        }
    }

    /**
     * This process has created deliveries for these destinations, or has downloaded what theirs wait for. Polling the
     * ledger would find it too, but later.
     */
    public void arrived(Collection<String> names) {
        names.stream().map(arrivals::get).filter(Objects::nonNull).forEach(Runnable::run);
    }

    /** The destinations whose routes run here. */
    public Collection<Destination> running() {
        return List.copyOf(running.values());
    }

    /** Those, and the ones whose routes stopped so recently that they may be reloading. */
    public Collection<Destination> runningOrReloading() {
        Instant since = clock.instant().minus(ABSENCE);
        synchronized (routes) {
            stopped.values().removeIf(gone -> gone.at().isBefore(since));
            return Stream.concat(
                            running.values().stream(), stopped.values().stream().map(Stopped::destination))
                    .toList();
        }
    }

    private record Stopped(Destination destination, Instant at) {}
}
