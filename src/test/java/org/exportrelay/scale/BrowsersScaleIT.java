package org.exportrelay.scale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Running;
import org.exportrelay.testing.TcpGate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What open pages of the console cost the packaged relay while it delivers an export every second. */
@Tag("scale")
class BrowsersScaleIT {

    private static final int BROWSERS = 50;
    private static final Duration SETTLED = Duration.ofSeconds(15);
    private static final Duration WINDOW = Duration.ofSeconds(20);
    /** As in console.js. */
    private static final Duration REFRESH = Duration.ofSeconds(5);

    @TempDir
    private Path directory;

    private final int port = TcpGate.freePort();
    private final HttpClient client = HttpClient.newHttpClient();
    private final AtomicInteger received = new AtomicInteger();

    @Test
    void fiftyOpenPagesCostHardlyAnyProcessorTime() throws Exception {
        try (Sandbox sandbox = Sandbox.start(SandboxOptions.defaults()
                .withArrivalPeriod(Duration.ofSeconds(1))
                .withRequestsPerMinute(100_000)
                .withRequestsPerDay(1_000_000))) {
            Running running = RelayChild.in(directory)
                    .at(sandbox)
                    .with("relay.poll.period", "1s")
                    .with("relay.http.port", port)
                    .start("run");
            try {
                await().atMost(Duration.ofMinutes(1)).ignoreExceptions().until(() -> get("/destinations/archive") > 0);
                double without = core(running);
                double overviews = withBrowsers(running, "/live", null);
                double destinations =
                        withBrowsers(running, "/live/changes?destination=archive", "/destinations/archive");
                double afterwards = core(running);
                System.out.printf(
                        "An export a second: %.1f %% of a core without browsers, %.1f %% with %d overviews, %.1f %% with %d pages"
                                + " of a destination, %.1f %% afterwards%n",
                        without, overviews, BROWSERS, destinations, BROWSERS, afterwards);
                assertThat(overviews - Math.max(without, afterwards)).isLessThan(2);
                assertThat(destinations - Math.max(without, afterwards)).isLessThan(2);
            } finally {
                running.stop();
            }
        }
    }

    private double withBrowsers(Running running, String stream, String page) throws Exception {
        try (Browsers browsers = new Browsers(stream, page)) {
            double core = core(running);
            assertThat(received.getAndSet(0)).isGreaterThan(BROWSERS);
            return core;
        }
    }

    private static double core(Running running) throws Exception {
        Thread.sleep(SETTLED.toMillis());
        return ProcessorShare.of(running, WINDOW);
    }

    private int get(String path) throws IOException, InterruptedException {
        return client.send(
                        HttpRequest.newBuilder(uri(path))
                                .header("X-Requested-By", "console")
                                .build(),
                        BodyHandlers.ofString())
                .body()
                .length();
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    /** Pages that listen, and load themselves again as console.js does. */
    private final class Browsers implements AutoCloseable {

        private final ScheduledExecutorService timer = new ScheduledThreadPoolExecutor(2);
        private final List<InputStream> streams = new ArrayList<>();

        Browsers(String stream, String page) throws Exception {
            for (int i = 0; i < BROWSERS; i++) {
                InputStream events = client.send(
                                HttpRequest.newBuilder(uri(stream)).build(), BodyHandlers.ofInputStream())
                        .body();
                streams.add(events);
                Thread reader = new Thread(() -> read(events, page));
                reader.setDaemon(true);
                reader.start();
                Thread.sleep(ThreadLocalRandom.current().nextInt(100));
            }
        }

        private void read(InputStream events, String page) {
            // A second change within the time is answered by the same request.
            AtomicInteger due = new AtomicInteger();
            try (Scanner lines = new Scanner(events)) {
                while (lines.hasNextLine()) {
                    if (lines.nextLine().startsWith("event: ")) {
                        received.incrementAndGet();
                        if (page != null && due.compareAndSet(0, 1)) {
                            timer.schedule(() -> load(page, due), REFRESH.toMillis(), TimeUnit.MILLISECONDS);
                        }
                    }
                }
            }
        }

        private void load(String page, AtomicInteger due) {
            due.set(0);
            try {
                get(page);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            } catch (InterruptedException ended) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void close() throws IOException {
            timer.shutdownNow();
            for (InputStream stream : streams) {
                stream.close();
            }
        }
    }
}
