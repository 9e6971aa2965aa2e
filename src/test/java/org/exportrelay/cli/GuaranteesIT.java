package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.exportrelay.routes.RouteFiles;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.exportrelay.testing.RelayChild.Running;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code test --guarantees}, as the packaged jar: shipped routes keep the guarantees, and routes with a defect do not. */
class GuaranteesIT {

    @TempDir
    private Path directory;

    private RelayChild relay;

    @BeforeEach
    void installTheShippedFiles() {
        relay = RelayChild.in(directory);
    }

    @Test
    void shippedRoutesKeepTheGuarantees() throws IOException {
        relay.withExample("deliver-to-sftp")
                .withExample("deliver-links-to-kafka")
                .withExample("deliver-records-to-kafka")
                .withExample("deliver-to-s3")
                .withExample("deliver-to-webhook");
        Files.writeString(
                directory.resolve("routes/parts.camel.yaml"),
                """
                - route:
                    id: parts
                    from:
                      uri: exports:parts?payload=records
                      steps:
                        - split:
                            expression: {simple: {expression: "${body}"}}
                            streaming: true
                            stopOnException: true
                            steps:
                              - setHeader:
                                  name: ExportPart
                                  expression: {simple: {expression: "${exchangeProperty.CamelSplitIndex}"}}
                              - marshal: {json: {library: Jackson}}
                              - to:
                                  uri: http://parts.example/batches
                """);
        Files.writeString(
                directory.resolve("routes/all.test.yaml"),
                """
                route:
                  - deliver-to-file
                  - deliver-to-sftp
                  - deliver-links-to-kafka
                  - deliver-records-to-kafka
                  - deliver-to-s3
                  - deliver-to-webhook
                  - parts
                settings:
                  sftp.host: sftp.partner.example
                  sftp.directory: inbox
                  sftp.username: relay
                  sftp.password: secret
                  sftp.done-files: true
                  kafka.brokers: broker.example:9092
                  kafka.links-topic: export-links
                  kafka.records-topic: properties
                  s3.bucket: exports
                  s3.region: eu-central-1
                  s3.key: "raw/$simple{header.CamelFileName}"
                  s3.part-size: 64M
                  webhook.url: https://hooks.partner.example/exports
                  webhook.timeout: 10s
                  webhook.secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
                tests:
                  - name: delivers
                    expect: [{outcome: delivered}]
                """);
        Ended ended = relay.run(
                "test", "--guarantees", "routes/all.test.yaml", "--seed", "1", "--rounds", "3", "--timeout", "1m");
        assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
        assertThat(ended.err()).isEmpty();
        assertThat(ended.out())
                .containsPattern("guarantees of routes/all.test.yaml: seed 1\n"
                        + "16 exports in 4 rounds: 3 kills of the process, \\d+ faults? of the API and the store, ")
                .containsPattern("\nendpoint +messages +lost +half +duplicate\n")
                .containsPattern("\nfile +16 +0 +0 +0")
                .containsPattern("\nhttp +16 +0 +0 +([1-9]\\d*)   repeated: \\1 recognizable by ExportDeliveryId\n")
                // Without a duplicate, the line ends with their number.
                .containsPattern(
                        "\nhttps +16 +0 +0 +(0|([1-9]\\d*)   repeated: \\2 recognizable by ExportDeliveryId)\n")
                .containsPattern("\nkafka-records +16 +0 +0 +0   repeated: \\d+ recognized by the receipt\n")
                .containsPattern("\nsftp +32 +0 +0 +0   repeated: \\d+ replaced the first one\n")
                .contains("guarantees: kept: nothing lost, nothing half-visible, and receivers recognize all");
        assertThat(directory.resolve("data")).doesNotExist();
        assertThat(temporaryDirectories()).isEmpty();
    }

