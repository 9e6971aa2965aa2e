package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.testing.SettableClock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What {@code alert-on-failed-exports} of version 0.1.0 has reported is not reported again after an upgrade. */
@ParameterizedClass(name = "{0}")
@EnumSource(
        value = TestDatabase.class,
        names = {"SQLITE", "POSTGRESQL"})
class ReportedAlertsTest {

    private static final String NAME = "alert-on-failed-exports";

    @Parameter
    private TestDatabase on;

    private LedgerSettings settings;

    /** Of the version before these events. */
    @BeforeEach
    void createAnOlderLedger(@TempDir Path directory) throws Exception {
        settings = on.settings(directory);
        LedgerDatabase.openForWork(settings).close();
        settings.execute("DROP TABLE event_cursor");
        settings.execute("ALTER TABLE export DROP COLUMN traceparent");
        settings.execute("ALTER TABLE export_file DROP COLUMN traceparent");
        settings.execute("ALTER TABLE delivery DROP COLUMN sha256");
        settings.execute("ALTER TABLE destination DROP COLUMN delivery_window");
        settings.execute("ALTER TABLE delivery DROP COLUMN manifest");
        settings.execute("ALTER TABLE destination DROP COLUMN manifest_of");
        settings.execute("DELETE FROM flyway_schema_history WHERE version IN ('8', '9', '10', '11', '12', '13')");
    }

    @Test
    void reportedExportsBecomeEventsBehindTheCursorOfTheNewRoute() throws Exception {
        String time = on == TestDatabase.SQLITE ? "'2026-02-17T16:00:00.000000Z'" : "now()";
        settings.execute("INSERT INTO alerted (export_id, claimed_at, told_at) VALUES ('reported', " + time + ", "
                + time + "), ('claimed', " + time + ", NULL)");
        try (LedgerDatabase database = LedgerDatabase.openForWork(settings)) {
            assertThat(messages(database)).containsExactly("the export failed at the vendor");
            EventCursors cursors = cursors(database);
            cursors.start(NAME, true);
            assertThat(cursors.isBehind(NAME)).isFalse();
            // The export of a claim that was not confirmed is reported again, as it was before.
            new EventLog(database, new SettableClock(Instant.parse("2026-02-18T16:00:00.000Z")))
                    .append(EventKind.EXPORT_FAILED, "new", Map.of());
            assertThat(cursors.isBehind(NAME)).isTrue();
        }
    }

    @Test
    void aLedgerWithoutAlertsHasNoCursorAndBackfills() throws Exception {
        try (LedgerDatabase database = LedgerDatabase.openForWork(settings)) {
            assertThat(messages(database)).isEmpty();
            new EventLog(database, new SettableClock(Instant.parse("2026-02-18T16:00:00.000Z")))
                    .append(EventKind.EXPORT_FAILED, "new", Map.of());
            EventCursors cursors = cursors(database);
            cursors.start(NAME, true);
            assertThat(cursors.isBehind(NAME)).isTrue();
        }
    }

    private static List<String> messages(LedgerDatabase database) {
        return new Events(database)
                .inOrder(new Events.Choice(null, null, List.of("export-failed"), null, 0)).stream()
                        .map(Event::message)
                        .toList();
    }

    private static EventCursors cursors(LedgerDatabase database) {
        return new EventCursors(
                database, "me", Duration.ofMinutes(2), new SettableClock(Instant.parse("2026-02-18T16:00:00.000Z")));
    }
}
