package org.exportrelay.poll;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.exportrelay.poll.PollOutcome.Result;

/** Counts the polls of this process. Thread-safe. */
@Singleton
class PollMetrics {

    private final MeterRegistry registry;
    private final AtomicLong lastRead = new AtomicLong();

    @Inject
    PollMetrics(MeterRegistry registry) {
        this.registry = registry;
        // Prometheus sees an increase only of what it has seen before.
        Stream.of(Result.values()).forEach(this::counter);
    }

    /** A poll has ended. */
    void ended(Result result) {
        counter(result).increment();
        if (result == Result.READ && lastRead.getAndSet(System.nanoTime()) == 0) {
            TimeGauge.builder("relay.poll.age", lastRead, TimeUnit.NANOSECONDS, last -> System.nanoTime() - last.get())
                    .description("Time since this process last read the list to its end")
                    .register(registry);
        }
    }

    private Counter counter(Result result) {
        return registry.counter("relay.polls", "outcome", result.text());
    }
}
