package org.exportrelay.component;

import io.micrometer.core.instrument.Counter;
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
import org.exportrelay.delivery.ExportFile;

/** Counts what this process delivers, by destination. Thread-safe. */
@Singleton
class DeliveryMetrics {

    private static final String DESTINATION = "destination";
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
    private final Map<String, Meters> meters = new ConcurrentHashMap<>();

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
        registry.counter("relay.deliveries.attempts", DESTINATION, destination, "outcome", state.text())
                .increment();
    }

    /** A delivery was accepted, which is an attempt too. */
    void delivered(Delivery delivery, Duration took) {
        attempted(delivery.destination(), DeliveryState.DELIVERED);
        meters.computeIfAbsent(delivery.destination(), this::register).delivered(delivery.file(), took);
    }

    private Meters register(String destination) {
        AtomicLong lastDelivered = new AtomicLong();
        TimeGauge.builder("relay.last.delivered.timestamp", lastDelivered, TimeUnit.MILLISECONDS, AtomicLong::get)
                .description("When this process last delivered to the destination")
                .tag(DESTINATION, destination)
                .register(registry);
        return new Meters(
                Timer.builder("relay.delivery.duration")
                        .description("Time that the route took for a delivery that was accepted")
                        .tag(DESTINATION, destination)
                        .serviceLevelObjectives(BUCKETS)
                        .register(registry),
                registry.counter("relay.delivered.bytes", DESTINATION, destination),
                registry.counter("relay.delivered.records", DESTINATION, destination),
                lastDelivered);
    }

    /**
     * Those of one destination, which are looked up once.
     *
     * @param lastDelivered in milliseconds since the epoch
     */
    private record Meters(Timer duration, Counter bytes, Counter records, AtomicLong lastDelivered) {

        void delivered(ExportFile file, Duration took) {
            duration.record(took);
            bytes.increment(orZero(file.size()));
            records.increment(orZero(file.records()));
            lastDelivered.set(System.currentTimeMillis());
        }

        /**
         * @param amount null if it is not known, as for a link
         */
        private static long orZero(Long amount) {
            return amount == null ? 0 : amount;
        }
    }
}
