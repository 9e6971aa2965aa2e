package org.exportrelay.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationConverterTest {

    private final DurationConverter converter = new DurationConverter();

    @ParameterizedTest
    @CsvSource({
        "500ms, PT0.5S",
        "0s, PT0S",
        "60s, PT1M",
        "' 90 s ', PT1M30S",
        "15m, PT15M",
        "2h, PT2H",
        "7d, PT168H",
        "999999999d, PT23999999976H"
    })
    void readsAWholeNumberWithItsUnit(String text, Duration duration) {
        assertThat(converter.convert(text)).isEqualTo(duration);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "60",
                "s",
                "-1s",
                "+1s",
                "1.5h",
                "1m30s",
                "60S",
                "5min",
                "PT1M",
                "1w",
                "9999999999s",
                "١s"
            })
    void refusesWhatHasNoUnitOrAnother(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> converter.convert(text))
                .withMessageContaining("such as 60s or 15m");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1ms", "1500ms", "0s", "1s", "90s", "1m", "90m", "1h", "25h", "7d"})
    void readsBackWhatMessagesShow(String text) {
        assertThat(Durations.text(converter.convert(text))).isEqualTo(text);
    }
}
