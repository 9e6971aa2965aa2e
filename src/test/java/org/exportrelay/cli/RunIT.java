package org.exportrelay.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.FreePort;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.exportrelay.testing.RelayChild.Running;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code run}, {@code validate} and {@code sandbox} as the packaged jar. */
class RunIT {

    private static final Path PGP_KEY =
            Path.of("routes/examples/example-recipient.asc").toAbsolutePath();
    private static final String WEBHOOK_SECRET = "whsec_" + "c2VjcmV0".repeat(4);

    @TempDir
    private Path directory;

    @Test
    void showsVerifiedFilesInTheSandboxArchiveAndStopsCleanly() throws Exception {
        // Settings of a live installation must not lead simulated exports there.
        RelayChild relay = RelayChild.in(directory)
                .with("archive.directory", directory.resolve("live"))
                .with("relay.api.url", "https://api.example.com");
        Running running = relay.start("run", "--sandbox");
        Path archive = directory.resolve("data/sandbox/archive");
        try {
            await().atMost(Duration.ofSeconds(60)).until(() -> visible(archive).size() >= 12);
            for (Path file : visible(archive)) {
                try (GZIPInputStream content = new GZIPInputStream(Files.newInputStream(file))) {
                    assertThat(content.readAllBytes()).isNotEmpty();
                }
            }
            await().atMost(Duration.ofSeconds(60)).until(() -> visible(archive).size() >= 14);
            assertThat(relay.run("status").err())
                    .contains("there is no ledger yet")
                    .contains("add --sandbox");
            for (String command : List.of("status", "history", "plan")) {
                Ended ended = relay.run(command, "--sandbox");
                assertThat(ended.exitCode()).as(command + ended.err()).isZero();
            }
            assertThat(relay.run("status", "--sandbox").out()).contains("archive");
            assertThat(relay.run("pause", "archive", "--sandbox").out()).startsWith("exports:archive: paused; ");
            assertThat(directory.resolve("data")).isDirectoryNotContaining("glob:**ledger.db");
        } finally {
            Ended ended = running.stop();
            assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
            assertThat(ended.out())
                    .containsOnlyOnce("SIGTERM: stopping; deliveries in flight that do not finish within ")
                    .containsOnlyOnce("Export Relay stopped")
                    .contains("polling http://127.0.0.1:")
                    .contains("exports:archive: delivered")
                    .contains("poll: ");
            assertThat(ended.err()).isEmpty();
            assertThat(directory.resolve("live")).doesNotExist();
        }
    }

    @Test
    void refusesASecondProcessOnTheSameDataDirectoryInOneLine() throws Exception {
        RelayChild relay = RelayChild.in(directory);
        Running first = relay.start("run", "--sandbox");
        try {
            await().atMost(Duration.ofSeconds(60)).until(() -> first.output().contains("polling"));
            Ended second = relay.run("run", "--sandbox");
            assertThat(second.exitCode()).isEqualTo(2);
            assertThat(second.err().lines())
                    .singleElement()
                    .asString()
                    .contains("another Export Relay process uses it");
        } finally {
            assertThat(first.stop().exitCode()).isZero();
        }
    }

