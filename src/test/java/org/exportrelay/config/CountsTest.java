package org.exportrelay.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CountsTest {

    @ParameterizedTest
    @ValueSource(
            longs = {
                0,
                7,
                999,
                1_000,
                2_457_600,
                999_999,
                1_000_000,
                -7,
                -999,
                -1_000,
                -123_456,
                Long.MAX_VALUE,
                Long.MIN_VALUE
            })
    void groupsDigitsAsTheFormatsOfLogLinesDo(long number) {
        assertThat(Counts.grouped(number)).isEqualTo(String.format(Locale.ROOT, "%,d", number));
    }
}
