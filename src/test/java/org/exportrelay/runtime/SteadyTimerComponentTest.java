package org.exportrelay.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.TimerTask;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.exportrelay.testing.LogLines;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SteadyTimerComponentTest {

    private final DefaultCamelContext context = new DefaultCamelContext();
    private final AtomicInteger fired = new AtomicInteger();

    @BeforeEach
    void startContext() {
        context.addComponent("timer", new SteadyTimerComponent());
        context.start();
    }

    @AfterEach
    void stopContext() {
        context.stop();
    }

    @Test
    void firesPeriodicallyAsCamelsOwnDoes() throws Exception {
        route("periodic", "timer:periodic?period=50&delay=0");
        await().until(() -> fired.get() >= 4);
    }

    @Test
    void firesSoOftenAsRepeatCountSays() throws Exception {
        route("counted", "timer:counted?period=20&repeatCount=3");
        await().until(() -> fired.get() == 3);
        await().during(Duration.ofMillis(300)).until(() -> fired.get() == 3);
    }

    @Test
    void firesAtAFixedRate() throws Exception {
        route("fixed", "timer:fixed?period=50&fixedRate=true&delay=0");
        await().until(() -> fired.get() >= 4);
    }

    @Test
    void stopsWithItsRouteAndFiresAgainAfterItsStart() throws Exception {
        route("stopping", "timer:stopping?period=20&delay=0");
        await().until(() -> fired.get() > 0);
        context.getRouteController().stopRoute("stopping");
        int atStop = fired.get();
        await().during(Duration.ofMillis(300)).until(() -> fired.get() == atStop);
        context.getRouteController().startRoute("stopping");
        await().until(() -> fired.get() > atStop);
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().startsWith("Timer-"));
    }

    @Test
    void firesWithoutADelayInRoutesThatAreAddedWhileCamelRuns() throws Exception {
        for (int i = 0; i < 100; i++) {
            route("added-" + i, "timer:added-" + i + "?period=1h&delay=0");
        }
        await().until(() -> fired.get() == 100);
    }

    @ParameterizedTest
    @ValueSource(classes = {OutOfMemoryError.class, StackOverflowError.class, NoClassDefFoundError.class})
    void firesAgainAfterAnErrorAndLogsItOnce(Class<? extends Error> type) throws Exception {
        Error error = type.getConstructor().newInstance();
        ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();
        SteadyTimer timer = new SteadyTimer("timer://poll", executor);
        try (LogLines log = LogLines.of(SteadyTimer.class)) {
            timer.schedule(
                    new TimerTask() {
                        @Override
                        public void run() {
                            if (fired.incrementAndGet() < 4) {
                                throw error;
                            }
                        }
                    },
                    0,
                    20);
            await().until(() -> fired.get() >= 6);
            assertThat(log.all())
                    .containsExactly("ERROR timer://poll failed (" + error + "); it runs again after its period");
        } finally {
            timer.cancel();
        }
    }

    private void route(String id, String from) throws Exception {
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from(from).routeId(id).process(exchange -> fired.incrementAndGet());
            }
        });
    }
}
