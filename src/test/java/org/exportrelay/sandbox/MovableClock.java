package org.exportrelay.sandbox;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** Time that passes only when a test moves it. */
final class MovableClock implements InstantSource {

    private volatile Instant now;

    MovableClock(Instant start) {
        now = start;
    }

    /** Starts at noon of an ordinary day, so that neither a minute nor a day ends by accident. */
    static MovableClock atNoon() {
        return new MovableClock(Instant.parse("2026-02-17T12:00:00Z"));
    }

    void advance(Duration time) {
        now = now.plus(time);
    }

    void moveTo(Instant instant) {
        now = instant;
    }

    @Override
    public Instant instant() {
        return now;
    }
}
