package org.exportrelay.ledger.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.exportrelay.ledger.LedgerSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerDatabaseTest {

    private static final int ROUNDS = 40_000;
    private static final int THREADS = 2;
    private static final Duration LONG = Duration.ofSeconds(5);

    @TempDir
    private Path directory;

    /** Each round ends with a release that nobody follows up: whoever missed it would wait in vain. */
    @Test
    void neverLeavesAThreadWaitingForAConnectionThatIsFree() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(THREADS);
        CyclicBarrier round = new CyclicBarrier(THREADS);
        try (LedgerDatabase database =
                LedgerDatabase.openForWork(LedgerSettings.of("jdbc:sqlite:" + directory.resolve("ledger.db")))) {
            Callable<Duration> longest = () -> {
                long most = 0;
                for (int i = 0; i < ROUNDS && most < LONG.toNanos(); i++) {
                    round.await(LONG.toSeconds() * 3, TimeUnit.SECONDS);
                    spin();
                    long start = System.nanoTime();
                    database.jdbi().useTransaction(handle -> handle.createQuery("SELECT 1")
                            .mapTo(Integer.class)
                            .one());
                    most = Math.max(most, System.nanoTime() - start);
                }
                return Duration.ofNanos(most);
            };
            for (Future<Duration> thread : pool.invokeAll(List.of(longest, longest))) {
                assertThat(thread.get()).isLessThan(LONG);
            }
        } finally {
            pool.shutdownNow();
        }
    }

    /** Up to some microseconds, so that the two meet at another point in every round. */
    private static void spin() {
        long end = System.nanoTime() + ThreadLocalRandom.current().nextInt(60_000);
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }

    /** A download that is being stopped still hands its files back. */
    @Test
    void servesAnInterruptedThread() {
        try (LedgerDatabase database =
                LedgerDatabase.openForWork(LedgerSettings.of("jdbc:sqlite:" + directory.resolve("ledger.db")))) {
            Thread.currentThread().interrupt();
            long exports = database.jdbi().withHandle(handle -> handle.createQuery("SELECT count(*) FROM export")
                    .mapTo(Long.class)
                    .one());
            assertThat(exports).isZero();
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }
}
