package org.exportrelay.component;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.exportrelay.pgp.PgpEncryption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileFormTest {

    private static final FileForm EXPANDED = new FileForm(true, Format.original, Optional.empty());
    private static final FileForm JSON_LINES = new FileForm(false, Format.jsonl, Optional.empty());

    @ParameterizedTest
    @CsvSource({
        "a.csv.gz, a.csv, a.jsonl",
        "A.CSV.GZ, A.CSV, A.jsonl",
        "a.csv, a.csv, a.jsonl",
        "a.2.csv.gz, a.2.csv, a.2.jsonl",
        "a.csv.csv.gz, a.csv.csv, a.csv.jsonl",
        "a.tar.gz, a.tar, a.tar.jsonl",
        "a.gz.csv, a.gz.csv, a.gz.jsonl"
    })
    void theNameShowsTheForm(String name, String expanded, String jsonLines) {
        assertThat(EXPANDED.name(name)).isEqualTo(expanded);
        assertThat(JSON_LINES.name(name)).isEqualTo(jsonLines);
        assertThat(new FileForm(true, Format.jsonl, Optional.empty()).name(name))
                .isEqualTo(jsonLines);
    }

    @ParameterizedTest
    @CsvSource({"a.csv.gz, true, true", "a.json.gz, true, true", "a.csv, false, true", "a.txt, false, true"})
    void onlyWhatIsCompressedIsExpanded(String name, boolean isExpanded, boolean isConverted) {
        assertThat(EXPANDED.changes(name)).isEqualTo(isExpanded);
        assertThat(JSON_LINES.changes(name)).isEqualTo(isConverted);
        assertThat(new FileForm(false, Format.original, Optional.empty()).changes(name))
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "a.csv.gz, a.csv.gz.pgp, a.csv.pgp, a.jsonl.pgp",
        "A.CSV, A.CSV.pgp, A.CSV.pgp, A.jsonl.pgp",
        "a.txt, a.txt.pgp, a.txt.pgp, a.txt.jsonl.pgp"
    })
    void theNameOfAnEncryptedFileShowsWhatIsInside(String name, String original, String expanded, String jsonLines) {
        assertThat(encrypted(false, Format.original).name(name)).isEqualTo(original);
        assertThat(encrypted(false, Format.original).contentName(name)).isEqualTo(name);
        assertThat(encrypted(true, Format.original).name(name)).isEqualTo(expanded);
        assertThat(encrypted(false, Format.jsonl).name(name)).isEqualTo(jsonLines);
        assertThat(encrypted(false, Format.original).changes(name)).isTrue();
        assertThat(encrypted(false, Format.original).isOriginal()).isFalse();
    }

    private static FileForm encrypted(boolean expand, Format format) {
        return new FileForm(expand, format, Optional.of(PgpEncryption.of("partner.asc", null, null)));
    }

    @Test
    void aSafeNameStaysSafe() {
        String longest = "x".repeat(145) + ".csv";
        assertThat(JSON_LINES.safeName(longest)).hasSizeLessThanOrEqualTo(150).endsWith(".jsonl");
        assertThat(encrypted(false, Format.original).safeName("x".repeat(143) + ".csv.gz"))
                .hasSizeLessThanOrEqualTo(150)
                .endsWith("x.csv.gz.pgp");
        assertThat(EXPANDED.safeName("a.csv.gz")).isEqualTo("a.csv");
    }
}
