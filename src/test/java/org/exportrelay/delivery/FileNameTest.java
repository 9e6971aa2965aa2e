package org.exportrelay.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileNameTest {

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '\'',
            value = {
                "properties_export_2026-02-17.csv.gz, properties_export_2026-02-17.csv.gz",
                "../../etc/passwd, _.._etc_passwd",
                "/etc/passwd, _etc_passwd",
                "C:\\temp\\x.csv, C__temp_x.csv",
                "'.hidden', hidden",
                "'  -rf x.csv ', rf x.csv",
                "'a b.csv', a b.csv",
                "'trailing. . ', trailing",
                "'...', export",
                "'', export",
                "zażółć gęślą.csv.gz, zażółć gęślą.csv.gz",
                "レポート.csv.gz, レポート.csv.gz",
                "'a\u0000b\u0007c.csv', a_b_c.csv",
                "'abc\u202Evsc.exe', abc_vsc.exe",
                "'a?b*c:d|e\"f<g>.csv', a_b_c_d_e_f_g_.csv",
                "'😀.csv', _.csv",
                "CON.csv.gz, _CON.csv.gz",
                "nul, _nul",
                "com1 .txt, _com1 .txt",
                "console.csv, console.csv",
            })
    void makesAnyNameSafe(String given, String safe) {
        assertThat(FileName.safe(given)).isEqualTo(safe);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "null",
            value = {
                "properties_export, properties_export.id.manifest.json",
                "a/b, a_b.id.manifest.json",
                "a.csv.gz, a.csv.gz.id.manifest.json",
                "null, export.id.manifest.json",
                "' ', export.id.manifest.json"
            })
    void namesTheManifestOfAnExport(String exportName, String name) {
        assertThat(FileName.withId(FileName.ofManifest(exportName), "id")).isEqualTo(name);
        assertThat(FileName.ofManifest("x".repeat(300)))
                .endsWith(".manifest.json")
                .satisfies(FileNameTest::isShort);
    }

    @Test
    void composesLettersThatCameInTwoParts() {
        assertThat(FileName.safe("e\u0301.csv")).isEqualTo("\u00e9.csv");
    }

    @Test
    void keepsTheExtensionOfANameThatIsTooLong() {
        assertThat(FileName.safe("ä".repeat(300) + ".csv.gz"))
                .endsWith(".csv.gz")
                .satisfies(FileNameTest::isShort);
        assertThat(FileName.withId(FileName.safe("x".repeat(300) + ".csv.gz"), "123e4567-e89b-12d3-a456-426614174000"))
                .endsWith(".123e4567-e89b-12d3-a456-426614174000.csv.gz")
                .satisfies(FileNameTest::isShort);
    }

    @ParameterizedTest
    @CsvSource({
        "a.csv.gz, id, a.id.csv.gz",
        "A.CSV.GZ, id, A.id.CSV.GZ",
        "a.b.txt, id, a.b.id.txt",
        "a.csv.gz.pgp, id, a.id.csv.gz.pgp",
        "a.jsonl.pgp, id, a.id.jsonl.pgp",
        "noextension.pgp, id, noextension.id.pgp",
        "noextension, id, noextension.id",
        "a.csv.gz, ../../x, a._.._x-9cdf6a50100a.csv.gz",
    })
    void putsTheIdBeforeTheExtension(String name, String id, String unique) {
        assertThat(FileName.withId(name, id)).isEqualTo(unique);
    }

    @Test
    void keepsANameInFrontOfTheLongestExtensionAndTheLongestId() {
        assertThat(FileName.safe("レ." + "x".repeat(148))).startsWith("レ.x").satisfies(FileNameTest::isShort);
        assertThat(FileName.withId(FileName.safe("レ." + "x".repeat(140)), "ä".repeat(100)))
                .startsWith("レ.x")
                .satisfies(FileNameTest::isShort);
    }

    @Test
    void tellsIdsApartThatLookTheSameOnceTheyAreSafe() {
        assertThat(FileName.withId("a.csv", "x/1")).isNotEqualTo(FileName.withId("a.csv", "x?1"));
        assertThat(FileName.withId("a.csv", "x".repeat(99))).isNotEqualTo(FileName.withId("a.csv", "x".repeat(100)));
    }

    @Test
    void numbersTheSecondFileOfTheSameName() {
        assertThat(FileName.numbered("a.csv.gz", 2)).isEqualTo("a.2.csv.gz");
    }

    @Test
    void isSafeWhateverItIsGiven() {
        Random random = new Random(7);
        for (int i = 0; i < 20_000; i++) {
            StringBuilder name = new StringBuilder();
            random.ints(random.nextInt(60), 0, 0x30000)
                    .forEach(c -> name.appendCodePoint(c >= 0xD800 && c < 0xE000 ? '/' : c));
            String safe = FileName.safe(name.toString());
            assertThat(safe)
                    .isNotEmpty()
                    .doesNotContain("/", "\\", "\0")
                    .doesNotStartWith(".")
                    .doesNotStartWith("-")
                    .doesNotEndWith(".")
                    .doesNotEndWith(" ")
                    .satisfies(FileNameTest::isShort);
            assertThat(FileName.safe(safe)).isEqualTo(safe);
        }
    }

    private static void isShort(String name) {
        assertThat(name.getBytes(StandardCharsets.UTF_8).length).isLessThanOrEqualTo(150);
    }
}
