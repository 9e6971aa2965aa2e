package org.exportrelay.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.Locale;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** The rule for file names, whatever an API or an attacker says. */
class FileNameFuzzTest {

    private static final Path DIRECTORY = Path.of("/srv/archive");

    @Property(tries = 5000)
    void everyNameIsSafe(@ForAll("hostile") String name) {
        assertSafe(FileName.safe(name));
    }

    @Property(tries = 5000)
    void everyNameWithAnIdOrANumberIsSafe(@ForAll("hostile") String name, @ForAll("hostile") String id) {
        assertSafe(FileName.withId(FileName.safe(name), id));
        assertSafe(FileName.withId(FileName.numbered(FileName.safe(name), 1000), id));
    }

    @Property
    void makingSafeTwiceChangesNothing(@ForAll("hostile") String name) {
        String safe = FileName.safe(name);
        assertThat(FileName.safe(safe)).isEqualTo(safe);
    }

    @Property
    void twoIdsNeverMakeOneName(
            @ForAll("hostile") String name, @ForAll("hostile") String one, @ForAll("hostile") String other) {
        if (!one.equals(other) && isWhole(one) && isWhole(other)) {
            String safe = FileName.safe(name);
            assertThat(FileName.withId(safe, one)).isNotEqualTo(FileName.withId(safe, other));
        }
    }

    private static void assertSafe(String name) {
        assertThat(name).isNotEmpty().matches("[\\p{L}\\p{Nd}\\p{Mn}\\p{Mc}._ -]+");
        assertThat(name).doesNotMatch("^[. -].*").doesNotMatch(".*[. ]$");
        assertThat(name.getBytes(StandardCharsets.UTF_8)).hasSizeLessThanOrEqualTo(150);
        assertThat(Normalizer.isNormalized(name, Normalizer.Form.NFC)).isTrue();
        assertThat(name.toUpperCase(Locale.ROOT)).doesNotMatch("(CON|PRN|AUX|NUL|COM[0-9¹²³]|LPT[0-9¹²³]) *(\\..*)?");
        assertThat(DIRECTORY.resolve(name).normalize().getParent()).isEqualTo(DIRECTORY);
    }

    /** Not half a surrogate pair, of which ids never hold one. */
    private static boolean isWhole(String text) {
        return StandardCharsets.UTF_8.newEncoder().canEncode(text);
    }

    /** Any text, and more often than by chance what names are attacked with. */
    @Provide
    Arbitrary<String> hostile() {
        Arbitrary<String> pieces = Arbitraries.of(
                "..",
                "/",
                "\\",
                ".",
                "-",
                " ",
                "~",
                "\0",
                "\n",
                "\u001b[2J",
                "\u202e",
                "\u2066",
                "\ud83d\ude00",
                "\ud800",
                "e\u0301",
                "\u0301",
                "CON",
                "nul",
                "COM1",
                "LPT\u00b9",
                "%2e%2e%2f",
                "C:",
                ".csv.gz",
                ".CSV.GZ",
                ".gz",
                "a",
                "\u30ec",
                "\ud835\udc00",
                "\uff0e\uff0e\uff0f",
                "$(id)",
                "x".repeat(149),
                "\u0416".repeat(80),
                "_");
        return Arbitraries.oneOf(
                Arbitraries.strings().ofMaxLength(300),
                pieces.list().ofMaxSize(8).map(list -> String.join("", list)));
    }
}
