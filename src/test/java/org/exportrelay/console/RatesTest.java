package org.exportrelay.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.exportrelay.console.Rates.Hour;
import org.exportrelay.ledger.DeliveryRates;
import org.exportrelay.ledger.LedgerConditions;
import org.exportrelay.ledger.LedgerSettings;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.testing.SettableClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RatesTest {

    private final SettableClock clock = new SettableClock(Instant.parse("2026-02-17T16:30:00Z"));

    @TempDir
    private Path directory;

    @Test
    void anHourShowsWhatWasDeliveredInIt() {
        try (LedgerDatabase database =
                LedgerDatabase.openForWork(LedgerSettings.of("jdbc:sqlite:" + directory.resolve("ledger.db")))) {
            LedgerConditions.create(database);
            Rates rates = new Rates(new DeliveryRates(database), clock);
            assertThat(rates.lastHour("archive")).isZero();
            assertThat(rates.lastDay("archive"))
                    .hasSize(24)
                    .extracting(Hour::deliveries)
                    .containsOnly(0L);
            assertThat(new RateChart(rates.lastDay("archive")).text()).isEqualTo("No delivery in the last day.");

            delivered(database, "archive", "2026-02-17T16:30:01.000Z");
            assertThat(rates.lastHour("archive")).as("within ten seconds").isZero();
            clock.advance(Duration.ofSeconds(11));
            assertThat(rates.lastHour("archive")).isEqualTo(1);
            assertThat(rates.lastHourBytes("archive")).isEqualTo(2048);
            assertThat(rates.lastHourBytes("down")).isZero();
            clock.advance(Duration.ofMinutes(45));
            assertThat(rates.lastHour("archive")).isEqualTo(1);
            assertThat(rates.lastHour("down")).isZero();
            assertThat(rates.lastDay("archive").get(22)).isEqualTo(new Hour(Instant.parse("2026-02-17T16:00:00Z"), 1));
            RateChart chart = new RateChart(rates.lastDay("archive"));
            assertThat(chart.text()).isEqualTo("1 delivery in the last day, at most 1 in an hour, from 16:00 UTC.");
            assertThat(chart.svg())
                    .startsWith("<svg class=\"chart\" role=\"img\"")
                    .contains("<title>16:00 UTC: 1</title>");
            clock.advance(Duration.ofHours(30));
            assertThat(rates.lastHour("archive")).isZero();
            assertThat(rates.lastDay("archive"))
                    .hasSize(24)
                    .extracting(Hour::deliveries)
                    .containsOnly(0L);
        }
    }

    private static void delivered(LedgerDatabase database, String destination, String at) {
        database.jdbi()
                .useHandle(handle -> handle.execute(
                        "UPDATE delivery SET state = 'delivered', bytes = 2048, finished_at = ? WHERE destination = ?",
                        at,
                        destination));
    }
}
