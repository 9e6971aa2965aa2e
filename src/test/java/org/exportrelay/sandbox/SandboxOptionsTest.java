package org.exportrelay.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class SandboxOptionsTest {

    private static final SandboxOptions DEFAULTS = SandboxOptions.defaults();

    @Test
    void haveDocumentedDefaults() {
        assertThat(DEFAULTS.withSeed(1))
                .isEqualTo(new SandboxOptions(
                        0,
                        12,
                        Duration.ofSeconds(4),
                        0,
                        Optional.empty(),
                        1,
                        1,
                        Duration.ofDays(7),
                        100,
                        20_000,
                        60,
                        5_000,
                        true));
        assertThat(SandboxOptions.defaults().seed()).isNotEqualTo(DEFAULTS.seed());
    }

    @Test
    void changeOneAtATime() {
        assertThat(DEFAULTS.withPort(8081)
                        .withExports(3)
                        .withArrivalPeriod(Duration.ZERO)
                        .withFaults(0.5)
                        .withError(DocumentedError.NOT_FOUND)
                        .withErrorShare(0.25)
                        .withSeed(9)
                        .withUrlLifetime(Duration.ofHours(1))
                        .withMinRecords(2)
                        .withMaxRecords(3)
                        .withRequestsPerMinute(4)
                        .withRequestsPerDay(5)
                        .withNewestFirst(false))
                .isEqualTo(new SandboxOptions(
                        8081,
                        3,
                        Duration.ZERO,
                        0.5,
                        Optional.of(DocumentedError.NOT_FOUND),
                        0.25,
                        9,
                        Duration.ofHours(1),
                        2,
                        3,
                        4,
                        5,
                        false));
    }

    @Test
    void refuseWhatIsOutOfRange() {
        refused("port", () -> DEFAULTS.withPort(-1));
        refused("port", () -> DEFAULTS.withPort(65_536));
        refused("port", () -> DEFAULTS.withPort(65_535));
        refused("exports", () -> DEFAULTS.withExports(-1));
        refused("exports", () -> DEFAULTS.withExports(100_001));
        refused("arrivalPeriod", () -> DEFAULTS.withArrivalPeriod(Duration.ofMillis(-4)));
        refused("arrivalPeriod", () -> DEFAULTS.withArrivalPeriod(Duration.ofMillis(9)));
        refused("arrivalPeriod", () -> DEFAULTS.withArrivalPeriod(null));
        refused("faults", () -> DEFAULTS.withFaults(-0.1));
        refused("faults", () -> DEFAULTS.withFaults(1.1));
        refused("faults", () -> DEFAULTS.withFaults(Double.NaN));
        refused("errorShare", () -> DEFAULTS.withErrorShare(-0.1));
        refused("errorShare", () -> DEFAULTS.withErrorShare(1.1));
        refused("urlLifetime", () -> DEFAULTS.withUrlLifetime(Duration.ZERO));
        refused("urlLifetime", () -> DEFAULTS.withUrlLifetime(Duration.ofDays(8)));
        refused("urlLifetime", () -> DEFAULTS.withUrlLifetime(null));
        refused("minRecords", () -> DEFAULTS.withMinRecords(0));
        refused("maxRecords", () -> DEFAULTS.withMaxRecords(99));
        refused("maxRecords", () -> DEFAULTS.withMaxRecords(1_000_001));
        refused("requestsPerMinute", () -> DEFAULTS.withRequestsPerMinute(0));
        refused("requestsPerDay", () -> DEFAULTS.withRequestsPerDay(0));
    }

    private static void refused(String name, Supplier<SandboxOptions> options) {
        assertThatThrownBy(options::get)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching("the sandbox's " + name + " is .*; it must be .*");
    }
}
