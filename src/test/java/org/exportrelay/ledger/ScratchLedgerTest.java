package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScratchLedgerTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:sqlite:data/ledger.db",
                "jdbc:sqlite:/tmp/export-relay-test/ledger.db",
                "jdbc:postgresql://db.example/ledger",
                ""
            })
    void refusesALedgerThatItHasNotCreated(String url) {
        assertThatIllegalStateException()
                .isThrownBy(() -> new ScratchLedger(null, url, null))
                .withMessageContaining("use no other than a temporary SQLite file");
    }

    @Test
    void acceptsItsOwn() throws IOException {
        Path directory = ScratchLedger.createDirectory();
        assertThatCode(() -> new ScratchLedger(null, ScratchLedger.url(directory), null))
                .doesNotThrowAnyException();
        Files.delete(directory);
    }
}
