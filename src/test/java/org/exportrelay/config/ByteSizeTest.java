package org.exportrelay.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteSizeTest {

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "1048576, 1048576",
        "1024K, 1048576",
        "1m, 1048576",
        "1MB, 1048576",
        "20G, 21474836480",
        "' 20 G ', 21474836480",
        "2T, 2199023255552",
        "7B, 7",
        "8388607T, 9223370937343148032"
    })
    void readsBytesAndPowersOf1024(String text, long bytes) {
        assertThat(ByteSize.parse(text)).isEqualTo(new ByteSize(bytes));
        assertThat(new ByteSizeConverter().convert(text)).isEqualTo(new ByteSize(bytes));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "-1", "+1", "1.5G", "1,024", "G", "10X", "1GiB", "1P", "0x10", "1 0K", "١K"})
    void refusesWhatIsNoSize(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ByteSize.parse(text))
                .withMessageContaining("such as 512M or 20G");
    }

    @ParameterizedTest
    @ValueSource(strings = {"8388608T", "999999999999999999K", "9999999999999999G"})
    void refusesWhatIsTooLarge(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ByteSize.parse(text))
                .withMessageContaining("the largest size is 8388607T");
    }
}
