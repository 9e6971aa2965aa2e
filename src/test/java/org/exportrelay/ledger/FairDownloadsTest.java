package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.exportrelay.api.DownloadUrl;
import org.exportrelay.api.Export;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.DueExport;
import org.exportrelay.delivery.NamePattern;
import org.junit.jupiter.api.Test;

/** Which exports are downloaded first if several destinations wait. */
class FairDownloadsTest extends LedgerTest {

    private final Destination backfill = wanting("backfill", "past*");
    private final Destination archive = wanting("archive", "new*");
    private final Destination partner = wanting("partner", "other*");

    @Test
    void aBacklogThatExpiresEarlierDoesNotDelayTheExportsOfOtherDestinations() {
        me.start(backfill, archive, partner);
        list("past", 500, Duration.ofDays(1));
        list("new", 10, Duration.ofDays(6));
        list("other", 10, Duration.ofDays(7));
        me.createDeliveries();
        assertThat(claimed(30)).containsOnly("past", "new", "other").satisfies(names -> assertThat(
                        List.of("past", "new", "other"))
                .allSatisfy(
                        name -> assertThat(names.stream().filter(name::equals)).hasSize(10)));
        clock.advance(Duration.ofSeconds(2));
        list("new", 1, Duration.ofDays(6));
        me.createDeliveries();
        assertThat(claimed(4)).containsOnlyOnce("new");
    }

    @Test
    void onlyExportsThatExpireWithinTheHourComeFirst() {
        me.start(backfill, archive);
        list("past", 10, Duration.ofMinutes(50));
        list("past", 10, Duration.ofMinutes(70));
        list("new", 10, Duration.ofDays(6));
        me.createDeliveries();
        assertThat(claimed(10)).containsOnly("past");
        assertThat(claimed(10)).contains("past", "new");
    }

    private List<String> claimed(int most) {
        return me.claimExports(most).stream()
                .map(DueExport::files)
                .map(files -> files.get(0).exportName())
                .toList();
    }

    private void list(String name, int exports, Duration valid) {
        Instant now = clock.instant();
        IntStream.range(0, exports)
                .forEach(i -> me.record(new Export(
                        name + valid + i + now,
                        "completed",
                        name,
                        null,
                        null,
                        1L,
                        1L,
                        List.of(new DownloadUrl("a.csv.gz", "https://store/a", 1L)),
                        now,
                        now,
                        now.plus(valid))));
    }

    private static Destination wanting(String name, String pattern) {
        return new Destination(name, new NamePattern(pattern), true, true, RETRIES);
    }
}
