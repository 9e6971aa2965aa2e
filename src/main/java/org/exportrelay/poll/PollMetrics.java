package org.exportrelay.poll;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.exportrelay.poll.PollOutcome.Result;

/** Counts the polls of this process. Thread-safe. */
@Singleton
class PollMetrics {

    private final MeterRegistry registry;
    private final AtomicLong lastRead = new AtomicLong();

    @Inject
    PollMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    /** A poll has ended. */
    void ended(Result result) {
        registry.counter("relay.polls", "outcome", result.name().toLowerCase(Locale.ROOT))
                .increment();
        if (result == Result.READ && lastRead.getAndSet(System.nanoTime()) == 0) {
            TimeGauge.builder("relay.poll.age", lastRead, TimeUnit.NANOSECONDS, last -> System.nanoTime() - last.get())
                    .description("Time since this process last read the list to its end")
                    .register(registry);
        }
    }
}
