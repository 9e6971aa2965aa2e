package org.exportrelay.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NamePatternTest {

    @ParameterizedTest
    @CsvSource({
        "*, properties_export, true",
        "*, '', true",
        "properties_*, properties_export, true",
        "properties_*, people_export, false",
        "p?ople, people, true",
        "p?ople, pople, false",
        "a.c, abc, false",
        "*_export, properties_export_2, false",
        "?, 😀, true"
    })
    void matchesWholeNames(String glob, String name, boolean expected) {
        assertThat(new NamePattern(glob).matches(name)).isEqualTo(expected);
    }

    @Test
    void anExportWithoutANameMatchesOnlyTheStar() {
        assertThat(new NamePattern("*").matches(null)).isTrue();
        assertThat(new NamePattern("?*").matches(null)).isFalse();
    }

    @Test
    void matchesAsARegularExpressionDoes() {
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            String glob = text(random, "ab*?", 1 + random.nextInt(6));
            String name = text(random, "ab", random.nextInt(8));
            String regex = glob.replace("*", ".*").replace("?", ".");
            assertThat(new NamePattern(glob).matches(name))
                    .as("%s in %s", glob, name)
                    .isEqualTo(Pattern.matches(regex, name));
        }
    }

    @Test
    @Timeout(5)
    void aGlobWithManyWildcardsTakesNoTime() {
        assertThat(new NamePattern("*?".repeat(400) + "X").matches("a".repeat(2000)))
                .isFalse();
    }

    private static String text(Random random, String characters, int length) {
        return random.ints(length, 0, characters.length())
                .mapToObj(characters::charAt)
                .map(String::valueOf)
                .collect(Collectors.joining());
    }
}
