package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RetryUntilRecordedTest {

    @Test
    void retriesUntilItIsRecordedAndReportsTheFailureOnce() {
        AtomicInteger tries = new AtomicInteger();
        AtomicInteger reports = new AtomicInteger();
        boolean recorded = RetryUntilRecorded.run(
                () -> {
                    if (tries.incrementAndGet() < 3) {
                        throw new IllegalStateException("the disk is full");
                    }
                },
                failure -> reports.incrementAndGet());
        assertThat(recorded).isTrue();
        assertThat(tries).hasValue(3);
        assertThat(reports).hasValue(1);
    }

    @Test
    void stopsWhereTheProcessStops() {
        Thread.currentThread().interrupt();
        boolean recorded = RetryUntilRecorded.run(
                () -> {
                    throw new IllegalStateException("the disk is full");
                },
                failure -> {});
        assertThat(recorded).isFalse();
        assertThat(Thread.interrupted()).isTrue();
    }
}