    @Test
    void refusesToStartWithASpoolThatCannotBeUsed() throws Exception {
        Path spool = directory.resolve("data/sandbox/spool");
        Files.createDirectories(spool.getParent());
        Files.createFile(spool);
        Ended ended = RelayChild.in(directory).run("run", "--sandbox");
        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.out() + ended.err()).doesNotContain("exception will be ignored");
        assertThat(ended.err().lines())
                .singleElement()
                .asString()
                .contains("relay.data-dir: the spool ")
                .contains("sandbox/spool is not a directory");
    }

    @Test
    void saysWhatIsMissingWithoutAKey() {
        Ended ended = RelayChild.in(directory).run("run");
        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.err().lines())
                .singleElement()
                .asString()
                .contains("relay.api.key")
                .contains("DM_API_KEY");
    }

    @Test
    void finishesWhatIsUnderWayAndGoesOnAfterARestart() throws Exception {
        RelayChild relay = RelayChild.in(directory).with("relay.sandbox.faults", "0.1");
        for (int i = 0; i < 2; i++) {
            Running running = relay.start("run", "--sandbox");
            await().atMost(Duration.ofSeconds(60)).until(() -> running.output().contains("delivered"));
            assertThat(running.stop().exitCode()).isZero();
        }
    }

    @Test
    void validatesTheShippedFiles() {
        Ended ended =
                RelayChild.in(directory).with("dm.api.key", "dm_sk_live_x").run("validate");
        assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
        assertThat(ended.out()).contains("0 faults, 0 warnings");
        assertThat(directory.resolve("data")).doesNotExist();
    }

    @Test
    void countsAMissingKeyOfTheApiAndMisspeltKeysOfRoutesAsWarnings() throws Exception {
        RelayChild relay =
                RelayChild.in(directory).withExample("deliver-to-sftp").withExample("deliver-to-webhook");
        Path settings = directory.resolve("application.properties");
        Files.writeString(
                settings,
                Files.readString(settings).replace("archive.directory=", "archive.directroy=")
                        + "sftp.host=h\nsftp.directory=d\nsftp.username=u\nsftp.paralel=2\n"
                        + "webhook.urll=https://example.com\nwebhook.secret=" + WEBHOOK_SECRET
                        + "\nwebhook.timeout=30s\n");
        Ended ended = relay.run("validate");
        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.out().lines())
                .anyMatch(line -> line.matches("application.properties:\\d+: warning: archive.directroy is used by no"
                        + " route, but archive.directory is; .*"))
                .anyMatch(
                        line -> line.matches(
                                "application.properties:\\d+: warning: sftp.paralel is used by no route, but sftp.parallel is; .*"))
                .anyMatch(line -> line.endsWith("{{webhook.url}} has no value; application.properties sets"
                        + " webhook.urll: correct the name of one of the two"))
                .anyMatch(line -> line.contains("neither a password nor a private key")
                        && line.endsWith("set sftp.password or sftp.private-key-file"))
                .anyMatch(line -> line.startsWith("warning: relay.api.key is not set"))
                .anyMatch(line -> line.endsWith("4 route files, 1 fault, 5 warnings"));
    }

    /** With the settings that application.properties suggests for them; nobody listens anywhere. */
    @Test
    void validatesEveryExampleWithoutContactingAnyone() throws Exception {
        RelayChild relay =
                RelayChild.in(directory).with("dm.api.key", "dm_sk_live_x").with("smtp.password", "s3cret");
        try (Stream<Path> examples = Files.list(Path.of("routes/examples"))) {
            examples.map(example -> example.getFileName().toString())
                    .filter(example -> example.endsWith(".camel.yaml"))
                    .forEach(example -> relay.withExample(example.replace(".camel.yaml", "")));
        }
        Path settings = directory.resolve("application.properties");
        Files.writeString(
                settings,
                Files.readString(settings)
                        .replaceAll("(?m)^#([a-z0-9.-]+=)", "$1")
                        .replaceAll("(?m)^(webhook[a-z.-]+secret=)$", "$1" + WEBHOOK_SECRET)
                        .replaceAll("(?m)^([a-z0-9.-]+(?:password|secret|key|token|config)=)$", "$1" + "x".repeat(32))
                        .replace("/etc/export-relay/id_ed25519", settings.toString())
                        .replaceAll("(?m)^pgp.encrypt-to=.*", "pgp.encrypt-to=" + PGP_KEY)
                        .replaceAll("(?m)^pgp.sign-.*\\n", ""));
        Ended ended = relay.run("validate");
        assertThat(ended.out()).contains("25 route files, 0 faults, 0 warnings");
        assertThat(ended.exitCode()).isZero();
        assertThat(ended.err()).doesNotContain("ERROR");
    }

    @Test
    void namesFileLineAndRemedyOfEachFaultAndStartsNothing() throws Exception {
        RelayChild relay = RelayChild.in(directory).with("dm.api.key", "dm_sk_live_x");
        Files.writeString(
                directory.resolve("routes/bad.camel.yaml"),
                """
                - route:
                    id: poll-exports
                    from:
                      uri: exports:archive
                      parameters:
                        paralel: 3
                    steps:
                """);
        Files.writeString(
                directory.resolve("routes/worse.camel.yaml"),
                """
                - route:
                    id: worse
                    from:
                      uri: exports:worse
                      parameters:
                        payload: file
                      steps:
                        - to:
                            uri: "file:{{nowhere.directory}}"
                        - to:
                            uri: nonsense:x
                        - to:
                            uri: file:/tmp
                        - split:
                            expression:
                              simple:
                                expression: "${body}"
                            steps:
                              - log: x
                """);
        Files.writeString(
                directory.resolve("routes/step.camel.yaml"),
                """
                - route:
                    id: step
                    from:
                      uri: exports:step
                      steps:
                        - bean:
                            ref: nobody
                """);
        Files.writeString(
                directory.resolve("routes/value.camel.yaml"),
                """
                - route:
                    id: value
                    from:
                      uri: exports:value
                      parameters:
                        payload: everything
                      steps:
                        - log: x
                """);
        Ended ended = relay.run("validate");
        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.out().lines())
                .anyMatch(line -> line.startsWith("routes/value.camel.yaml:4: everything is not one of")
                        && line.endsWith("link, file, records, manifest"))
                .anyMatch(line -> line.startsWith("routes/bad.camel.yaml:"))
                .anyMatch(line -> line.startsWith("routes/worse.camel.yaml:9: {{nowhere.directory}} has no value"))
                .anyMatch(line -> line.startsWith("routes/worse.camel.yaml:10: there is no component nonsense"))
                .anyMatch(
                        line -> line.startsWith("routes/worse.camel.yaml:12: warning: readers can see a partial file"))
                .anyMatch(line -> line.startsWith("routes/worse.camel.yaml:14: warning: after a failed part"))
                .anyMatch(line -> line.startsWith("routes/step.camel.yaml:6: ") && line.contains("nobody"));
        Ended run = relay.run("run");
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("routes/step.camel.yaml:6: ").doesNotContain("\tat ");
    }

    @Test
    void namesTheExtensionsThatRoutesNeedByValidateAndAtStart() throws Exception {
        RelayChild relay = RelayChild.in(directory).with("dm.api.key", "dm_sk_live_x");
        String route =
                """
                - route:
                    id: %1$s
                    from:
                      uri: exports:%1$s
                      parameters:
                        payload: file
                      steps:
                        %2$s
                """;
        Path routes = directory.resolve("routes");
        Files.writeString(routes.resolve("chat.camel.yaml"), route.formatted("chat", "- to: slack:general"));
        Files.writeString(
                routes.resolve("xml.camel.yaml"),
                route.formatted("xml", "- marshal:\n            jacksonXml: {}\n        - to: file:xml?tempPrefix=."));
        for (String command : List.of("validate", "run")) {
            Ended ended = relay.run(command);
            assertThat(ended.exitCode()).isEqualTo(2);
            assertThat((ended.out() + ended.err()).lines())
                    .anyMatch(
                            line -> line.startsWith("routes/chat.camel.yaml:8: this program does not have the component"
                                    + " slack; add camel-quarkus-slack and build it again"))
                    .anyMatch(line ->
                            line.startsWith("routes/xml.camel.yaml:8: this program does not have the data format"
                                    + " jacksonXml; add camel-quarkus-jacksonxml and build it again"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"route:\n  id: a\n", "routes:\n  - route:\n      id: a\n", "# later\n", "- log: x\n"})
    void startsNothingWhereAFileDefinesNoRoute(String text) throws Exception {
        Files.createDirectories(directory.resolve("routes"));
        Files.writeString(directory.resolve("routes/a.camel.yaml"), text);
        RelayChild relay = RelayChild.in(directory).with("dm.api.key", "dm_sk_live_x");
        Ended validated = relay.run("validate");
        assertThat(validated.exitCode()).isEqualTo(2);
        assertThat(validated.out().lines())
                .anyMatch(line -> line.startsWith("routes/a.camel.yaml:1: "))
                .last()
                .asString()
                .isEqualTo("validate: routes have faults, which are listed above; 3 route files, 1 fault, 0 warnings");
        Ended once = relay.run("once");
        assertThat(once.exitCode()).isEqualTo(2);
        assertThat(once.err()).contains("routes/a.camel.yaml:1: ").doesNotContain("\tat ");
    }

    @Test
    void warnsOfAHiddenRouteFileAndOfVariablesOfServicesAndStarts() throws Exception {
        RelayChild relay = RelayChild.in(directory)
                .with("SFTP_PORT", "sctp://[fd00::1]:8080")
                .with("RELAY_POLL_PERIOD", "");
        Files.writeString(directory.resolve("routes/.f.camel.yaml"), "- nonsense:\n");
        try (Sandbox sandbox = Sandbox.start(SandboxOptions.defaults().withExports(1))) {
            relay.at(sandbox);
            Ended validated = relay.run("validate");
            assertThat(validated.out())
                    .contains("routes/.f.camel.yaml:1: warning: not loaded, because its name starts with '.'")
                    .contains("warning: environment: ignored, because Kubernetes creates them for Services")
                    .endsWith("validate: settings and routes are valid; 2 route files, 0 faults, 2 warnings"
                            + System.lineSeparator());
            Ended once = relay.run("once");
            assertThat(once.exitCode()).as(once.err()).isZero();
            assertThat(once.err())
                    .contains("routes/.f.camel.yaml:1: warning: not loaded")
                    .contains("environment: ignored, because Kubernetes creates them");
        }
    }

    @Test
    void tellsEachWrongSettingInALineWithItsRemedy() {
        Ended ended = RelayChild.in(directory)
                .with("relay.poll.period", "60")
                .with("relay.poll.page-size", "many")
                .run("validate");
        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.err().lines())
                .containsExactly(
                        "relay.poll.page-size=many: not a whole number; write digits only",
                        "relay.poll.period=60: not a duration; write a whole number with its unit ms, s, m, h or d, such as 60s or 15m");
    }

    @Test
    void stopsAtOnceWhileItWaitsForAnApiThatIsAway() {
        RelayChild relay = RelayChild.in(directory)
                .with("relay.api.url", "http://127.0.0.1:1")
                .with("relay.api.key", "dm_sk_live_x");
        Running running = relay.start("run");
        await().atMost(Duration.ofSeconds(60)).until(() -> running.output().contains("trying again in 8s"));
        long start = System.nanoTime();
        assertThat(running.stop().exitCode()).isZero();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(6));
        assertThat(running.output()).doesNotContain("Timeout occurred").doesNotContain("\tat ");
    }

    @Test
    void servesMetricsOnTheLoopbackAddressOnly() throws Exception {
        int port = FreePort.find();
        RelayChild relay = RelayChild.in(directory).with("relay.http.port", port);
        Running running = relay.start("run", "--sandbox");
        try {
            await().atMost(Duration.ofSeconds(60)).until(() -> running.output().contains("delivered"));
            await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
                String metrics = new String(
                        URI.create("http://127.0.0.1:" + port + "/metrics")
                                .toURL()
                                .openStream()
                                .readAllBytes(),
                        UTF_8);
                assertThat(metrics)
                        .contains("relay_deliveries_attempts_total{destination=\"archive\",outcome=\"delivered\"")
                        .contains("relay_deliveries_waiting ")
                        .contains("relay_deliveries_at_risk{destination=\"archive\",} 0.0");
            });
            Ended second = RelayChild.in(directory.resolve("second"))
                    .with("relay.http.port", port)
                    .run("run", "--sandbox");
            assertThat(second.exitCode()).isEqualTo(2);
            assertThat(second.err().lines())
                    .singleElement()
                    .asString()
                    .contains("relay.http.port=" + port)
                    .contains("free one");
        } finally {
            assertThat(running.stop().exitCode()).isZero();
        }
    }

    @Test
    void servesTheSandboxAloneUntilStopped() {
        Running sandbox = RelayChild.in(directory).start("sandbox", "--exports", "3");
        await().atMost(Duration.ofSeconds(60)).until(() -> sandbox.output().contains("relay.api.key=dm_sk_live_"));
        assertThat(sandbox.output()).contains("relay.api.url=http://127.0.0.1:");
        assertThat(sandbox.stop().exitCode()).isZero();
    }

    @Test
    void helpsWithoutStartingAnything() {
        for (String[] command : List.of(
                new String[] {"--help"},
                new String[] {"run", "--help"},
                new String[] {"once", "--help"},
                new String[] {"validate", "--help"},
                new String[] {"sandbox", "--help"})) {
            Ended ended =
                    RelayChild.in(directory.resolve(String.join("-", command))).run(command);
            assertThat(ended.exitCode()).isZero();
            assertThat(ended.out()).startsWith("Usage: export-relay");
        }
    }

    private static List<Path> visible(Path directory) throws Exception {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> !file.getFileName().toString().startsWith("."))
                    .toList();
        }
    }
}
