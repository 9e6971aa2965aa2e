package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.exportrelay.routes.RouteFiles;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code test --guarantees}, as the packaged jar: shipped routes keep the guarantees, and routes with a defect do not. */
class GuaranteesIT {

    @TempDir
    private Path directory;

    private RelayChild relay;

    @BeforeEach
    void installTheShippedFiles() {
        relay = RelayChild.in(directory);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "deliver-to-file",
                "examples/deliver-to-sftp",
                "examples/deliver-links-to-kafka",
                "examples/deliver-to-webhook",
                "examples/deliver-records-to-kafka",
                "examples/deliver-to-s3"
            })
    void shippedRoutesKeepTheGuarantees(String name) throws IOException {
        Files.createDirectories(directory.resolve("routes/examples"));
        for (String suffix : List.of(".camel.yaml", ".test.yaml")) {
            Path target = directory.resolve("routes/" + name + suffix);
            if (!Files.exists(target)) {
                Files.copy(Path.of("routes/" + name + suffix), target);
            }
        }
        Ended ended = relay.run("test", "--guarantees", "routes/" + name + ".camel.yaml", "--rounds", "3");
        assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
        assertThat(ended.err()).isEmpty();
        assertThat(ended.out())
                .containsPattern("guarantees of routes/" + name + ".camel.yaml: seed \\d+\n"
                        + "16 exports in 4 rounds: 3 kills of the process, ")
                .containsPattern("\nendpoint +messages +lost +half +duplicate\n")
                .contains("guarantees: kept: nothing lost, nothing half-visible, and receivers recognize all");
        assertThat(directory.resolve("data")).doesNotExist();
        assertThat(leftovers()).as("temporary directories").isEmpty();
    }

    @Test
    void aFileWithoutATemporaryNameIsSeenInPart() throws IOException {
        route(
                """
                - to:
                    uri: file:out
                """);
        Ended ended = broken();
        assertThat(ended.out())
                .contains("\nroutes/crm.camel.yaml:7: readers can see a partial file here; add tempPrefix or tempFileName");
        assertThat(relay.run("validate").out()).as("the same finding").contains("readers can see a partial file here");
    }

    @Test
    void aSwallowedExceptionLoses() throws IOException {
        route(
                """
                - doTry:
                    steps:
                      - to: kafka:exports?brokers=broker.example:9092
                    doCatch:
                      - exception: [java.lang.Exception]
                        steps:
                          - log: "not sent: ${exception.message}"
                """);
        assertThat(broken().out())
                .containsPattern("\nlost: \\d+ deliver")
                .contains(" is skipped, but 1 message has not arrived at kafka:exports (routes/crm.camel.yaml:9)")
                .contains("\nroutes/crm.camel.yaml:11: doCatch swallows the exception");
    }

    @Test
    void appendingToOneFileRepeats() throws IOException {
        route(
                """
                - to:
                    uri: file:out
                    parameters: {fileName: all.csv.gz, fileExist: Append}
                """);
        assertThat(broken().out())
                .containsPattern("\nfile +16 +0 +1 +[1-9]\\d*   each was added to the file\n")
                .contains("\nroutes/crm.camel.yaml:7: fileExist: Append shows readers a part");
    }

    @Test
    void aWireTapLoses() throws IOException {
        route(
                """
                - wireTap:
                    uri: kafka:exports?brokers=broker.example:9092
                """);
        assertThat(broken().out())
                .containsPattern("\nlost: \\d+ deliver")
                .contains(" is delivered, but 1 message has not arrived at kafka:exports")
                .contains("\nroutes/crm.camel.yaml:7: wireTap does not wait");
    }

    @Test
    void theSameSeedCausesTheSameFaults() throws IOException {
        route(
                """
                - to:
                    uri: kafka:exports?brokers=broker.example:9092
                - removeHeaders: {pattern: "*"}
                - to:
                    uri: https://hooks.example/x
                """);
        Ended ended = broken();
        assertThat(ended.out())
                .contains("guarantees of crm: seed 4711\n", "; repeat this run with --seed 4711 (")
                .contains("\nroutes/crm.camel.yaml:10: a repeated message has no header ExportDeliveryId");
    }

    @Test
    void aRouteThatDoesNotEndIsReported() throws IOException {
        route(
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
    void reportsWhatCannotBeRun() throws IOException {
        Ended unknown = relay.run("test", "--guarantees", "deliver-to-fiel");
        assertThat(unknown.exitCode()).isEqualTo(2);
        assertThat(unknown.err())
                .isEqualTo("--guarantees deliver-to-fiel: there is no such file or route; did you mean"
                        + " deliver-to-file?\n");
        route("- to: \"file:{{crm.directory}}\"\n");
        Ended faulty = relay.run("test", "--guarantees", "crm");
        assertThat(faulty.exitCode()).isEqualTo(2);
        assertThat(faulty.err()).startsWith("routes/crm.camel.yaml:6: {{crm.directory}} has no value");
        Ended both = relay.run("test", "--guarantees", "crm", "routes");
        assertThat(both.exitCode()).isEqualTo(2);
        assertThat(both.err()).startsWith("--guarantees ROUTE takes no FILE and no --junit-xml; remove them");
    }

    /** Five kills are enough for each of these defects; the seed decides which messages fail. */
    private Ended broken() {
        Ended ended = relay.run("test", "--guarantees", "crm", "--seed", "4711", "--rounds", "3");
        assertThat(ended.exitCode()).as(ended.out() + ended.err()).isEqualTo(1);
        return ended;
    }

    private void route(String steps) throws IOException {
        Files.writeString(
                directory.resolve("routes/crm" + RouteFiles.SUFFIX),
                """
                - route:
                    id: crm
                    from:
                      uri: exports:crm?payload=file
                      steps:
                """
                        + steps.indent(8));
    }

    private static List<Path> leftovers() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return files.filter(file -> file.getFileName().toString().startsWith("export-relay-guarantees"))
                    .toList();
        }
    }
}
