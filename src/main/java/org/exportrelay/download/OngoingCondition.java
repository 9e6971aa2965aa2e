package org.exportrelay.download;

import java.util.concurrent.atomic.AtomicBoolean;

/** A condition, such as a full disk, that is logged when it begins and when it ends, not while it lasts. Thread-safe. */
final class OngoingCondition {

    private final AtomicBoolean ongoing = new AtomicBoolean();

    /** Whether it lasts. */
    boolean isOngoing() {
        return ongoing.get();
    }

    /** Whether it begins now. */
    boolean begins() {
        return ongoing.compareAndSet(false, true);
    }

    /** Whether it ends now. */
    boolean ends() {
        return ongoing.compareAndSet(true, false);
    }
}
