package org.exportrelay.runtime;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import java.util.List;
import java.util.Map;

/**
 * A gauge with a value for each of some tags. The tags rarely change: otherwise only the values are replaced, since the
 * registry needs far more time for a meter than for its value. Thread-safe.
 */
final class TaggedGauge {

    private final MultiGauge gauge;
    private volatile Map<Tags, Double> values = Map.of();

    private TaggedGauge(MultiGauge gauge) {
        this.gauge = gauge;
    }

    /**
     * Registers a gauge without values.
     *
     * @param unit null for a plain number
     */
    static TaggedGauge register(MeterRegistry registry, String name, String description, String unit) {
        return new TaggedGauge(
                MultiGauge.builder(name).description(description).baseUnit(unit).register(registry));
    }

    /**
     * Shows these values, and no others.
     *
     * @param now not changed afterwards
     */
    synchronized void show(Map<Tags, Double> now) {
        boolean isChanged = !now.keySet().equals(values.keySet());
        values = now;
        if (isChanged) {
            // MultiGauge takes rows of any kind only.
            List<Row<?>> rows = now.keySet().stream()
                    .<Row<?>>map(tags -> Row.of(tags, this, shown -> shown.value(tags)))
                    .toList();
            gauge.register(rows);
        }
    }

    /** Not a number if it has been withdrawn meanwhile. */
    private double value(Tags tags) {
        return values.getOrDefault(tags, Double.NaN);
    }
}
