package org.exportrelay.download;

import java.util.concurrent.atomic.AtomicBoolean;

/** Something that lasts and should be told when it begins and when it ends. Thread-safe. */
final class OngoingCondition {

    private final AtomicBoolean lasts = new AtomicBoolean();

    /** Whether it is news. */
    boolean begins() {
        return lasts.compareAndSet(false, true);
    }

    /** Whether there was any until now. */
    boolean ended() {
        return lasts.compareAndSet(true, false);
    }
}
