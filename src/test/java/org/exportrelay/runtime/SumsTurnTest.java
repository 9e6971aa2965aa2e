package org.exportrelay.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.exportrelay.ledger.PollLease;
import org.exportrelay.ledger.TestDatabase;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.testing.SettableClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Instances of a ledger on PostgreSQL, and which of them shows its sums. */
class SumsTurnTest {

    private static final Duration PERIOD = Duration.ofSeconds(5);
    private static final int STEPS = 400;

    private final AtomicLong nanos = new AtomicLong();
    private final SettableClock clock = new SettableClock(Instant.parse("2026-02-17T16:00:00Z"));
    private LedgerDatabase database;
    private Instance one;
    private Instance two;

    @BeforeEach
    void open(@TempDir Path directory) {
        database = LedgerDatabase.openForWork(TestDatabase.POSTGRESQL.withTables(directory));
        one = new Instance("one");
        two = new Instance("two");
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void theInstanceThatPollsShowsThemAfterItsPredecessorHasEnded() {
        poll(one);
        assertThat(one.shows()).as("another may have polled until now").isFalse();
        pass(PERIOD, one);
        pass(PERIOD, one);
        pass(PERIOD, one);
        assertThat(one.shows()).isTrue();
        assertThat(two.shows()).isFalse();

        // It is suspended, and the other polls, a little later.
        pass(PERIOD.plusSeconds(1), two);
        assertThat(one.shows()).as("still valid").isTrue();
        assertThat(two.shows()).isFalse();
        pass(PERIOD, two);
        pass(PERIOD, two);
        assertThat(one.shows()).as("suspended for longer").isFalse();
        pass(PERIOD, two);
        assertThat(two.shows()).isTrue();
        one.confirm();
        assertThat(one.shows()).isFalse();
    }

    @Test
    void anInstanceThatAloneHasLostTheLedgerEndsItsTurn() {
        pass(PERIOD, one);
        pass(PERIOD, one);
        pass(PERIOD, one);
        pass(PERIOD, one);
        assertThat(one.shows()).isTrue();

        one.hasLedger = false;
        for (int failed = 0; failed < 3; failed++) {
            pass(PERIOD);
            assertThatThrownBy(one::confirm).isInstanceOf(IllegalStateException.class);
        }
        assertThat(one.shows()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void neverTwoWhateverTheyDoAndWhenever(long seed) {
        Random random = new Random(seed);
        int shown = 0;
        for (int step = 0; step < STEPS; step++) {
            Instance instance = random.nextInt(8) < 6 ? one : two;
            switch (random.nextInt(4)) {
                case 0 -> instance.lease.begin(PERIOD, random.nextInt(10) == 0);
                case 1 -> instance.lease.end();
                case 2 -> instance.confirm();
                default -> pass(Duration.ofMillis(random.nextInt(4_000)));
            }
            List<Instance> showing = Stream.of(one, two).filter(Instance::shows).toList();
            assertThat(showing).as("step %d", step).hasSizeLessThan(2);
            shown += showing.size();
        }
        assertThat(shown).isPositive();
    }

    private void pass(Duration time, Instance polling) {
        pass(time);
        poll(polling);
        polling.confirm();
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
        clock.advance(time);
    }

    private static void poll(Instance instance) {
        assertThat(instance.lease.begin(PERIOD, false)).isTrue();
        instance.lease.end();
    }

    /** One process, as seen by a scrape. */
    private final class Instance {

        final PollLease lease;
        private final SumsTurn turn;
        private boolean isConfirmed;
        private boolean hasLedger = true;

        Instance(String name) {
            lease = new PollLease(database, name, clock, nanos::get);
            turn = new SumsTurn(this::lease, () -> database, nanos::get);
        }

        private PollLease lease() {
            if (!hasLedger) {
                throw new IllegalStateException("the ledger cannot be used");
            }
            return lease;
        }

        void confirm() {
            isConfirmed = turn.confirm();
        }

        boolean shows() {
            return isConfirmed && !turn.hasEnded();
        }
    }
}
