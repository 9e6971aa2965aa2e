package org.exportrelay.runtime;

import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * When each recurring step last ended, whether it succeeded or not. A step that hangs, or whose thread has died, becomes
 * overdue. Thread-safe.
 */
@Singleton
public class StepProgress {

    private final Map<String, Expected> steps = new ConcurrentHashMap<>();
    private final LongSupplier nanoTime;

    public StepProgress() {
        this(System::nanoTime);
    }

    /**
     * @param nanoTime the monotonic clock
     */
    StepProgress(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /**
     * From now on, a step has to end again within this time.
     *
     * @param step its name
     * @param limit between two ends
     */
    void expect(String step, Duration limit) {
        steps.put(step, new Expected(nanoTime.getAsLong(), limit));
    }

    /**
     * From now on, a step that begins again some time after its end has to end again.
     *
     * @param step its name
     * @param interval from its end to its next begin
     * @param limit how long it may take
     */
    void expectEvery(String step, Duration interval, Duration limit) {
        expect(step, interval.plus(limit));
    }

    /** A step has ended. */
    void ended(String step) {
        steps.computeIfPresent(step, (name, expected) -> new Expected(nanoTime.getAsLong(), expected.limit()));
    }

    /** The routes have stopped, and the steps with them. */
    void clear() {
        steps.clear();
    }

    /** The steps that did not end in time, each with the time since its last end. */
    public Map<String, Duration> overdue() {
        long now = nanoTime.getAsLong();
        Map<String, Duration> overdue = new TreeMap<>();
        steps.forEach((step, expected) -> {
            Duration since = Duration.ofNanos(now - expected.endedAt());
            if (since.compareTo(expected.limit()) > 0) {
                overdue.put(step, since);
            }
        });
        return overdue;
    }

    private record Expected(long endedAt, Duration limit) {}
}
