package org.exportrelay.testing;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The probes of the Kubernetes manifests on a relay of a test: the same paths and the same time-out. They come every
 * second, so that a short test has as many as a container in minutes.
 */
public final class Probes implements AutoCloseable {

    private static final Duration PERIOD = Duration.ofSeconds(1);
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final List<String> PATHS = List.of("/q/health/live", "/q/health/ready");

    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
    private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private final AtomicInteger probes = new AtomicInteger();
    private final int port;

    private Probes(int port) {
        this.port = port;
    }

    /** Whether the startup probe succeeds, before which Kubernetes sends no other. */
    public static boolean isStarted(int port) {
        try (Probes probes = new Probes(port)) {
            return probes.get("/q/health/started").statusCode() == 200;
        } catch (IOException notYet) {
            return false;
        }
    }

    /** Begins with a relay that has started. */
    public static Probes start(int port) {
        Probes probes = new Probes(port);
        probes.scheduler.scheduleWithFixedDelay(probes::probe, 0, PERIOD.toMillis(), TimeUnit.MILLISECONDS);
        return probes;
    }

    private void probe() {
        for (String path : PATHS) {
            try {
                HttpResponse<String> response = get(path);
                if (response.statusCode() != 200) {
                    failures.add(path + ": " + response.body());
                }
            } catch (IOException e) {
                failures.add(path + ": " + e);
            }
        }
        probes.incrementAndGet();
    }

    private HttpResponse<String> get(String path) throws IOException {
        try {
            return client.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                            .timeout(TIMEOUT)
                            .build(),
                    BodyHandlers.ofString());
        } catch (InterruptedException e) {
            throw new IOException("the test has ended", e);
        }
    }

    /** How often all of them were sent. */
    public int count() {
        return probes.get();
    }

    /** Those that did not succeed. */
    public List<String> failures() {
        return failures;
    }

    /** Ends them, after the one that is being sent. */
    @Override
    public void close() {
        scheduler.shutdown();
        try {
            scheduler.awaitTermination(2 * TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
