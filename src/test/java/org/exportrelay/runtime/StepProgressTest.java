package org.exportrelay.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A step that hangs, and nothing else, is overdue. */
class StepProgressTest {

    private static final Duration LIMIT = Duration.ofSeconds(45);

    private final AtomicLong nanos = new AtomicLong();
    private final StepProgress progress = new StepProgress(nanos::get);

    StepProgressTest() {
        progress.expect("renew the leases", LIMIT);
    }

    @Test
    void aStepThatEndsInTimeIsNotOverdue() {
        for (int second = 0; second < 200; second += 40) {
            pass(40);
            run(() -> {});
            assertThat(progress.overdue()).isEmpty();
        }
    }

    /** Such as one every ten minutes, which must not look as if it hung for seven of them. */
    @ParameterizedTest
    @ValueSource(ints = {1, 60, 600})
    void aStepIsNotOverdueBeforeItsNextTurn(int interval) {
        StepProgress seldom = new StepProgress(nanos::get);
        seldom.expectEvery("delete", Duration.ofSeconds(interval), LIMIT);
        pass(interval + 44);
        assertThat(seldom.overdue()).isEmpty();
        pass(2);
        assertThat(seldom.overdue()).containsKey("delete");
    }

    @Test
    void aStepThatHangsIsOverdueUntilItEnds() {
        pass(46);
        assertThat(progress.overdue()).containsExactlyEntriesOf(Map.of("renew the leases", seconds(46)));
        run(() -> {});
        assertThat(progress.overdue()).isEmpty();
    }

    @Test
    void aStepThatFailsHasEnded() {
        pass(30);
        run(() -> {
            throw new IllegalStateException("the disk is full");
        });
        run(() -> {
            throw new OutOfMemoryError("heap");
        });
        pass(30);
        assertThat(progress.overdue()).isEmpty();
    }

    @Test
    void aLedgerThatRefusesConnectionsIsNoReasonToRestart() {
        pass(30);
        run(() -> {
            throw new IllegalStateException(new SQLException(new ConnectException("Connection refused")));
        });
        pass(30);
        assertThat(progress.overdue()).isEmpty();
    }

    @Test
    void aLedgerThatRefusesToServeIsNoReasonToRestart() {
        for (SQLException refusal : new SQLException[] {
            new SQLException("the database system is starting up", "57P03"),
            new SQLException("sorry, too many clients already", "53300"),
            new SQLException("The connection attempt failed.", "08001", new UnknownHostException("ledger"))
        }) {
            pass(30);
            run(() -> {
                throw new IllegalStateException(
                        new SQLTransientConnectionException("ledger - Connection is not available", refusal));
            });
        }
        assertThat(progress.overdue()).isEmpty();
    }

    @Test
    void aLedgerThatHangsLooksTheSameAsAStepThatHangs() {
        for (Throwable hung : new Throwable[] {
            new SQLTimeoutException("no answer"),
            new SQLException("canceling statement", "57014"),
            new SQLTransientConnectionException(
                    "ledger - Connection is not available, request timed out after 10000ms"),
            new SQLException("I/O error", "08006", new SocketTimeoutException("Read timed out"))
        }) {
            pass(30);
            run(() -> {
                throw new IllegalStateException(hung);
            });
        }
        assertThat(progress.overdue()).containsOnlyKeys("renew the leases");
    }

    @Test
    void nothingIsOverdueAfterTheRoutesHaveStopped() {
        pass(46);
        progress.clear();
        run(() -> {});
        assertThat(progress.overdue()).isEmpty();
    }

    private void run(Runnable work) {
        new Step("renew the leases", work, new LedgerFailures(), progress).run();
    }

    private void pass(long seconds) {
        nanos.addAndGet(seconds(seconds).toNanos());
    }

    private static Duration seconds(long seconds) {
        return Duration.ofSeconds(seconds);
    }
}
