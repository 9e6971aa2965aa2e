package org.exportrelay.runtime;

import jakarta.inject.Inject;
import jakarta.inject.Provider;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.exportrelay.ledger.PollLease;
import org.exportrelay.ledger.database.LedgerDatabase;

/**
 * Decides which instance shows the sums over the whole ledger: the one that polls, and never two at the same time. An
 * instance shows them for a limited time after it was confirmed that it polls. Another one begins only when it has polled
 * for longer than that: by then its predecessor has ended, even one that was suspended meanwhile. Thread-safe.
 */
@Singleton
class SumsTurn {

    /** Twice the time between two confirmations. */
    static final Duration VALID = Duration.ofSeconds(10);

    private final Provider<PollLease> poll;
    private final Provider<LedgerDatabase> database;
    private final LongSupplier nanoTime;
    /** When the last confirmation was asked for; null if there is no other instance. */
    private volatile Long confirmedAt;

    /**
     * @param poll opens the ledger, so a scrape must not ask for it
     * @param database as well
     */
    @Inject
    SumsTurn(Provider<PollLease> poll, Provider<LedgerDatabase> database) {
        this(poll, database, System::nanoTime);
    }

    /**
     * @param nanoTime the monotonic clock
     */
    SumsTurn(Provider<PollLease> poll, Provider<LedgerDatabase> database, LongSupplier nanoTime) {
        this.poll = poll;
        this.database = database;
        this.nanoTime = nanoTime;
    }

    /** Whether this instance may show the sums until {@link #hasEnded}. */
    boolean confirm() {
        if (database.get().isExclusive()) {
            return poll.get().isPoller();
        }
        long asked = nanoTime.getAsLong();
        boolean isMine = poll.get()
                .pollingFor()
                .filter(time -> time.compareTo(VALID) > 0)
                .isPresent();
        // Only after the ledger has answered: an instance that alone has lost it must end its turn.
        confirmedAt = asked;
        return isMine;
    }

    /** Whether the last confirmation is too old, as after a suspension. Does not wait for the ledger. */
    boolean hasEnded() {
        Long confirmed = confirmedAt;
        return confirmed != null && nanoTime.getAsLong() - confirmed > VALID.toNanos();
    }
}
