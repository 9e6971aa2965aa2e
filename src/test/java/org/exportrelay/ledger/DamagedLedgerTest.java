package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.exportrelay.config.SettingsException;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Ledgers whose upgrade failed halfway, or whose history was edited. */
class DamagedLedgerTest {

    @TempDir
    private Path directory;

    static Stream<Arguments> damages() {
        return Stream.of(TestDatabase.SQLITE, TestDatabase.POSTGRESQL)
                .flatMap(database -> Stream.of(
                        Arguments.of(
                                database,
                                "UPDATE flyway_schema_history SET success = false WHERE version = '2'",
                                "the upgrade to version 2 failed halfway"),
                        Arguments.of(
                                database,
                                "UPDATE flyway_schema_history SET success = false WHERE version = '1'",
                                "the upgrade to version 1 failed halfway"),
                        Arguments.of(
                                database,
                                "UPDATE flyway_schema_history SET checksum = 1 WHERE version = '2'",
                                "the record of its upgrade to version 2 was changed")));
    }

    @ParameterizedTest
    @MethodSource("damages")
    void everyCommandNamesTheDamageInOneLine(TestDatabase database, String damage, String problem) throws SQLException {
        LedgerSettings settings = database.settings(directory);
        LedgerDatabase.openForWork(settings).close();
        settings.execute(damage);
        List<ThrowingCallable> commands = List.of(
                () -> LedgerDatabase.openForWork(settings),
                () -> LedgerDatabase.open(settings),
                () -> LedgerDatabase.check(settings));
        for (ThrowingCallable command : commands) {
            assertThatThrownBy(command)
                    .isInstanceOf(SettingsException.class)
                    .hasMessageContaining("the ledger cannot be used, since " + problem + "; restore a backup")
                    .message()
                    .doesNotContain("\n")
                    .doesNotContain("password");
        }
    }
}
