package org.exportrelay.ledger;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.exportrelay.config.Durations;
import org.exportrelay.delivery.DeliveryWindow;

/**
 * What the ledger knows of a destination beside its deliveries.
 *
 * @param name its key
 * @param pattern which exports it wants
 * @param needsFile whether its deliveries wait for the downloaded file
 * @param backfill whether it also wants exports completed before it existed
 * @param seenAt when an instance last ran its route; null if none has since the ledger has this column
 * @param outage empty while it is up
 * @param pause empty while it is not paused
 * @param window empty if it receives deliveries at any time
 * @param retiredAt when an operator ended what it was owed; null if none did
 * @param manifestOf the destination whose files its manifests list; null if it receives files, links or records
 */
public record DestinationState(
        String name,
        String pattern,
        boolean needsFile,
        boolean backfill,
        Instant seenAt,
        Optional<Outage> outage,
        Optional<Pause> pause,
        Optional<Window> window,
        Instant retiredAt,
        String manifestOf) {

    /** Whether its deliveries are made: it is neither down nor held. */
    public boolean isWorking() {
        return outage.isEmpty() && hold().isEmpty();
    }

    /** Why its deliveries wait, whether it is up or down; empty if nothing holds it. */
    public Optional<Hold> hold() {
        return pause.<Hold>map(paused -> paused).or(this::closedWindow);
    }

    /** Its window, if it is outside of it. */
    public Optional<Window> closedWindow() {
        return window.filter(known -> !known.isOpen());
    }

    /** The same as if its route had no window. */
    DestinationState withoutWindow() {
        return new DestinationState(
                name, pattern, needsFile, backfill, seenAt, outage, pause, Optional.empty(), retiredAt, manifestOf);
    }

    /** Equal as long as nothing changes but when an instance last ran its route. */
    DestinationState withoutSeenAt() {
        return new DestinationState(
                name, pattern, needsFile, backfill, null, outage, pause, window, retiredAt, manifestOf);
    }

    /**
     * Whether no instance ran its route when the last one was seen.
     *
     * @param latest when any instance was last seen
     * @param tolerance how much earlier another instance may have reported this route
     */
    boolean lacksRoute(Instant latest, Duration tolerance) {
        return seenAt == null || seenAt.isBefore(latest.minus(tolerance));
    }

    /**
     * Why a destination is down.
     *
     * @param since when the first delivery met the outage
     * @param reason in the words of the last attempt
     * @param probes attempts that failed since then
     * @param nextProbe when one delivery is tried next
     */
    public record Outage(Instant since, String reason, int probes, Instant nextProbe) {}

    /**
     * Holds the deliveries of a destination: none is claimed, and no attempt counts. Files are downloaded before their URLs
     * expire, and kept.
     */
    public sealed interface Hold permits Pause, Window {

        /** Why, in a few words. */
        String reason(Instant now);

        /** What an operator can do, or that nothing is to do. */
        String action(String destination);
    }

    /**
     * Why a destination is paused.
     *
     * @param since when
     * @param by who
     * @param note may be null
     */
    public record Pause(Instant since, String by, String note) implements Hold {

        @Override
        public String reason(Instant now) {
            return "paused for " + Durations.rounded(Duration.between(since, now)) + " by " + by
                    + (note == null ? "" : ": " + note);
        }

        @Override
        public String action(String destination) {
            return "run 'resume " + destination + "' to end the pause";
        }
    }

    /**
     * When a destination receives deliveries.
     *
     * @param times of its route
     * @param opensAt when they begin next; null while it is inside of them, and nothing is held
     */
    public record Window(DeliveryWindow times, Instant opensAt) implements Hold {

        static Window at(Instant now, DeliveryWindow times) {
            return new Window(times, times.opensAt(now).orElse(null));
        }

        /** Whether the destination is inside of it. */
        public boolean isOpen() {
            return opensAt == null;
        }

        @Override
        public String reason(Instant now) {
            return "outside its window, opens at " + times.text(opensAt, now);
        }

        @Override
        public String action(String destination) {
            return "a relay that runs then makes them";
        }
    }
}
