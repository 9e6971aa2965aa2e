package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.exportrelay.testing.RelayChild.Running;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code plan}, as the packaged jar, beside a relay that runs and without one. */
class PlanIT {

    private static final String ROUTE =
            """
            - route:
                id: crm
                description: Delivers links to a directory
                from:
                  uri: exports:crm
                  parameters:
                    name: "%s"
                  steps:
                    - to:
                        uri: file:crm
                        parameters:
                          tempFileName: ".${header.ExportDeliveryId}.part"
            """;

    @TempDir
    private Path directory;

    @Test
    void showsWhatAnEditWouldSetInMotionAndChangesNothing() throws Exception {
        try (Sandbox sandbox = sandbox()) {
            RelayChild relay = RelayChild.in(directory).at(sandbox);
            assertThat(relay.run("plan").exitCode()).isEqualTo(2);
            assertThat(relay.run("once").exitCode()).isZero();
            Ended unchanged = relay.run("plan");
            assertThat(unchanged.exitCode()).as(unchanged.err()).isZero();
            assertThat(unchanged.out()).startsWith("plan: 0 changes, 0 deliveries of the past; a running relay loads");

            Path archive = directory.resolve("routes/deliver-to-file.camel.yaml");
            Files.writeString(
                    archive,
                    Files.readString(archive)
                            .replace("parallel: 8", "parallel: 8\n        window: \"22:00-06:00 Europe/Berlin\""));
            assertThat(relay.run("plan").out())
                    .startsWith(
                            "routes/deliver-to-file.camel.yaml is changed\nexports:archive receives deliveries within"
                                    + " 22:00-06:00 Europe/Berlin instead of at any time\nplan: 2 changes, ");

            write("*");
            relay.without("deliver-to-file");
            Ended planned = relay.run("plan");
            assertThat(planned.exitCode()).isZero();
            assertThat(planned.out().lines())
                    .anyMatch(line -> line.equals("routes/crm.camel.yaml is added"))
                    .anyMatch(line -> line.equals("routes/deliver-to-file.camel.yaml is removed"))
                    .anyMatch(line -> line.matches("exports:crm is new; \\d+ deliveries of the past are created"
                            + " \\([\\d,]+ bytes, at most 20 API requests\\)"))
                    .anyMatch(line ->
                            line.equals("exports:archive has no route; 0 deliveries wait; put the route back, or"
                                    + " run 'retire archive'"));
            assertThat(relay.run("plan", "--json").out())
                    .contains("{\"change\":\"destination-new\",\"subject\":\"exports:crm\",")
                    .contains("\"api_requests\":20}");
            assertThat(relay.ledger().column("SELECT name FROM destination")).containsExactly("archive");
        }
    }

    @Test
    void aNewDestinationWithManyDeliveriesOfThePastWaitsUntilItIsConfirmed() throws Exception {
        try (Sandbox sandbox = sandbox()) {
            RelayChild relay = RelayChild.in(directory)
                    .at(sandbox)
                    .with("relay.routes.reload", "confirm")
                    .with("relay.routes.confirm-above", 5);
            Running run = relay.start("run");
            try {
                await().atMost(Duration.ofSeconds(60))
                        .until(() -> relay.archived().size() >= 20);
                write("*");
                await().atMost(Duration.ofSeconds(30)).until(() -> run.output()
                        .contains("routes/crm.camel.yaml:1: warning: waits for a confirmation: exports:crm is new and"
                                + " would receive "));
                assertThat(relay.ledger().column("SELECT name FROM destination"))
                        .containsExactly("archive");

                Ended applied = relay.run("plan", "--apply");
                assertThat(applied.exitCode()).as(applied.err()).isZero();
                assertThat(applied.out()).contains("; confirmed; ");
                await().atMost(Duration.ofSeconds(30)).until(() -> Files.isDirectory(directory.resolve("crm")));
                assertThat(run.output()).containsOnlyOnce("waits for a confirmation");
            } finally {
                run.stop();
            }
        }
    }

    @Test
    void aNewDestinationWithFewDeliveriesOfThePastDoesNotWait() throws Exception {
        try (Sandbox sandbox = sandbox()) {
            RelayChild relay = RelayChild.in(directory).at(sandbox).with("relay.routes.reload", "confirm");
            Running run = relay.start("run");
            try {
                await().atMost(Duration.ofSeconds(60))
                        .until(() -> relay.archived().size() >= 20);
                write("people*");
                await().atMost(Duration.ofSeconds(30)).until(() -> Files.isDirectory(directory.resolve("crm")));
            } finally {
                assertThat(run.stop().out()).doesNotContain("waits for a confirmation");
            }
        }
    }

    private static Sandbox sandbox() {
        return Sandbox.start(SandboxOptions.defaults()
                .withExports(20)
                .withArrivalPeriod(Duration.ZERO)
                .withSeed(7));
    }

    private void write(String name) throws IOException {
        Files.writeString(directory.resolve("routes/crm.camel.yaml"), ROUTE.formatted(name));
    }
}
