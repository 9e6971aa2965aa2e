package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Replays on a ledger of a million deliveries, of which half can no longer be downloaded, by the packaged relay. */
@Tag("scale")
class ReplayScaleIT {

    private static final int EXPORTS = Integer.getInteger("scale.history", 1_000_000);
    private static final int DELIVERED = EXPORTS - EXPORTS / 500;
    /** All of them delivered: those that are parked have even numbers. */
    private static final int DOWNLOADABLE = EXPORTS / 2;

    @TempDir
    private Path directory;

    @Test
    void replaysStreamLeaveTheExpiredAloneAndHoldUpNoWriter() throws Exception {
        RelayChild relay = RelayChild.in(directory).withJava("-Xmx48m");
        Files.createDirectories(directory.resolve("data"));
        Path ledger = directory.resolve("data/ledger.db");
        fill(ledger);
        Timed listed = run(relay, "replay", "--state", "delivered", "--dry-run");
        try (Stream<String> lines = listed.ended().out().lines()) {
            assertThat(lines.filter(line -> line.contains("past-")).count()).isEqualTo(DOWNLOADABLE);
        }
        AtomicLong longestWait = new AtomicLong();
        Timed replayed;
        try (Writer ignored = new Writer(ledger, longestWait)) {
            replayed = run(relay, "replay", "--state", "delivered", "--yes");
        }
        System.out.printf(
                "SQLite, %,d deliveries, heap 48 MiB: replay --dry-run lists %,d in %.1f s; replay makes them due in %.1f s,"
                        + " and another writer waits %,d ms at most%n",
                EXPORTS, DOWNLOADABLE, listed.seconds(), replayed.seconds(), longestWait.get());
        assertThat(relay.ledger().number("SELECT count(*) FROM delivery WHERE state = 'pending'"))
                .isEqualTo(DOWNLOADABLE);
        assertThat(relay.ledger().number("SELECT count(*) FROM delivery WHERE state = 'delivered'"))
                .isEqualTo(DELIVERED - DOWNLOADABLE);
        assertThat(longestWait.get()).isLessThan(1_000);
    }

    /** The exports with an odd number can still be downloaded. */
    private static void fill(Path ledger) {
        try (LedgerDatabase database = LedgerDatabase.openForWork(LedgerSettings.of("jdbc:sqlite:" + ledger))) {
            new LedgerInstance(database, "relay", Duration.ofHours(1), Clock.systemUTC())
                    .start(LedgerTest.files("archive"));
            LedgerHistory.fill(database, EXPORTS);
            database.jdbi()
                    .useHandle(handle -> handle.execute(
                            "UPDATE delivery SET expires_at = '2099-01-01T00:00:00.000Z' WHERE file_id % 2 = 1"));
        }
    }

    private static Timed run(RelayChild relay, String... command) {
        long start = System.nanoTime();
        Ended ended = relay.run(command);
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        return new Timed(ended, (System.nanoTime() - start) / 1e9);
    }

    private record Timed(Ended ended, double seconds) {}

    /** Writes to the ledger every 20 ms, as a relay does. */
    private static final class Writer implements AutoCloseable {

        private final AtomicBoolean isClosed = new AtomicBoolean();
        private final Thread thread;

        Writer(Path ledger, AtomicLong longestWait) {
            thread = new Thread(() -> write(ledger, longestWait));
            thread.start();
        }

        private void write(Path ledger, AtomicLong longestWait) {
            try (LedgerDatabase database = LedgerDatabase.openForWork(LedgerSettings.of("jdbc:sqlite:" + ledger))) {
                while (!isClosed.get()) {
                    long start = System.nanoTime();
                    database.jdbi()
                            .useHandle(handle -> handle.execute(
                                    "UPDATE destination SET backfill_until = backfill_until WHERE name = 'archive'"));
                    longestWait.accumulateAndGet(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start), Math::max);
                    Thread.sleep(Duration.ofMillis(20).toMillis());
                }
            } catch (InterruptedException ended) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void close() throws InterruptedException {
            isClosed.set(true);
            thread.join();
        }
    }
}
