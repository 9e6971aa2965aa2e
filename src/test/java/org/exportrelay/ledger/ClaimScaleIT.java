package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.DueExport;
import org.exportrelay.testing.SettableClock;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a claim costs beside a backlog. */
@Tag("scale")
class ClaimScaleIT {

    private static final Destination ARCHIVE = LedgerTest.files("archive");
    private static final int FEW = 4_000;
    private static final int MANY = 150_000;
    /** Twice as many are made, of {@link #CLAIMED} each, and half of the few are enough for them. */
    private static final int ROUNDS = 200;

    private static final int CLAIMED = 4;

    @TempDir
    private Path directory;

    /** Half of the backlog waits for a download, before and between the files that can be claimed. */
    @ParameterizedTest
    @EnumSource(names = {"SQLITE", "POSTGRESQL"})
    void aClaimCostsTheSameHoweverManyDeliveriesWait(TestDatabase on) {
        Duration few = claim(on, FEW);
        Duration many = claim(on, MANY);
        System.out.printf(
                "%s: claim, record and scan for downloads: %.2f ms with %,d waiting, %.2f ms with %,d%n",
                on, few.toNanos() / 1e6, FEW, many.toNanos() / 1e6, MANY);
        assertThat(many).isLessThan(few.multipliedBy(3).plusMillis(3));
    }

    private Duration claim(TestDatabase on, int waiting) {
        try (var database = on.open(directory.resolve(on + "-" + waiting))) {
            LedgerInstance me = new LedgerInstance(
                    database, "me", Duration.ofHours(1), new SettableClock(Instant.parse("2026-02-17T16:00:00.000Z")));
            me.start(ARCHIVE);
            LedgerHistory.addBacklog(database, ARCHIVE.name(), waiting, "me");
            LedgerHistory.analyze(database);
            for (int round = 0; round < ROUNDS; round++) {
                work(me, on);
            }
            long start = System.nanoTime();
            for (int round = 0; round < ROUNDS; round++) {
                work(me, on);
            }
            return Duration.ofNanos((System.nanoTime() - start) / ROUNDS);
        }
    }

    private static void work(LedgerInstance me, TestDatabase on) {
        List<Delivery> claimed = me.deliveries.claim(ARCHIVE, CLAIMED);
        assertThat(claimed).hasSize(CLAIMED);
        claimed.forEach(delivery -> me.deliveries.delivered(delivery, Optional.empty()));
        List<DueExport> due = me.scan.due(CLAIMED, Set.of(), true);
        // Of instances that share a ledger, each downloads only so much in advance.
        if (on == TestDatabase.SQLITE) {
            assertThat(due).isNotEmpty();
        }
    }
}
