package org.exportrelay.ledger;

import java.util.function.Consumer;

/**
 * Records an outcome in the ledger, again and again while the ledger cannot be written: a full disk must not make the
 * relay repeat what it has done, and no other process frees what this one has claimed while it lives.
 */
public final class RetryUntilRecorded {

    private static final long PAUSE_MILLIS = 1000;

    private RetryUntilRecorded() {}

    /**
     * Runs until it succeeds, once a second, in the calling thread.
     *
     * @param recording changes nothing if it fails
     * @param firstFailure receives the first failure, not those that follow
     * @return false if the thread was interrupted first; it is still marked so
     */
    public static boolean run(Runnable recording, Consumer<RuntimeException> firstFailure) {
        for (boolean failed = false; ; failed = true) {
            try {
                recording.run();
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
