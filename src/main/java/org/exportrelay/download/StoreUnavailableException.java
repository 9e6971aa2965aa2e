package org.exportrelay.download;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** The store answered that it cannot serve downloads now. */
final class StoreUnavailableException extends IOException {

    private static final long serialVersionUID = 1L;

    private final transient Duration retryAfter;

    StoreUnavailableException(String message, Optional<Duration> retryAfter) {
        super(message);
        this.retryAfter = retryAfter.orElse(null);
    }

    /** How long it asks to wait; empty if it does not. */
    Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }
}
