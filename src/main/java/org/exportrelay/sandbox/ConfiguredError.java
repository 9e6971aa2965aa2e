package org.exportrelay.sandbox;

import java.util.Optional;
import java.util.SplittableRandom;

/** The documented error that some or all answers of the API are, on request. Thread-safe. */
final class ConfiguredError {

    private final Optional<DocumentedError> error;
    private final double share;
    private final SplittableRandom random;

    ConfiguredError(SandboxOptions options) {
        error = options.error();
        share = options.errorShare();
        random = new Seed(options.seed()).random("configured error");
    }

    /** The error of the next answer; empty when that is an ordinary one. */
    synchronized Optional<DocumentedError> next() {
        return error.filter(configured -> random.nextDouble() < share);
    }
}
