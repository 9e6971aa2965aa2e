package org.exportrelay.download;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.exportrelay.config.TestSettings;
import org.exportrelay.delivery.DueExport;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.download.Shortage.Limit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How the room in the spool is counted, on a disk whose free space the test sets. */
class SpoolAccountsTest {

    private static final long SPARE = 16 << 20;
    private static final Instant NOW = Instant.parse("2026-02-17T16:00:00Z");
    private static final int SIZE = 400;

    @TempDir
    private Path directory;

    private final AtomicLong usable = new AtomicLong(Long.MAX_VALUE / 2);
    private final SpoolEntries entries = new SpoolEntries();
    private SpoolRoom room;
    private DownloadFiles downloads;

    @BeforeEach
    void begin() {
        SpoolDirectory spool = new SpoolDirectory(directory);
        SizeLimits limits = new SizeLimits(TestSettings.of());
        room = new SpoolRoom(entries, spool, usable::get, limits, 10_000);
        downloads = new DownloadFiles(entries, spool);
    }

    @Test
    void whatIsReservedButNotWrittenIsNotFree() throws IOException {
        usable.set(SPARE + 600);
        assertThat(room.reserve(working(1))).isEmpty();
        assertThat(room.reserve(working(2)))
                .hasValueSatisfying(shortage -> assertThat(shortage.limit()).isEqualTo(Limit.DISK));
        write(file(1), 300);
        usable.set(SPARE + 300);
        assertThat(room.reserve(working(2)))
                .hasValueSatisfying(shortage -> assertThat(shortage.bytes()).isEqualTo(200));
        complete(1);
        usable.set(SPARE + 200);
        assertThat(room.reserve(working(2))).as("400 are needed").isPresent();
        usable.set(SPARE + 400);
        assertThat(room.reserve(working(2)))
                .as("nothing of the first is unwritten")
                .isEmpty();
    }

    @Test
    void aCompleteFileWhoseEndIsNotRecordedYetTakesItsBytesOnce() throws IOException {
        room.reserve(working(1));
        complete(1);
        assertThat(entries.unwritten()).isZero();
        assertThat(entries.reserved()).isZero();
        assertThat(entries.used()).isEqualTo(SIZE);
        downloads.release(List.of(file(1)));
        assertThat(entries.used()).isEqualTo(SIZE);
    }

    @Test
    void aDiskWhoseSpaceCannotBeReadIsNoReasonToRefuseOrDropAnything() throws IOException {
        suspend(kept(1, 5), 100);
        usable.set(0);
        assertThat(room.canEverHold(9_000)).isTrue();
        assertThat(room.keptBeyondLimit()).isZero();
        assertThat(room.reserve(working(2)))
                .hasValueSatisfying(shortage -> assertThat(shortage.isOfRoom()).isFalse());
        assertThat(entries.partials()).containsExactly(1L);
    }

    @Test
    void partialDownloadsGiveWayOnlyWhereThatMakesRoomEnough() throws IOException {
        suspend(working(1, 5), 100);
        suspend(kept(2, 9), 100);
        usable.set(SPARE + 250);
        assertThat(room.reserve(kept(3, 1))).isPresent();
        assertThat(entries.partials()).as("not for one that is only kept").hasSize(2);
        usable.set(SPARE + 150);
        assertThat(room.reserve(working(3, 1))).isPresent();
        assertThat(entries.partials()).as("200 are not enough").hasSize(2);
        usable.set(SPARE + 300);
        assertThat(room.reserve(working(3, 1)))
                .as("counted on the disk, which the test does not change")
                .isPresent();
        assertThat(entries.partials()).as("the kept one is enough").containsExactly(1L);
    }

    @Test
    void aPartialDownloadThatExpiresSoonerStays() throws IOException {
        suspend(working(1, 1), 100);
        usable.set(SPARE + 350);
        assertThat(room.reserve(working(2, 5))).isPresent();
        assertThat(entries.partials()).containsExactly(1L);
    }

    @Test
    void theShareOfKeptFilesIsNoReasonToDropPartialDownloads() throws IOException {
        suspend(working(1, 9), 100);
        LongStream.range(10, 28)
                .forEach(id -> assertThat(room.reserve(kept(id, 1))).isEmpty());
        assertThat(room.reserve(kept(28, 1)))
                .hasValueSatisfying(shortage -> assertThat(shortage.limit()).isEqualTo(Limit.KEPT_SHARE));
        assertThat(entries.partials()).containsExactly(1L);
    }

    @Test
    void seventyThousandFailedDownloadsLeaveNothingBehind() {
        for (long id = 0; id < 70_000; id++) {
            List<ExportFile> files = List.of(file(id));
            room.reserve(working(id));
            downloads.partial(file(id));
            downloads.suspend(files);
            downloads.release(files);
        }
        assertThat(entries.size()).isZero();
        assertThat(entries.claimed()).isEmpty();
        assertThat(entries.used()).isZero();
    }

    private void suspend(DueExport export, int arrived) throws IOException {
        assertThat(room.reserve(export)).isEmpty();
        write(export.files().get(0), arrived);
        downloads.suspend(export.files());
        downloads.release(export.files());
    }

    private void write(ExportFile file, int bytes) throws IOException {
        Files.write(downloads.partial(file).path(), new byte[bytes]);
    }

    private void complete(long fileId) throws IOException {
        write(file(fileId), SIZE);
        downloads.complete(file(fileId));
    }

    private static DueExport working(long fileId) {
        return working(fileId, 7);
    }

    private static DueExport working(long fileId, int days) {
        return new DueExport(List.of(file(fileId, days)), 0L, true);
    }

    private static DueExport kept(long fileId, int days) {
        return new DueExport(List.of(file(fileId, days)), 0L, false);
    }

    static ExportFile file(long fileId) {
        return file(fileId, 7);
    }

    private static ExportFile file(long fileId, int days) {
        return new ExportFile(
                fileId,
                "e" + fileId,
                null,
                "a.bin",
                1,
                "a.bin",
                (long) SIZE,
                null,
                null,
                null,
                NOW,
                NOW,
                NOW.plus(days, ChronoUnit.DAYS));
    }
}