    @Test
    void eachDefectIsReportedWithItsLine() throws IOException {
        route("plain", """
                - to:
                    uri: file:plain
                """);
        route(
                "caught",
                """
                - doTry:
                    steps:
                      - to: kafka:caught?brokers=broker.example:9092
                    doCatch:
                      - exception: [java.lang.Exception]
                        steps:
                          - log: "not sent: ${exception.message}"
                """);
        route(
                "appended",
                """
                - to:
                    uri: file:appended
                    parameters: {fileName: all.csv.gz, fileExist: Append}
                """);
        route(
                "tapped",
                """
                - wireTap:
                    uri: jms:queue:tapped?connectionFactory=#class:org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory
                """);
        route(
                "anonymous",
                """
                - removeHeaders: {pattern: "*"}
                - to:
                    uri: https://hooks.example/x
                """);
        Files.writeString(
                directory.resolve("routes/defects.test.yaml"),
                """
                route: [plain, caught, appended, tapped, anonymous]
                tests:
                  - name: delivers
                    expect: [{outcome: delivered}]
                """);
        Ended ended = relay.run(
                "test",
                "--guarantees",
                "routes/defects.test.yaml",
                "--seed",
                "4711",
                "--rounds",
                "3",
                "--timeout",
                "1m");
        assertThat(ended.exitCode()).as(ended.out() + ended.err()).isEqualTo(1);
        assertThat(ended.out())
                .contains("guarantees of routes/defects.test.yaml: seed 4711\n", "; repeat this run with --seed 4711 (")
                .containsPattern("\nfile +32 +0 +17 +([1-9]\\d*)   repeated: .*\\1 added to the file\n")
                .containsPattern("\nhttps +16 +0 +0 +([1-9]\\d*)   repeated: \\1 not recognizable\n")
                .containsPattern("\njms +16 +[1-9]\\d* +0 ")
                .containsPattern("\nkafka +16 +[1-9]\\d* +0 ")
                .containsPattern("\nlost: \\d+ deliver")
                .containsPattern("\n  exports:caught: \\S+ is skipped, but 1 message has not arrived at kafka:caught"
                        + " \\(routes/caught.camel.yaml:8\\)")
                .contains("\nroutes/plain.camel.yaml:6: readers can see a partial file here; add tempPrefix")
                .contains("\nroutes/caught.camel.yaml:9: doCatch swallows the exception")
                .contains("\nroutes/appended.camel.yaml:6: fileExist: Append shows readers a part")
                .contains("\nroutes/tapped.camel.yaml:6: wireTap does not wait")
                .contains("\nroutes/anonymous.camel.yaml:7: a repeated message has no header ExportDeliveryId");
        assertThat(relay.run("validate").out())
                .as("the same fact in the same words")
                .contains("routes/plain.camel.yaml:6: warning: readers can see a partial file here; add tempPrefix");
    }

    @Test
    void aRouteThatDoesNotEndIsReported() throws IOException {
        route(
                "crm",
                """
                - delay: {expression: {simple: {expression: "600000"}}}
                - to:
                    uri: kafka:exports?brokers=broker.example:9092
                """);
        Ended ended = relay.run("test", "--guarantees", "crm", "--timeout", "2s");
        assertThat(ended.exitCode()).as(ended.out() + ended.err()).isEqualTo(2);
        assertThat(ended.out())
                .contains("not ended in time: 24 deliveries")
                .contains("guarantees: not tested, because the route delivers nothing when nothing fails");
    }

    @Test
    void leavesNeitherAProcessNorFilesBehindWhenItIsEnded() throws IOException {
        Path temporary = Files.createDirectory(directory.resolve("temporary"));
        Running running =
                relay.withJava("-Djava.io.tmpdir=" + temporary).start("test", "--guarantees", "deliver-to-file");
        await().atMost(Duration.ofSeconds(60))
                .until(() -> running.process().children().findAny().isPresent());
        List<ProcessHandle> children = running.process().children().toList();
        Ended ended = running.stop();
        assertThat(ended.exitCode()).isEqualTo(143);
        assertThat(ended.err()).isEmpty();
        assertThat(children).noneMatch(ProcessHandle::isAlive);
        assertThat(temporary).isDirectoryNotContaining("glob:**/export-relay-*");
    }

    @Test
    void reportsWhatCannotBeRun() throws IOException {
        Ended unknown = relay.run("test", "--guarantees", "deliver-to-fiel");
        assertThat(unknown.exitCode()).isEqualTo(2);
        assertThat(unknown.err())
                .isEqualTo("--guarantees deliver-to-fiel: there is no such file or route; did you mean"
                        + " deliver-to-file?\n");
        route("crm", "- to: \"file:{{crm.directory}}\"\n");
        Ended faulty = relay.run("test", "--guarantees", "crm");
        assertThat(faulty.exitCode()).isEqualTo(2);
        assertThat(faulty.err()).startsWith("routes/crm.camel.yaml:6: {{crm.directory}} has no value");
        Ended both = relay.run("test", "--guarantees", "crm", "routes");
        assertThat(both.exitCode()).isEqualTo(2);
        assertThat(both.err()).startsWith("--guarantees ROUTE takes no FILE and no --junit-xml; remove them");
    }

    private void route(String name, String steps) throws IOException {
        Files.writeString(
                directory.resolve("routes/" + name + RouteFiles.SUFFIX),
                """
                - route:
                    id: %s
                    from:
                      uri: exports:%1$s?payload=file
                      steps:
                """
                                .formatted(name)
                        + steps.indent(8));
    }

    private static List<Path> temporaryDirectories() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return files.filter(file -> file.getFileName().toString().startsWith("export-relay-guarantees"))
                    .toList();
        }
    }
}
