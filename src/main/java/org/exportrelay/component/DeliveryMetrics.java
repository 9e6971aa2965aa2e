package org.exportrelay.component;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.Timer;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryState;

/** Counts what this process delivers, by destination. Thread-safe. */
@Singleton
class DeliveryMetrics {

    private static final Duration[] BUCKETS = {
        Duration.ofMillis(100),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofSeconds(5),
        Duration.ofSeconds(30),
        Duration.ofMinutes(1),
        Duration.ofMinutes(5),
        Duration.ofMinutes(30)
    };

    private final MeterRegistry registry;
    private final Map<String, AtomicLong> lastDelivered = new ConcurrentHashMap<>();

    @Inject
    DeliveryMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    /**
     * An attempt has ended.
     *
     * @param state in which it has left its delivery
     */
    void attempted(String destination, DeliveryState state) {
        registry.counter("relay.deliveries.attempts", "destination", destination, "outcome", state.text())
                .increment();
    }

    /** A delivery was accepted, which is an attempt too. */
    void delivered(Delivery delivery, Duration took) {
        String destination = delivery.destination();
        attempted(destination, DeliveryState.DELIVERED);
        Timer.builder("relay.delivery.duration")
                .description("Time that the route took for a delivery that was accepted")
                .tag("destination", destination)
                .serviceLevelObjectives(BUCKETS)
                .register(registry)
                .record(took);
        count("relay.delivered.bytes", destination, delivery.file().size());
        count("relay.delivered.records", destination, delivery.file().records());
        lastDelivered.computeIfAbsent(destination, this::gauge).set(System.currentTimeMillis());
    }

    /**
     * @param amount null if it is not known, as for a link
     */
    private void count(String name, String destination, Long amount) {
        registry.counter(name, "destination", destination).increment(amount == null ? 0 : amount);
    }

    private AtomicLong gauge(String destination) {
        AtomicLong millis = new AtomicLong();
        TimeGauge.builder("relay.last.delivered.timestamp", millis, TimeUnit.MILLISECONDS, AtomicLong::get)
                .description("When this process last delivered to the destination")
                .tag("destination", destination)
                .register(registry);
        return millis;
    }
}
