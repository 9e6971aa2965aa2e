package org.exportrelay.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.exportrelay.delivery.DeliveryWindow;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.NamePattern;
import org.exportrelay.delivery.RetryPolicy;
import org.exportrelay.ledger.DestinationControl;
import org.exportrelay.ledger.LedgerInstance;
import org.exportrelay.ledger.LedgerSettings;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.testing.LogLines;
import org.exportrelay.testing.SettableClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Begins at 17:00 in Berlin. */
class HoldLogTest {

    private static final String CLOSED =
            "INFO exports:archive: outside its window, opens at 22:00 (Europe/Berlin); its deliveries wait until then";
    private static final String PAUSED =
            "WARN exports:archive: paused by ops; its deliveries wait until 'resume archive'";

    private final SettableClock clock = new SettableClock(Instant.parse("2026-02-17T16:00:00Z"));
    private LedgerDatabase database;
    private DestinationControl control;
    private HoldLog holds;

    @BeforeEach
    void open(@TempDir Path directory) {
        database = LedgerDatabase.openForWork(LedgerSettings.of("jdbc:sqlite:" + directory.resolve("ledger.db")));
        control = new DestinationControl(database, clock);
        LedgerInstance ledger = new LedgerInstance(database, "me", Duration.ofMinutes(2), clock);
        ledger.start(new Destination(
                "archive",
                new NamePattern("*"),
                true,
                true,
                new RetryPolicy(3, Duration.ofSeconds(1), Duration.ofSeconds(1)),
                Optional.of(DeliveryWindow.parse("22:00-06:00 Europe/Berlin")),
                null, null));
        holds = new HoldLog(ledger.destinations, ledger.states, ledger.progress);
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void logsOnceThatAWindowClosesAndOpens() {
        try (LogLines log = LogLines.of(HoldLog.class)) {
            holds.update();
            holds.update();
            assertThat(log.all()).containsExactly(CLOSED);
            clock.advance(Duration.ofHours(5));
            holds.update();
            holds.update();
            assertThat(log.all()).containsExactly(CLOSED, "INFO exports:archive: its window opens; deliveries resume");
            clock.advance(Duration.ofHours(8));
            holds.update();
            assertThat(log.all()).hasSize(3).endsWith(CLOSED);
        }
    }

    @Test
    void aPauseThatEndsOutsideTheWindowResumesNothing() {
        try (LogLines log = LogLines.of(HoldLog.class)) {
            holds.update();
            control.pause("archive", "ops", null);
            holds.update();
            clock.advance(Duration.ofHours(1));
            control.resume("archive", "ops");
            holds.update();
            assertThat(log.all()).containsExactly(CLOSED, PAUSED, "INFO exports:archive: resumed after 1h", CLOSED);
        }
    }
}
