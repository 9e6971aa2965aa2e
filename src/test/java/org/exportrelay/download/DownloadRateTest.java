package org.exportrelay.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.exportrelay.api.HttpConnections;
import org.exportrelay.api.WebUrl;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.TestSettings;
import org.exportrelay.download.StoreClient.Answer;
import org.exportrelay.testing.LocalServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code relay.download.max-rate}. */
class DownloadRateTest {

    private static final int MEGABYTE = 1_000_000;
    private static final double TENTH = 0.1;

    private final LocalServer server = new LocalServer();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    /** Of the clock without real time. */
    private long nanos;

    private final List<Long> waits = new ArrayList<>();

    @AfterEach
    void close() {
        threads.shutdownNow();
        server.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {1024, MEGABYTE, 20L << 20, 10L << 30})
    void aLargeFileTakesItsTime(long rate) throws IOException {
        DownloadRate limit = limit(rate);
        long bytes = 0;
        InputStream body = limit.limit(endless());
        byte[] buffer = new byte[128 * 1024];
        while (bytes < 10 * rate) {
            bytes += body.read(buffer);
        }
        assertThat(seconds()).isCloseTo((double) bytes / rate, within(0.2));
        assertThat(waits)
                .as("milliseconds; none may look like a stalled download")
                .allMatch(wait -> wait <= 250);
    }

    @Test
    void manySmallFilesTakeTheTimeOfALargeOne() throws IOException {
        DownloadRate limit = limit(MEGABYTE);
        for (int file = 0; file < 1000; file++) {
            drain(limit.limit(new ByteArrayInputStream(new byte[10_000])));
        }
        assertThat(seconds()).isCloseTo(10, within(0.2));
    }

    @Test
    void whatWasNotReceivedForAWhileIsNotMadeUpFor() throws IOException {
        DownloadRate limit = limit(MEGABYTE);
        nanos = TimeUnit.HOURS.toNanos(1);
        drain(limit.limit(new ByteArrayInputStream(new byte[MEGABYTE])));
        assertThat(seconds() - 3600).isCloseTo(1, within(0.15));
    }

    @Test
    void readsEveryByteAsItIs() throws IOException {
        byte[] content = new byte[300];
        IntStream.range(0, content.length).forEach(i -> content[i] = (byte) i);
        InputStream body = limit(MEGABYTE).limit(new ByteArrayInputStream(content));
        assertThat(body.read()).isZero();
        assertThat(body.readNBytes(199)).hasSize(199).endsWith(199);
        for (int expected = 200; expected < 300; expected++) {
            assertThat(body.read()).isEqualTo(expected & 0xff);
        }
        assertThat(body.read()).isEqualTo(-1);
    }

    @Test
    void aWaitEndsWhenTheProcessStops() throws Exception {
        DownloadRate limit = new DownloadRate(1024, 1);
        Thread thread = Thread.currentThread();
        threads.submit(() -> {
            Thread.sleep(200);
            thread.interrupt();
            return null;
        });
        assertThatThrownBy(() -> drain(limit.limit(endless()))).isInstanceOf(InterruptedIOException.class);
        assertThat(Thread.interrupted()).as("the caller sees it too").isTrue();
    }

    /** One body comes in small pieces, as from a server that flushes often. */
    @Test
    void downloadsAtTheSameTimeReceiveEqualShares() throws Exception {
        DownloadRate limit = new DownloadRate(MEGABYTE, 3);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(2);
        List<Callable<Long>> downloads = List.of(
                () -> receive(limit.limit(endless()), 128 * 1024, end),
                () -> receive(limit.limit(endless()), 4 * 1024, end),
                () -> receive(limit.limit(inPieces(endless(), 700)), 128 * 1024, end));
        List<Long> received = new ArrayList<>();
        for (Future<Long> download : threads.invokeAll(downloads)) {
            received.add(download.get());
        }
        double sum = received.stream().mapToLong(Long::longValue).sum();
        assertThat(sum).isCloseTo(2.0 * MEGABYTE, within(TENTH * 2 * MEGABYTE));
        assertThat(received)
                .allSatisfy(share -> assertThat((double) share).isCloseTo(sum / 3, within(TENTH * sum / 3)));
    }

    /** With a timeout that is shorter than the download. */
    @Test
    void downloadsFromAStoreKeepToTheLimitTogetherAndDoNotStall(@TempDir Path directory) throws Exception {
        int size = 3 * MEGABYTE;
        server.answer("/file", LocalServer.body(200, "text/csv", new byte[size]));
        server.answer("/warm-up", LocalServer.body(200, "text/csv", "id\n"));
        RelaySettings settings = TestSettings.of(
                "relay.download.max-rate", "2000000",
                "relay.download.stall-timeout", "1s",
                "relay.download.parallel", "2",
                "relay.download.allowed-hosts", server.authority());
        StoreClient store =
                new StoreClient(settings, new SizeLimits(settings), new HttpConnections(settings, Map.of()));
        try {
            secondsToDownload(store, "/warm-up", directory.resolve("0"), 0);
            long start = System.nanoTime();
            List<Callable<Double>> downloads = List.of(
                    () -> secondsToDownload(store, "/file", directory.resolve("1"), start),
                    () -> secondsToDownload(store, "/file", directory.resolve("2"), start));
            double last = 0;
            for (Future<Double> seconds : threads.invokeAll(downloads)) {
                last = Math.max(last, seconds.get());
            }
            assertThat(last).as("the first one may have begun later").isCloseTo(3, within(3 * TENTH));
            assertThat(Files.size(directory.resolve("1"))).isEqualTo(size);
        } finally {
            store.close();
        }
    }

    private double secondsToDownload(StoreClient store, String path, Path target, long start) throws Exception {
        PartialFile partial = new PartialFile(TestFiles.listed("a.csv", null), target);
        assertThat(store.download(WebUrl.of(server.url(path).toString()), partial))
                .isEqualTo(Answer.DOWNLOADED);
        return (System.nanoTime() - start) / 1e9;
    }

    private static long receive(InputStream body, int buffer, long end) throws IOException {
        byte[] bytes = new byte[buffer];
        long received = 0;
        while (System.nanoTime() < end) {
            received += body.read(bytes);
        }
        return received;
    }

    private DownloadRate limit(long rate) {
        return new DownloadRate(rate, 4, () -> nanos, millis -> {
            waits.add(millis);
            nanos += TimeUnit.MILLISECONDS.toNanos(millis);
        });
    }

    private double seconds() {
        return nanos / 1e9;
    }

    private static void drain(InputStream body) throws IOException {
        byte[] buffer = new byte[4 * 1024];
        while (body.read(buffer) >= 0) {
            // As fast as it comes.
        }
    }

    private static InputStream endless() {
        return new InputStream() {

            @Override
            public int read() {
                return 0;
            }

            @Override
            public int read(byte[] buffer, int offset, int length) {
                return length;
            }
        };
    }

    private static InputStream inPieces(InputStream body, int most) {
        return new FilterInputStream(body) {

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                return in.read(buffer, offset, Math.min(most, length));
            }
        };
    }
}
