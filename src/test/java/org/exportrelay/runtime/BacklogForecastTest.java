package org.exportrelay.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.assertj.core.api.AbstractStringAssert;
import org.exportrelay.api.DownloadUrl;
import org.exportrelay.api.Export;
import org.exportrelay.delivery.DeliveryWindow;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.NamePattern;
import org.exportrelay.delivery.RetryPolicy;
import org.exportrelay.ledger.Backlogs;
import org.exportrelay.ledger.LedgerInstance;
import org.exportrelay.ledger.LedgerSettings;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.testing.LogLines;
import org.exportrelay.testing.SettableClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BacklogForecastTest {

    private static final Destination ARCHIVE = new Destination(
            "archive",
            new NamePattern("*"),
            true,
            true,
            new RetryPolicy(3, Duration.ofSeconds(1), Duration.ofSeconds(1)));

    private final SettableClock clock = new SettableClock(Instant.parse("2026-02-17T16:00:00Z"));
    private final AtomicLong nanoTime = new AtomicLong();
    private LedgerDatabase database;
    private LedgerInstance ledger;
    private BacklogForecast forecast;

    @BeforeEach
    void open(@TempDir Path directory) {
        database = LedgerDatabase.openForWork(LedgerSettings.of("jdbc:sqlite:" + directory.resolve("ledger.db")));
        ledger = new LedgerInstance(database, "me", Duration.ofMinutes(2), clock);
        ledger.start(ARCHIVE);
        ledger.recorder.record(IntStream.range(0, 3_000).mapToObj(this::export).toList(), Optional.empty());
        ledger.createDeliveries();
        forecast = new BacklogForecast(new Backlogs(database), ledger.states, clock, nanoTime::get);
    }

    @AfterEach
    void close() {
        database.close();
    }

    /** 60 a minute, and 3,000 exports that expire within three hours, the first 1,000 of them within ten minutes. */
    @Test
    void logsOnceAnHourHowLongABacklogTakesAndHowManyExpireBeforeTheirTurn() {
        try (LogLines log = LogLines.of(BacklogForecast.class)) {
            forecast.check();
            assertThat(log.all()).isEmpty();
            for (int minute = 0; minute < 5; minute++) {
                deliver(60);
                forecast.check();
            }
            assertThat(log.all())
                    .singleElement()
                    .asString()
                    .isEqualTo(
                            "WARN exports:archive: 2,940 deliveries wait; at the present rate of 60 a minute they take"
                                    + " about 49m, and about 400 of them expire before their turn; raise relay.download.parallel,"
                                    + " relay.download.max-rate or relay.api.budget-share, or start another instance");
        }
    }

    /** 60 a minute, from 16:00 to 16:30 and the next day from 15:00 on; 1,000 expire at 16:10, all others at 19:00. */
    @Test
    void aBacklogTakesAsLongAsItsWindowIsClosedAndLinksExpireMeanwhile() {
        withWindow("15:00-16:30 UTC", false);
        assertThatOneMinuteLogs()
                .isEqualTo("WARN exports:archive: 2,940 deliveries wait; at the present rate of 60 a minute they take"
                        + " about 23h 19m with its window 15:00-16:30 UTC, and about 1,200 of them expire before their"
                        + " turn; extend the window, raise relay.download.parallel, relay.download.max-rate or"
                        + " relay.api.budget-share, or start another instance");
    }

    @Test
    void filesAreDownloadedOutsideTheWindowToo() {
        withWindow("15:00-16:30 UTC", true);
        assertThatOneMinuteLogs()
                .contains(" about 23h 19m with its window 15:00-16:30 UTC, and about 400 of them expire before their"
                        + " turn; raise relay.download.parallel,");
    }

    @Test
    void aMinuteInWhichTheWindowOpensSaysNothingAboutTheRate() {
        withWindow("16:01-23:00 UTC", true);
        try (LogLines log = LogLines.of(BacklogForecast.class)) {
            forecast.check();
            clock.advance(Duration.ofSeconds(30));
            nanoTime.addAndGet(Duration.ofSeconds(30).toNanos());
            forecast.check();
            deliver(30);
            forecast.check();
            assertThat(log.all()).isEmpty();
            deliver(60);
            forecast.check();
            assertThat(log.all()).singleElement().asString().contains("at the present rate of 60 a minute");
        }
    }

    @Test
    void whatASpoolHasDoesNotExpire() {
        database.jdbi().useHandle(handle -> handle.execute("UPDATE delivery SET spooled_by = 'me'"));
        assertThatOneMinuteLogs()
                .isEqualTo("INFO exports:archive: 2,940 deliveries wait; at the present rate of 60 a minute they take"
                        + " about 49m");
    }

    /** The line that is logged when 60 deliveries were made in a minute. */
    private AbstractStringAssert<?> assertThatOneMinuteLogs() {
        try (LogLines log = LogLines.of(BacklogForecast.class)) {
            forecast.check();
            deliver(60);
            forecast.check();
            return assertThat(log.all()).singleElement().asString();
        }
    }

    private void withWindow(String window, boolean needsFile) {
        ledger.destinations.stop("archive");
        ledger.start(new Destination(
                "archive",
                ARCHIVE.pattern(),
                needsFile,
                true,
                ARCHIVE.retries(),
                Optional.of(DeliveryWindow.parse(window)),
                null,
                null));
    }

    private void deliver(int deliveries) {
        clock.advance(Duration.ofMinutes(1));
        nanoTime.addAndGet(Duration.ofMinutes(1).toNanos());
        database.jdbi()
                .useHandle(handle -> handle.execute(
                        "UPDATE delivery SET state = 'delivered' WHERE delivery_id IN (SELECT delivery_id FROM delivery"
                                + " WHERE state = 'pending' ORDER BY expires_at LIMIT " + deliveries + ")"));
    }

    private Export export(int number) {
        Duration valid = number < 1_000 ? Duration.ofMinutes(10) : Duration.ofHours(3);
        return new Export(
                "e" + number,
                "completed",
                null,
                null,
                null,
                1L,
                1L,
                List.of(new DownloadUrl("a.csv.gz", "https://store/a", 1L)),
                clock.instant(),
                clock.instant(),
                clock.instant().plus(valid));
    }
}
