package org.exportrelay.component;

import java.time.Duration;
import java.util.Optional;

/** A failure of a destination that the relay does not know. */
final class WarehouseException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int code;

    WarehouseException(int code) {
        super("code " + code);
        this.code = code;
    }

    int code() {
        return code;
    }

    boolean isClosed() {
        return code == 503;
    }

    Optional<Duration> opensAgainIn() {
        return isClosed() ? Optional.of(Duration.ofHours(8)) : Optional.empty();
    }
}
