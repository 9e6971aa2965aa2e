package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.exportrelay.config.SettingsException;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteLedgerTest {

    @TempDir
    private Path directory;

    @Test
    void oneProcessAtATimeWorksOnALedgerFileAndOthersMayReadIt() {
        LedgerSettings settings = LedgerSettings.of("jdbc:sqlite:" + directory.resolve("shared.db"));
        try (LedgerDatabase first = LedgerDatabase.openForWork(settings);
                LedgerDatabase reading = LedgerDatabase.open(settings)) {
            assertThat(first.isExclusive()).isTrue();
            assertThat(new Status(reading).totals()).isEmpty();
            assertThatThrownBy(() -> LedgerDatabase.openForWork(settings))
                    .isInstanceOf(SettingsException.class)
                    .hasMessageContaining("relay.ledger.url=jdbc:sqlite:")
                    .hasMessageContaining("another Export Relay process uses this ledger")
                    .message()
                    .doesNotContain("\n");
        }
        LedgerDatabase.openForWork(settings).close();
    }

    @Test
    void aReadOfAnyLengthBlocksNoWriter() {
        LedgerSettings settings = LedgerSettings.of("jdbc:sqlite:" + directory.resolve("shared.db"));
        try (LedgerDatabase working = LedgerDatabase.openForWork(settings);
                LedgerDatabase reading = LedgerDatabase.open(settings)) {
            String insert = "INSERT INTO export (export_id, status, first_seen_at) VALUES ('%s', 'completed', '')";
            working.jdbi().useHandle(handle -> handle.execute(insert.formatted("a")));
            List<String> seen = new ArrayList<>();
            new Status(reading).forEach(row -> {
                seen.add(row.exportId());
                working.jdbi().useTransaction(handle -> handle.execute(insert.formatted("b")));
            });
            assertThat(seen).containsExactly("a");
        }
    }

    @Test
    void reportsInOneLineWhyAFileIsNoLedger() throws Exception {
        Path file = Files.writeString(directory.resolve("not.db"), "this is no database, but a text of some length");
        assertThatThrownBy(() -> LedgerDatabase.open(LedgerSettings.of("jdbc:sqlite:" + file)))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("relay.ledger.url=jdbc:sqlite:")
                .hasMessageContaining("not a database")
                .message()
                .doesNotContain("\n");
    }
}
