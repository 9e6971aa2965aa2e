package org.exportrelay.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What has happened within about a second. */
class RecentCountTest {

    private final AtomicLong now = new AtomicLong(TimeUnit.DAYS.toNanos(3));
    private final RecentCount count = new RecentCount(now::get);

    @Test
    void countsTheSecondThatHasBegunOrTheOneBefore() {
        count.increment();
        count.increment();
        assertThat(count.value()).isEqualTo(2);
        after(1000);
        count.increment();
        assertThat(count.value()).as("more in the second before").isEqualTo(2);
        after(1000);
        assertThat(count.value()).isEqualTo(1);
    }

    @Test
    void forgetsWhatHappenedLongBefore() {
        count.increment();
        after(2500);
        assertThat(count.value()).isZero();
    }

    private void after(long millis) {
        now.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
    }
}
