package org.exportrelay.destinations.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import org.exportrelay.records.BadRecordsException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ColumnValueTest {

    /** Written out, each of them would be a text of up to 2 GB; or it is no number that the column can store. */
    @ParameterizedTest
    @CsvSource({
        "DECIMAL,1E999999999",
        "DECIMAL,-1E-999999999",
        "DECIMAL,1E2147483647",
        "DECIMAL,1E-2147483647",
        "DECIMAL,1E1001",
        "FLOAT,1E999999999",
        "FLOAT,1e400",
        "FLOAT,-1e400",
        "FLOAT,NaN",
        "FLOAT,Infinity"
    })
    void refusesANumberThatIsTooLarge(TypeFamily family, String value) {
        assertThatThrownBy(() -> of(value, family))
                .isInstanceOf(BadRecordsException.class)
                .hasMessageContaining("record 7 of rows.csv.gz has the value '" + value + "' in column price");
    }

    @ParameterizedTest
    @EnumSource(
            value = TypeFamily.class,
            names = {"WHOLE_NUMBER", "DECIMAL", "FLOAT"})
    void refusesANumberOfAMillionDigits(TypeFamily family) {
        assertThatThrownBy(() -> of("9".repeat(1_000_000), family)).isInstanceOf(BadRecordsException.class);
    }

    @ParameterizedTest
    @CsvSource({"DECIMAL,12.50,12.50", "DECIMAL,-1E3,-1E3", "DECIMAL,1E1000,1E1000", "FLOAT,1.7e308,1.7e308"})
    void takesOtherNumbers(TypeFamily family, String value, BigDecimal number) {
        assertThat(new BigDecimal(of(value, family).toString())).isEqualByComparingTo(number);
    }

    private static Object of(String value, TypeFamily family) {
        return ColumnValue.of(value, new TableColumn("price", "numeric", family, false), "rows.csv.gz", 7);
    }
}
