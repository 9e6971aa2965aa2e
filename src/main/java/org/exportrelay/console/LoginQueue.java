package org.exportrelay.console;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Runs few checks of passwords at the same time, since each takes a quarter of a second of a core. A waiting request holds a
 * worker thread, so only some may wait. Thread-safe; blocks.
 */
final class LoginQueue {

    static final int PARALLEL = 2;
    static final int MOST_WAITING = 16;

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Semaphore places = new Semaphore(PARALLEL + MOST_WAITING);
    private final Semaphore checks = new Semaphore(PARALLEL, true);

    /**
     * Runs a check in its turn.
     *
     * @throws ProblemException if too many wait, or the turn does not come in time
     */
    <T> T run(Supplier<T> check) {
        if (!places.tryAcquire()) {
            throw tooMany();
        }
        try {
            return runInTurn(check);
        } finally {
            places.release();
        }
    }

    private <T> T runInTurn(Supplier<T> check) {
        try {
            if (!checks.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                throw tooMany();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Problem(503, "the relay stops").exception();
        }
        try {
            return check.get();
        } finally {
            checks.release();
        }
    }

    private static ProblemException tooMany() {
        return new Problem(503, "too many logins at the same time; try again", Map.of("Retry-After", "5")).exception();
    }
}
