package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import org.exportrelay.config.SandboxError;
import org.exportrelay.config.TestSettings;
import org.exportrelay.sandbox.DocumentedError;
import org.exportrelay.sandbox.SandboxOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SandboxHostTest {

    @Test
    void offersExactlyTheDocumentedErrorsAsSetting() {
        assertThat(Arrays.stream(SandboxError.values()).map(Enum::name))
                .containsExactly(
                        Arrays.stream(DocumentedError.values()).map(Enum::name).toArray(String[]::new));
    }

    @ParameterizedTest
    @EnumSource(DocumentedError.class)
    void passesAnErrorOn(DocumentedError error) {
        assertThat(options("relay.sandbox.error", error.name().toLowerCase(Locale.ROOT))
                        .error())
                .contains(error);
    }

    @Test
    void passesEverySettingOn() {
        SandboxOptions options = options(
                "relay.sandbox.faults", "0.25",
                "relay.sandbox.error", "not_found",
                "relay.sandbox.error-share", "0.5",
                "relay.sandbox.seed", "42",
                "relay.sandbox.arrival-period", "1m");

        assertThat(options)
                .isEqualTo(SandboxOptions.defaults()
                        .withFaults(0.25)
                        .withError(DocumentedError.NOT_FOUND)
                        .withErrorShare(0.5)
                        .withSeed(42)
                        .withArrivalPeriod(Duration.ofMinutes(1)));
    }

    @Test
    void startsWithNoErrorAndANewSeedByDefault() {
        assertThat(options().error()).isEmpty();
        assertThat(options().errorShare()).isEqualTo(1);
        assertThat(options().seed()).isNotEqualTo(options().seed());
    }

    private static SandboxOptions options(String... keysAndValues) {
        return SandboxHost.options(TestSettings.of(keysAndValues).sandbox());
    }
}
