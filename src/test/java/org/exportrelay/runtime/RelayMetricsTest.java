package org.exportrelay.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RelayMetricsTest {

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final RelayMetrics metrics = new RelayMetrics(registry, "1");

    /** An expectation without a deadline so far, or without settings, has no row: an alert must not fire on it. */
    @Test
    void expectationsAreShownWhileTheyHaveAResult() {
        assertThat(registry.find("relay.expectation.met").gauges()).isEmpty();
        metrics.update(expecting(Map.of("nightly", false, "weekly", true)));
        assertThat(met("nightly")).isZero();
        assertThat(met("weekly")).isOne();
        metrics.update(expecting(Map.of("nightly", true)));
        assertThat(met("nightly")).isOne();
        assertThat(registry.find("relay.expectation.met").gauges()).hasSize(1);
    }

    /** The registry needs far more time for a meter than for its value. */
    @Test
    void aMeterStaysTheSameWhileOnlyItsValueChanges() {
        metrics.update(expecting(Map.of("nightly", false)));
        Gauge before = registry.get("relay.expectation.met").gauge();
        metrics.update(expecting(Map.of("nightly", true)));
        assertThat(registry.get("relay.expectation.met").gauge()).isSameAs(before);
        assertThat(before.value()).isOne();
        metrics.update(expecting(Map.of()));
        assertThat(registry.find("relay.expectation.met").gauges()).isEmpty();
        metrics.update(expecting(Map.of("nightly", true)));
        assertThat(met("nightly")).isOne();
    }

    private static LedgerSnapshot expecting(Map<String, Boolean> met) {
        return new LedgerSnapshot(false, List.of(), List.of(), List.of(), met);
    }

    private double met(String expectation) {
        return registry.get("relay.expectation.met")
                .tag("expectation", expectation)
                .gauge()
                .value();
    }
}
