package org.exportrelay.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.exportrelay.config.Durations;
import org.exportrelay.delivery.RetryPolicy;
import org.exportrelay.ledger.DestinationState;
import org.exportrelay.ledger.DestinationState.Outage;
import org.exportrelay.ledger.DestinationStates;
import org.exportrelay.ledger.Progress;

/** Decides what {@code once} still waits for. For one thread. */
final class DeliveryWait {

    /** What is due again after an outage, and the next probe after one that has shown nothing, come within this time. */
    private static final Duration SOON = RetryPolicy.AFTER_OUTAGE;
    /** For a claim and the start of its delivery. */
    private static final Duration SLACK = Duration.ofSeconds(2);
    /** Probes that all show nothing about their destination end the wait for it after this time. */
    private static final Duration LONGEST_GRACE = Duration.ofSeconds(15);

    private final Progress progress;
    private final DestinationStates states;
    private final Supplier<List<String>> names;
    private final BooleanSupplier isDownloading;
    private final BooleanSupplier isStalled;
    private final Duration wait;
    /** The outages of destinations that this run has not tried yet. */
    private final Map<String, Outage> untried = new HashMap<>();

    private final Map<String, Instant> graceEnds = new HashMap<>();
    private long waiting;
    private Instant lastProgress;

    /**
     * Begins to wait: before the first probe of this run.
     *
     * @param names of the destinations whose routes run
     * @param isDownloading whether this process downloads
     * @param isStalled whether its downloads only repeat what cannot succeed now
     * @param wait how long to wait for a retry, for a destination that is down, and for any progress
     */
    DeliveryWait(
            Progress progress,
            DestinationStates states,
            Supplier<List<String>> names,
            BooleanSupplier isDownloading,
            BooleanSupplier isStalled,
            Duration wait) {
        this.progress = progress;
        this.states = states;
        this.names = names;
        this.isDownloading = isDownloading;
        this.isStalled = isStalled;
        this.wait = wait;
        this.waiting = progress.waiting();
        this.lastProgress = progress.now();
        states.changed();
        states.all().forEach((name, state) -> state.outage().ifPresent(outage -> untried.put(name, outage)));
    }

    /**
     * Whether something is due within the time. What is in flight counts: it may be the one delivery that shows that a
     * destination is back. Downloads count too, since destinations that are down or held need their files before the
     * URLs expire.
     */
    boolean hasWork() {
        states.changed();
        return progress.hasWorkBefore(awaited(), progress.now().plus(wait))
                || progress.hasInFlight(names.get())
                || isDownloading.getAsBoolean();
    }

    /**
     * Whether something gets ahead: a delivery has ended since the last call or is in flight, or a download runs that does
     * not only repeat what cannot succeed now. Deliveries that are postponed come due again without end.
     */
    boolean advances() {
        long before = waiting;
        waiting = progress.waiting();
        boolean advances = waiting != before
                || !isStalled.getAsBoolean() && progress.isDownloading()
                || progress.hasInFlight(awaited());
        if (advances) {
            lastProgress = progress.now();
        }
        return advances;
    }

    /** Whether nothing has got ahead for the time. */
    boolean isOver() {
        return lastProgress.plus(Durations.longer(wait, SOON.plus(SLACK))).isBefore(progress.now());
    }

    /**
     * The destinations whose deliveries are worth waiting for: not one that is held, nor one that has been down for
     * longer and was tried.
     */
    private List<String> awaited() {
        Instant now = progress.now();
        return names.get().stream()
                .filter(name ->
                        states.of(name).map(state -> isAwaited(state, now)).orElse(true))
                .toList();
    }

    private boolean isAwaited(DestinationState state, Instant now) {
        Optional<Outage> outage = state.outage();
        if (state.hold().isPresent() || outage.isEmpty()) {
            return state.hold().isEmpty();
        }
        return outage.get().since().plus(wait).isAfter(now)
                || !outage.get().nextProbe().isAfter(now)
                || isUntried(state.name(), outage.get(), now);
    }

    /** Whether no probe of this run has met the outage, and the next one is due soon or in flight. */
    private boolean isUntried(String name, Outage outage, Instant now) {
        Outage before = untried.get(name);
        if (before == null || !before.since().equals(outage.since()) || before.probes() != outage.probes()) {
            return false;
        }
        if (progress.hasInFlight(List.of(name))) {
            return true;
        }
        return !outage.nextProbe().isAfter(now.plus(SOON))
                && graceEnds
                        .computeIfAbsent(name, begin -> now.plus(LONGEST_GRACE))
                        .isAfter(now);
    }
}
