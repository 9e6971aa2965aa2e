package org.exportrelay.poll;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ScanProgressTest {

    private final AtomicLong nanos = new AtomicLong();
    private final ScanProgress progress = new ScanProgress(nanos::get);

    @Test
    void describesALongScanEveryTenSecondsWithTheTimeItWillTake() {
        progress.begin();
        List<String> lines = new ArrayList<>();
        for (int page = 1; page < 1000; page++) {
            nanos.addAndGet(Duration.ofMillis(1250).toNanos());
            progress.afterPage(page, page * 100, page * 90, 100_000L).ifPresent(lines::add);
        }
        assertThat(lines).hasSize(124);
        assertThat(lines.get(7))
                .isEqualTo(
                        "poll: reading the list: 64 pages, 6,400 of 100,000 exports seen, 5,760 new; about 19m 30s left");
    }

    @Test
    void aShortScanHasNoLine() {
        progress.begin();
        nanos.addAndGet(Duration.ofSeconds(9).toNanos());
        assertThat(progress.afterPage(3, 300, 300, 400L)).isEmpty();
    }

    @Test
    void estimatesNothingWhereTheApiGivesNoTotalOrOneThatIsTooSmall() {
        progress.begin();
        nanos.addAndGet(Duration.ofSeconds(10).toNanos());
        assertThat(progress.afterPage(3, 300, 0, null))
                .contains("poll: reading the list: 3 pages, 300 exports seen, 0 new");
        nanos.addAndGet(Duration.ofSeconds(10).toNanos());
        assertThat(progress.afterPage(1, 300, 0, 200L))
                .contains("poll: reading the list: 1 page, 300 exports seen, 0 new");
    }
}
