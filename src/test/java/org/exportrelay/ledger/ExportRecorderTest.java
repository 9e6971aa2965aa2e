package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.exportrelay.api.DownloadUrl;
import org.exportrelay.api.Export;
import org.exportrelay.api.RejectedEntry;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.delivery.VerifiedFile;
import org.junit.jupiter.api.Test;

/** Which exports and files there are. */
class ExportRecorderTest extends LedgerTest {

    @Test
    void recordsAnExportOnceAndKnowsItFromThenOn() {
        assertThat(me.record(export("a", "one.csv.gz"))).isEqualTo(RecordResult.NEW);
        assertThat(me.record(export("a", "one.csv.gz"))).isEqualTo(RecordResult.KNOWN);
        assertThat(me.recorder.known(List.of("a", "b"))).containsExactly("a");
        assertThat(rows("export_file")).isEqualTo(1);
    }

    @Test
    void countsAnExportWithoutUrlsAsTooLateAndAddsItsFilesIfTheyAreListedLater() {
        assertThat(me.record(export("a"))).isEqualTo(RecordResult.TOO_LATE);
        assertThat(me.recorder.known(List.of("a"))).isEmpty();
        assertThat(me.record(export("a", "one.csv.gz"))).isEqualTo(RecordResult.NEW);
        assertThat(rows("export")).isEqualTo(1);
    }

    @Test
    void keepsNullFieldsNull() {
        Export bare = new Export(
                "bare",
                "completed",
                null,
                null,
                null,
                null,
                null,
                List.of(new DownloadUrl(null, "https://store/x", null)),
                null,
                null,
                null);
        me.record(bare);
        me.start(links("any"));
        ExportFile file = deliveries.claim(links("any"), 1).get(0).file();
        assertThat(file.exportName()).isNull();
        assertThat(file.size()).isNull();
        assertThat(file.recordCount()).isNull();
        assertThat(file.expiresAt()).isNull();
        assertThat(file.safeName()).isEqualTo("export");
    }

    @Test
    void givesTwoFilesOfTheSameNameTwoSafeNames() {
        me.record(export("a", "one.csv.gz", "one.csv.gz", "o/ne.csv.gz"));
        me.start(links("any"));
        assertThat(deliveries.claim(links("any"), 9))
                .extracting(delivery -> delivery.file().uniqueName())
                .containsExactly("one.a.csv.gz", "one.2.a.csv.gz", "o_ne.a.csv.gz");
    }

    /** The most that an export may have, all of the same name; several of them at a time. */
    @Test
    void takesAnExportOfTenThousandFilesFromTheListToItsDelivery() {
        assumeTrue(on != TestDatabase.PGBOUNCER, "the same statements as on PostgreSQL, and slow");
        String[] names = new String[10_000];
        Arrays.fill(names, "one.csv.gz");
        me.start(files("archive"));
        for (String id : List.of("a", "b")) {
            me.record(export(id, names));
        }
        me.createDeliveries();
        List<Long> first = claimedFiles();
        List<Long> second = claimedFiles();
        assertThat(first.size()).isEqualTo(10_000);
        assertThat(second.size()).isEqualTo(10_000);
        me.ready(first.stream().map(id -> new VerifiedFile(id, "ab", 7L)).toList());
        assertThat(deliveries.claim(files("archive"), 20_000).size()).isEqualTo(10_000);
        me.releaseFiles(second);
        assertThat(claimedFiles().equals(second)).isTrue();
    }

    private List<Long> claimedFiles() {
        return me.claimExports(8).stream()
                .flatMap(export -> export.fileIds().stream())
                .toList();
    }

    @Test
    void neverGivesTwoFilesTheSameNameHoweverTheyAreNumbered() {
        me.record(export("a", "a.csv.gz", "a.csv.gz", "a.2.csv.gz"));
        me.start(links("any"));
        assertThat(deliveries.claim(links("any"), 9))
                .extracting(delivery -> delivery.file().uniqueName())
                .doesNotHaveDuplicates();
    }

    @Test
    void remembersInstantsToTheMillisecond() {
        me.record(export("a", "one.csv.gz"));
        me.start(links("any"));
        assertThat(deliveries.claim(links("any"), 1).get(0).file().createdAt())
                .isEqualTo(Instant.parse("2026-02-17T15:30:00.123Z"));
    }

    @Test
    void reportsARejectedEntryOnce() {
        assertThat(me.recorder.reject(new RejectedEntry("x", "it has no status")))
                .isTrue();
        assertThat(me.recorder.reject(new RejectedEntry("x", "it has no status")))
                .isFalse();
        assertThat(rows("rejected_entry")).isEqualTo(1);
    }

    @Test
    void noLongerListsAnExportAsRejectedOnceItIsRecorded() {
        me.recorder.reject(new RejectedEntry("a", "its field download_urls does not have the documented type"));
        me.recorder.reject(new RejectedEntry("b", "it has no status"));
        me.record(export("a", "one.csv.gz"));
        List<String> rejected = database.jdbi()
                .withHandle(handle -> handle.createQuery("SELECT export_id FROM rejected_entry")
                        .mapTo(String.class)
                        .list());
        assertThat(rejected).containsExactly("b");
    }

    @Test
    void storesNoUrl() {
        me.record(export("a", "one.csv.gz"));
        me.start(links("any"));
        for (String table : List.of("export", "export_file", "destination", "delivery")) {
            List<Map<String, Object>> rows = database.jdbi()
                    .withHandle(handle -> handle.createQuery("SELECT * FROM " + table)
                            .mapToMap()
                            .list());
            assertThat(rows).isNotEmpty();
            assertThat(rows.toString()).doesNotContain("https://").doesNotContain("Signature");
        }
    }
}
