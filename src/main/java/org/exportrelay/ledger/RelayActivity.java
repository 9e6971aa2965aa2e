package org.exportrelay.ledger;

import java.time.Instant;
import java.util.Optional;
import org.exportrelay.ledger.database.LedgerDatabase;

/**
 * When a relay last worked on the ledger.
 *
 * @param seenAt when an instance last reported that it runs; null if none has for a day
 * @param nextPollAt when the next poll is due; 1970 if none has been made
 */
public record RelayActivity(Instant seenAt, Instant nextPollAt) {

    /** When the next poll is due; empty if none has been made. */
    public Optional<Instant> nextPoll() {
        return Optional.of(nextPollAt).filter(Instant.EPOCH::isBefore);
    }

    /** As it is now. */
    public static RelayActivity of(LedgerDatabase database) {
        return database.jdbi().withHandle(handle -> {
            Optional<Instant> seen = Instances.latest(handle);
            Instant next = handle.createQuery("SELECT next_poll_at FROM poller WHERE id = 1")
                    .mapTo(Instant.class)
                    .one();
            return new RelayActivity(seen.orElse(null), next);
        });
    }
}
