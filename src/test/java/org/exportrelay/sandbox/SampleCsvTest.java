package org.exportrelay.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SampleCsvTest {

    @ParameterizedTest
    @CsvSource({
        "false, 'id,address,city,state,zip,owner_name,estimated_value,last_sale_date,bedrooms,notes'",
        "true, 'id,first_name,last_name,email,phone,mailing_address,tags,notes'"
    })
    void beginsWithAHeaderRowAndKeepsToItsColumns(boolean people, String header) throws IOException {
        List<CsvRecord> rows = rows(text(people, 500, 1));

        assertThat(String.join(",", rows.get(0).getFields())).isEqualTo(header);
        assertThat(rows).hasSize(501).allSatisfy(row -> assertThat(row.getFieldCount())
                .isEqualTo(rows.get(0).getFieldCount()));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void holdsValuesThatBreakNaiveReaders(boolean people) throws IOException {
        String text = text(people, 500, 2);

        assertThat(rows(text).stream().flatMap(row -> row.getFields().stream()))
                .anyMatch(field -> field.contains(","))
                .anyMatch(field -> field.contains("\""))
                .anyMatch(field -> field.contains("\r\n"))
                .anyMatch(field -> field.contains("\n") && !field.contains("\r"))
                .anyMatch(field -> field.contains("ż"))
                .anyMatch(field -> field.contains("Π") || field.contains("Ν"))
                .anyMatch(field -> field.contains("山田") || field.contains("電話"))
                .anyMatch(field -> field.contains("🏡"))
                .anyMatch(String::isEmpty);
        assertThat(text).contains("\"\"");
    }

    @Test
    void endsRowsInOneOfTheTwoUsualWays() throws IOException {
        Set<Boolean> seen = new HashSet<>();
        for (int seed = 0; seed < 20; seed++) {
            boolean carriageReturn = text(false, 1, seed).split("notes")[1].startsWith("\r\n");
            seen.add(carriageReturn);
        }

        assertThat(seen).containsExactlyInAnyOrder(true, false);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 20_000})
    void holdsExactlyTheRecordsRequested(int records) throws IOException {
        assertThat(rows(text(true, records, 3))).hasSize(records + 1);
    }

    @Test
    void isDeterminedByItsRandomSource() {
        assertThat(csv(false, 300, 4)).isEqualTo(csv(false, 300, 4)).isNotEqualTo(csv(false, 300, 5));
    }

    private static byte[] csv(boolean people, int records, long seed) {
        return new SampleCsv(people, records, new Seed(seed).random("test")).gzip();
    }

    private static String text(boolean people, int records, long seed) throws IOException {
        return new String(
                new GZIPInputStream(new ByteArrayInputStream(csv(people, records, seed))).readAllBytes(),
                StandardCharsets.UTF_8);
    }

    private static List<CsvRecord> rows(String text) {
        return CsvReader.builder().ofCsvRecord(text).stream().toList();
    }
}
