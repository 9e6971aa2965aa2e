package org.exportrelay.ledger;

import java.util.function.Consumer;

/**
 * Tells the ledger how something ended, again and again while it cannot be told: what has been done
 * should not be done twice because the ledger's disk was full for a while, and nobody else would free
 * what is claimed while this process lives.
 */
public final class RetryUntilRecorded {

    private static final long PAUSE_MILLIS = 1000;

    private RetryUntilRecorded() {}

    /**
     * Runs until it succeeds, once a second, in the calling thread.
     *
     * @param telling changes nothing if it fails
     * @param firstFailure is given the first failure, not those that follow
     * @return false if the thread was interrupted first; it is still marked so
     */
    public static boolean tell(Runnable telling, Consumer<RuntimeException> firstFailure) {
        for (boolean failed = false; ; failed = true) {
            try {
                telling.run();
                return true;
            } catch (RuntimeException e) {
                if (!failed) {
                    firstFailure.accept(e);
                }
            }
            try {
                Thread.sleep(PAUSE_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
    }
}
