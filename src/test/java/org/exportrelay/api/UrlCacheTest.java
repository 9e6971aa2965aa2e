package org.exportrelay.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class UrlCacheTest {

    private static final Instant NOW = Instant.parse("2026-02-17T16:00:00Z");
    private static final long MEGABYTE = 1024 * 1024;

    private final UrlCache cache = new UrlCache(32 * MEGABYTE);

    /** 240 MB in all, of which the heap of a small process has room for an eighth. */
    @Test
    void staysWithinItsBytesAndKeepsThoseThatExpireFirst() {
        for (int i = 0; i < 3_000; i++) {
            cache.put(export(i, 100, 560), true);
            assertThat(cache.bytes()).isLessThanOrEqualTo(32 * MEGABYTE);
        }
        assertThat(cache.bytes()).isGreaterThan(20 * MEGABYTE);
        assertThat(IntStream.range(0, 200)).allMatch(i -> cache.get("e" + i) != null);
        assertThat(cache.get("e2999")).isNull();
    }

    @Test
    void dropsDownloadedExportsBeforeThoseThatWait() {
        IntStream.range(0, 200).forEach(i -> cache.put(export(i, 100, 560), true));
        IntStream.range(0, 10).forEach(i -> cache.release("e" + i));
        IntStream.range(200, 2_000).forEach(i -> cache.put(export(i, 100, 560), false));
        assertThat(IntStream.range(10, 200)).allMatch(i -> cache.get("e" + i) != null);
        assertThat(IntStream.range(0, 10)).allMatch(i -> cache.get("e" + i) == null);
        assertThat(cache.get("e1999")).isNotNull();
    }

    @Test
    void countsNoExportTwiceAndForgetsWhatHasExpired() {
        for (int i = 0; i < 50; i++) {
            cache.put(export(1, 10, 100), i % 2 == 0);
            cache.put(export(2, 10, 100), false);
        }
        assertThat(cache.bytes()).isEqualTo(UrlCache.bytes(export(1, 10, 100)) + UrlCache.bytes(export(2, 10, 100)));
        cache.removeExpired(NOW.plus(Duration.ofDays(30)));
        assertThat(cache.get("e1")).isNull();
        cache.remove("e2");
        assertThat(cache.bytes()).isZero();
    }

    /** The estimate is that of a real heap. */
    @Test
    void estimatesAtLeastTheBytesThatTheUrlsTake() {
        assertThat(UrlCache.bytes(export(1, 100, 560))).isBetween(100L * 700, 100L * 1000);
    }

    private static Export export(int number, int files, int signature) {
        List<DownloadUrl> urls = IntStream.range(0, files)
                .mapToObj(i -> new DownloadUrl(
                        "file-" + i + ".csv.gz",
                        "https://storage.googleapis.com/exports/" + number + "/" + i + "?X-Goog-Signature="
                                + "f".repeat(signature),
                        1L))
                .toList();
        return new Export(
                "e" + number,
                "completed",
                null,
                null,
                null,
                1L,
                1L,
                urls,
                NOW,
                NOW,
                NOW.plus(Duration.ofDays(1)).plusSeconds(number));
    }
}
