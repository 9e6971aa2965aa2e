package org.exportrelay.ledger.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.exportrelay.ledger.LedgerSettings;
import org.exportrelay.ledger.TestDatabase;
import org.exportrelay.testing.LogLines;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An operator sees why a start takes long. */
class UpgradeLogTest {

    @TempDir
    private Path directory;

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void aNewOrCurrentLedgerIsNoUpgrade(TestDatabase on) {
        LedgerSettings settings = on.settings(directory);
        try (LogLines log = LogLines.of(LedgerSchema.class)) {
            LedgerDatabase.openForWork(settings).close();
            assertThat(log.all()).as("a new ledger").isEmpty();
            LedgerDatabase.openForWork(settings).close();
            assertThat(log.all()).as("nothing to upgrade").isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void namesTheVersionsAndWhatItTakes(Dialect dialect) {
        LedgerSettings settings = TestDatabase.valueOf(dialect.name()).settings(directory);
        directory.resolve("new").toFile().mkdirs();
        Flyway.configure()
                .dataSource(
                        settings.url(),
                        settings.username().orElse(null),
                        settings.password().orElse(null))
                .locations("classpath:db/migration")
                .placeholders(dialect.placeholders())
                .target("4")
                .load()
                .migrate();
        try (LogLines log = LogLines.of(LedgerSchema.class)) {
            LedgerDatabase.openForWork(settings).close();
            assertThat(log.all())
                    .singleElement()
                    .asString()
                    .startsWith("INFO ledger: upgrading from version 4 to 13; ")
                    .contains(dialect.upgradeCost());
        }
    }
}
