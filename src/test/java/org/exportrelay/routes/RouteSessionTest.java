package org.exportrelay.routes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.CamelContext;
import org.apache.camel.Processor;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RouteSessionTest {

    /** Its own patience of 5 s, and time for a slow machine. */
    private static final Duration CLOSED = Duration.ofSeconds(20);

    private final CamelContext context = new DefaultCamelContext();
    private final CountDownLatch released = new CountDownLatch(1);
    private final AtomicInteger started = new AtomicInteger();

    @TempDir
    private Path directory;

    @BeforeEach
    void start() {
        context.start();
    }

    @AfterEach
    void stop() {
        released.countDown();
        context.stop();
    }

    @Test
    void closesAlthoughAnExchangeWaitsForAStepThatDoesNotEnd() throws Exception {
        context.getRegistry().bind("hanging", (Processor) exchange -> {
            started.incrementAndGet();
            released.await();
        });
        closesInTimeWithAnExchangeInFlight();
    }

    @Test
    void closesAlthoughAnExchangeIgnoresThatItIsInterrupted() throws Exception {
        context.getRegistry().bind("hanging", (Processor) exchange -> {
            started.incrementAndGet();
            while (released.getCount() > 0) {
                try {
                    released.await();
                } catch (InterruptedException e) {
                    // As code that catches it and goes on waiting.
                }
            }
        });
        closesInTimeWithAnExchangeInFlight();
    }

    private void closesInTimeWithAnExchangeInFlight() throws Exception {
        long begun;
        try (RouteSession session = new RouteSession(context)) {
            assertThat(session.open(List.of(hangingRoute()))).isEmpty();
            await().until(() -> started.get() == 1);
            begun = System.nanoTime();
        }
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(CLOSED);
        assertThat(context.getRoutes()).isEmpty();
        try (RouteSession next = new RouteSession(context)) {
            assertThat(next.open(List.of(hangingRoute())))
                    .as("the same routes can run again")
                    .isEmpty();
            await().atMost(10, TimeUnit.SECONDS).until(() -> started.get() == 2);
            released.countDown();
        }
    }

    private Path hangingRoute() throws IOException {
        return Files.writeString(
                directory.resolve("hang" + RouteFiles.SUFFIX),
                """
                - route:
                    id: hang
                    from:
                      uri: timer:hang
                      parameters: {delay: 0, repeatCount: 1}
                      steps:
                        - process: {ref: hanging}
                """);
    }
}
