package org.exportrelay.scale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A spool that is smaller than what waits for one destination still serves the other. */
@Tag("scale")
class SpoolShareScaleIT {

    private static final int EXPORTS = Integer.getInteger("scale.exports", 2000);
    private static final int RECORDS = 2500;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"java.lang.IllegalStateException", "java.net.ConnectException"})
    void aDestinationThatRefusesAllKeepsNoFileFromTheOther(String refusal) throws Exception {
        try (Sandbox sandbox = Sandbox.start(SandboxOptions.defaults()
                .withArrivalPeriod(Duration.ZERO)
                .withExports(0)
                .withRequestsPerMinute(1_000_000)
                .withRequestsPerDay(100_000_000))) {
            RelayChild relay = RelayChild.in(directory)
                    .at(sandbox)
                    .with("relay.poll.period", "2s")
                    .with("relay.spool.max-size", EXPORTS * 10_000L);
            Files.writeString(
                    directory.resolve("routes/deliver-to-partner.camel.yaml"),
                    """
                    - route:
                        id: deliver-to-partner
                        description: Refuses everything
                        from:
                          uri: exports:partner
                          parameters:
                            payload: file
                            parallel: 8
                          steps:
                            - throwException:
                                exceptionType: "%s"
                                message: refused
                    """
                            .formatted(refusal));
            IntStream.range(0, EXPORTS)
                    .forEach(i ->
                            sandbox.addFinished("properties_export", new SandboxFile("properties.csv.gz", RECORDS)));
            long bytes = sandbox.content(sandbox.exports().get(0).id(), 0).length;
            Running running = relay.start("run");
            try {
                await().atMost(Duration.ofMinutes(5))
                        .pollInterval(Duration.ofSeconds(2))
                        .ignoreExceptions()
                        .until(() -> relay.ledger()
                                        .number("SELECT count(*) FROM delivery WHERE destination = 'archive'"
                                                + " AND state = 'delivered'")
                                == EXPORTS);
                System.out.printf(
                        "%,d files of %,d bytes, a spool of %,d bytes, %s: all delivered to the other destination%n",
                        EXPORTS, bytes, EXPORTS * 10_000L, refusal);
            } finally {
                System.out.println(relay.ledger()
                        .rows("SELECT destination, state, count(*) FROM delivery GROUP BY destination, state"));
                assertThat(running.stop().exitCode()).isZero();
            }
        }
    }
}
