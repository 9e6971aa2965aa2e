package org.exportrelay.scale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.IntStream;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Running;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What 200 destinations cost the packaged relay that has delivered to all of them and has nothing more to do. */
@Tag("scale")
class DestinationsScaleIT {

    private static final int DESTINATIONS = 200;
    private static final int EXPORTS = 8;
    private static final Duration SETTLED = Duration.ofSeconds(75);
    private static final Duration WINDOW = Duration.ofSeconds(30);

    @TempDir
    private Path directory;

    @Test
    void manyDestinationsWithoutWorkCostNoThreadsAndHardlyAnyProcessorTime() throws Exception {
        try (Sandbox sandbox = Sandbox.start(SandboxOptions.defaults()
                .withArrivalPeriod(Duration.ZERO)
                .withExports(0)
                .withRequestsPerMinute(1_000_000)
                .withRequestsPerDay(100_000_000))) {
            RelayChild relay = RelayChild.in(directory)
                    .at(sandbox)
                    .without("deliver-to-file")
                    .with("relay.poll.period", "30s");
            for (int i = 0; i < DESTINATIONS; i++) {
                addRoute(i);
            }
            IntStream.range(0, EXPORTS)
                    .forEach(i -> sandbox.addFinished("properties_export", new SandboxFile("properties.csv.gz", 10)));
            Running running = relay.start("run");
            try {
                await().atMost(Duration.ofMinutes(4))
                        .pollInterval(Duration.ofSeconds(2))
                        .ignoreExceptions()
                        .until(() -> relay.ledger().number("SELECT count(*) FROM delivery WHERE state = 'delivered'")
                                == DESTINATIONS * EXPORTS);
                measure(running);
            } finally {
                running.stop();
            }
        }
    }

    private static void measure(Running running) throws Exception {
        Thread.sleep(SETTLED.toMillis());
        double core = ProcessorShare.of(running, WINDOW);
        long threads = status(running, "Threads");
        long mebibytes = status(running, "VmRSS") / 1024;
        System.out.printf(
                "%d destinations, idle: %d threads, %.1f %% of a core, %d MiB resident%n",
                DESTINATIONS, threads, core, mebibytes);
        assertThat(threads).isLessThan(150);
        assertThat(mebibytes).isLessThan(300);
        assertThat(core).isLessThan(2);
    }

    /** A number of the process's status, as Linux has it. */
    private static long status(Running running, String name) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + running.process().pid() + "/status")).stream()
                .filter(line -> line.startsWith(name + ":"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }

    private void addRoute(int number) throws IOException {
        Files.writeString(
                directory.resolve("routes/deliver-to-" + number + ".camel.yaml"),
                """
                - route:
                    id: deliver-to-%1$d
                    description: Delivers to a directory
                    from:
                      uri: exports:archive-%1$d
                      parameters:
                        payload: file
                        parallel: 8
                      steps:
                        - to:
                            uri: "file:data/archive-%1$d"
                """
                        .formatted(number));
    }
}
