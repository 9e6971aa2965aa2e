package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RetryUntilRecordedTest {

    @Test
    void tellsUntilItIsHeardAndComplainsOnce() {
        AtomicInteger tries = new AtomicInteger();
        AtomicInteger complaints = new AtomicInteger();
        boolean told = RetryUntilRecorded.tell(
                () -> {
                    if (tries.incrementAndGet() < 3) {
                        throw new IllegalStateException("the disk is full");
                    }
                },
                failure -> complaints.incrementAndGet());
        assertThat(told).isTrue();
        assertThat(tries).hasValue(3);
        assertThat(complaints).hasValue(1);
    }

    @Test
    void givesUpWhereTheProcessStops() {
        Thread.currentThread().interrupt();
        boolean told = RetryUntilRecorded.tell(
                () -> {
                    throw new IllegalStateException("the disk is full");
                },
                failure -> {});
        assertThat(told).isFalse();
        assertThat(Thread.interrupted()).isTrue();
    }
}
