package org.exportrelay.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.exportrelay.api.DownloadUrl;
import org.exportrelay.api.Export;
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
    private BacklogForecast forecast;

    @BeforeEach
    void open(@TempDir Path directory) {
        database = LedgerDatabase.openForWork(LedgerSettings.of("jdbc:sqlite:" + directory.resolve("ledger.db")));
        LedgerInstance ledger = new LedgerInstance(database, "me", Duration.ofMinutes(2), clock);
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
