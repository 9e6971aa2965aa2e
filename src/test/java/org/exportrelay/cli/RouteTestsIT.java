package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.exportrelay.routes.RouteFiles;
import org.exportrelay.routetest.RouteTestFile;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code test}, as the packaged jar: without a key, a server and a network. */
class RouteTestsIT {

    @TempDir
    private Path directory;

    private RelayChild relay;

    @BeforeEach
    void installTheShippedFiles() throws IOException {
        relay = RelayChild.in(directory);
        Path examples = Files.createDirectory(directory.resolve("routes/examples"));
        for (Path file : files(Path.of("routes/examples"))) {
            Files.copy(file, examples.resolve(file.getFileName()));
        }
    }

    @Test
    void everyShippedRoutePassesItsTests() throws IOException {
        Ended ended = relay.run("test", "routes", "routes/examples", "--junit-xml", "reports/routes.xml");
        assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
        assertThat(ended.err()).isEmpty();
        assertThat(ended.out())
                .contains(" passed, 0 failed in 25 files (")
                .doesNotContain("\u001B")
                .doesNotContain("warning");
        assertThat(directory.resolve("reports/routes.xml")).content().contains("<testsuite name=\"routes/examples/");
        assertThat(directory.resolve("data")).doesNotExist();
    }

    @Test
    void everyShippedRouteHasATest() throws IOException {
        for (String folder : List.of("routes", "routes/examples")) {
            for (Path route : files(Path.of(folder))) {
                String name = route.getFileName().toString();
                if (name.endsWith(RouteFiles.SUFFIX)) {
                    assertThat(route.resolveSibling(name.replace(RouteFiles.SUFFIX, RouteTestFile.SUFFIX)))
                            .exists();
                }
            }
        }
    }

    @Test
    void showsExpectedAndReceivedOfAnExpectationThatDoesNotHold() throws IOException {
        Path file = directory.resolve("routes/deliver-to-file.test.yaml");
        Files.writeString(
                file, Files.readString(file).replace("{outcome: delivered, attempts: 1}", "{outcome: parked}"));
        Ended ended = relay.run("test");
        assertThat(ended.exitCode()).as(ended.out() + ended.err()).isEqualTo(1);
        assertThat(ended.out()
                        .lines()
                        .map(line -> line.replaceAll("^[^a-z]*(?=routes/deliver-to-file.test.yaml:)", "")))
                .anyMatch(line ->
                        line.matches("routes/deliver-to-file.test.yaml:\\d+: expected this outcome of all that are"
                                + " selected, received another one"))
                .anyMatch(line -> line.matches(".*outcome +parked +delivered +<- differs"))
                .anyMatch(line -> line.matches("test: \\d+ passed, [12] failed in 2 files \\(.*"));
    }

    @Test
    void showsThatAFilterDropsAnExport() throws IOException {
        Files.writeString(
                directory.resolve("routes/crm.camel.yaml"),
                """
                - route:
                    id: crm
                    description: Delivers people exports, renamed, with a notice
                    from:
                      uri: exports:crm
                      parameters:
                        payload: file
                      steps:
                        - filter:
                            expression:
                              simple:
                                expression: "${header.ExportName} == 'people_export'"
                            steps:
                              - to:
                                  uri: "file:{{crm.directory}}"
                                  parameters:
                                    fileName: "crm_${header.CamelFileName}"
                                    tempFileName: ".${header.ExportDeliveryId}.part"
                              - toD:
                                  uri: "kafka:${header.ExportName}?brokers={{kafka.brokers}}"
                              - wireTap:
                                  uri: https://audit.example/files
                """);
        Files.writeString(
                directory.resolve("routes/crm.test.yaml"),
                """
                settings: {crm.directory: crm, kafka.brokers: "broker.example:9092"}
                tests:
                  - name: delivers people
                    exports: [{name: people_export}]
                    expect:
                      - {endpoint: "file:crm", file: "crm_people_export_*.csv.gz", body.sha256: "${export.sha256}"}
                      - {endpoint: "kafka:people_export"}
                      - {endpoint: "https://audit.example/files"}
                      - {outcome: delivered}
                  - name: drops properties
                    exports: [{name: properties_export}]
                    expect:
                      - {outcome: skipped}
                      - {endpoint: "*", times: 0}
                """);
        Ended ended = relay.run("test", "routes/crm.test.yaml");
        assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
        assertThat(ended.out()).contains("test: 2 passed, 0 failed in 1 file (");
    }

    /** A test that ends before the probe that succeeds would report a delivery that waits. */
    @Test
    void waitsForTheEndOfAnOutageHoweverManyProbesItTakes() throws IOException {
        Files.writeString(
                directory.resolve("routes/deliver-to-file.test.yaml"),
                IntStream.rangeClosed(1, 12)
                        .mapToObj(
                                """
                                  - name: waits %1$d times
                                    exports: [{name: properties_export}]
                                    fail: [{endpoint: "file:*", times: %1$d, as: disk full}]
                                    expect: [{outcome: delivered, attempts: 1}]
                                """
                                        ::formatted)
                        .collect(Collectors.joining("", "tests:\n", "")));
        Ended ended = relay.run("test", "routes/deliver-to-file.test.yaml");
        assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
        assertThat(ended.out()).contains("test: 12 passed, 0 failed in 1 file (");
    }

    @Test
    void printsTheWarningsOfValidateAndPasses() throws IOException {
        route(
                "crm",
                """
                - route:
                    id: crm
                    description: Delivers files under a name that they share
                    from:
                      uri: exports:crm?payload=file
                      steps:
                        - to:
                            uri: "file:{{crm.directory}}"
                            parameters: {fileName: all.csv.gz}
                        # export-relay: ignore partial-file
                        - to: file:two
                        - to: sftp:crm.example/inbox?username=relay&tempPrefix=.
                """);
        Files.writeString(
                directory.resolve("routes/crm.test.yaml"),
                """
                settings: {crm.directory: crm}
                tests:
                  - name: delivers
                    expect: [{outcome: delivered}]
                  - name: delivers again
                    expect: [{outcome: delivered}]
                """);
        Ended tested = relay.run("test", "routes/crm.test.yaml");
        assertThat(tested.exitCode()).as(tested.out() + tested.err()).isZero();
        assertThat(tested.out())
                .contains("test: 2 passed, 0 failed, 2 warnings in 1 file (")
                .containsOnlyOnce("\nroutes/crm.camel.yaml:7: warning: readers can see a partial file here; ");
        Ended validated = relay.with("crm.directory", "crm").run("validate");
        List<String> warnings = lines(validated, ": warning: ");
        assertThat(warnings).hasSize(3).anyMatch(line -> line.contains("neither a password nor a private key"));
        assertThat(lines(tested, ": warning: ")).hasSize(2).isSubsetOf(warnings);
    }

    @Test
    void replacesABeanOfTheOperatorsByARecorder() throws IOException {
        Files.writeString(
                directory.resolve("routes/warehouse.camel.yaml"),
                """
                - beans:
                    - name: upload
                      type: java.util.concurrent.ConcurrentHashMap
                - route:
                    id: warehouse
                    from:
                      uri: exports:warehouse
                      steps:
                        - bean:
                            ref: upload
                            method: size
                """);
        Files.writeString(
                directory.resolve("routes/warehouse.test.yaml"),
                """
                replace: upload
                tests:
                  - name: uploads once the warehouse is back
                    fail: [{endpoint: "bean:upload", times: 1, as: timeout}]
                    expect:
                      - {endpoint: "bean:upload", body: "{*}"}
                      - {outcome: delivered, attempts: 1}
                """);
        Ended ended = relay.run("test", "routes/warehouse.test.yaml");
        assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
    }

    @Test
    void recordsABeanHoweverARouteCallsItAndReportsNamesThatNoneCalls() throws IOException {
        route(
                "warehouse",
                """
                - beans:
                    - name: upload
                      type: java.util.concurrent.ConcurrentHashMap
                - route:
                    id: warehouse
                    from:
                      uri: exports:warehouse
                      steps:
                        - to: "bean:upload?method=noSuchMethod"
                        - toD: "bean:upload?method=${header.ExportName}"
                        - bean:
                            ref: "{{warehouse.bean:upload}}"
                            method: size
                        - bean:
                            beanType: java.util.concurrent.ConcurrentSkipListMap
                            method: size
                        - to: "class:java.util.concurrent.ConcurrentLinkedQueue?method=noSuchMethod"
                """);
        route(
                "expression",
                """
                - beans:
                    - name: upload
                      type: java.util.concurrent.ConcurrentHashMap
                - route:
                    id: expression
                    from:
                      uri: exports:expression
                      steps:
                        - setHeader:
                            name: size
                            expression:
                              method:
                                ref: upload
                                method: size
                """);
        Files.writeString(
                directory.resolve("routes/warehouse.test.yaml"),
                """
                replace:
                  - upload
                  - java.util.concurrent.ConcurrentSkipListMap
                  - java.util.concurrent.ConcurrentLinkedQueue
                  - uplaod
                tests:
                  - name: is recorded
                    expect:
                      - {endpoint: "bean:upload", times: 3}
                      - {endpoint: "bean:java.util.concurrent.ConcurrentSkipListMap", times: 1}
                      - {endpoint: "bean:java.util.concurrent.ConcurrentLinkedQueue", times: 1}
                      - {outcome: delivered, attempts: 1}
                """);
        Files.writeString(
                directory.resolve("routes/expression.test.yaml"),
                "replace: upload\ntests:\n  - name: is not run\n    expect: [{outcome: delivered}]\n");
        Ended ended = relay.run("test", "routes/warehouse.test.yaml", "routes/expression.test.yaml");
        assertThat(ended.exitCode()).as(ended.out() + ended.err()).isEqualTo(2);
        assertThat(failures(ended))
                .as(ended.out())
                .satisfiesExactlyInAnyOrder(
                        line -> assertThat(line)
                                .isEqualTo(
                                        "routes/warehouse.test.yaml:5: replace: uplaod is a bean that no route of this"
                                                + " file calls; write the name that the route has in 'ref:', or remove it"),
                        line -> assertThat(line)
                                .contains("routes/expression.camel.yaml:")
                                .contains("a test cannot replace the bean upload in an expression"));
    }

    @Test
    void reportsFailuresThatNoMessageMet() throws IOException {
        Files.writeString(
                directory.resolve("routes/deliver-to-file.test.yaml"),
                """
                tests:
                  - name: a failure of another endpoint
                    fail:
                      - {endpoint: "sftp:*", as: timeout}
                      - {endpoint: "file:*", times: 2, as: disk full}
                    expect: [{outcome: delivered}]
                  - name: a failure of more messages than are sent
                    fail: [{endpoint: "file:*", times: 19, as: refused name}]
                    expect: [{outcome: parked}]
                """);
        Ended ended = relay.run("test", "routes/deliver-to-file.test.yaml");
        assertThat(ended.exitCode()).as(ended.out() + ended.err()).isEqualTo(1);
        assertThat(failures(ended))
                .as(ended.out())
                .containsExactly(
                        "routes/deliver-to-file.test.yaml:4: no message was sent to sftp:*, so this failure was not tested;"
                                + " correct the endpoint, or remove the entry",
                        "routes/deliver-to-file.test.yaml:8: only 10 of 19 messages to file:* were sent and refused; write"
                                + " that number as times, or remove times");
    }

    @Test
    void completesTheGroupsOfAnAggregatorWhenNothingElseHappens() throws IOException {
        route(
                "batch",
                """
                - route:
                    id: batch
                    from:
                      uri: exports:batch
                      steps:
                        - to:
                            uri: file:one
                            parameters: {tempFileName: ".${header.ExportDeliveryId}.part"}
                        - log: {loggingLevel: WARN, message: "produced ${header.CamelFileNameProduced}"}
                        - aggregate:
                            correlationExpression: {constant: {expression: all}}
                            aggregationStrategy: "#class:org.apache.camel.processor.aggregate.GroupedBodyAggregationStrategy"
                            completionSize: 100
                            completionTimeout: 3600000
                            steps:
                              - to: "kafka:batches?brokers=broker.example:9092"
                """);
        Files.writeString(
                directory.resolve("routes/batch.test.yaml"),
                """
                exports: [{name: a, files: [{filename: a.csv}]}, {name: b, files: [{filename: b.csv}]}]
                tests:
                  - name: sends a batch
                    expect:
                      - {endpoint: "kafka:batches", times: 1}
                      - {endpoint: "file:one", times: 2}
                      - {log: "produced one/a.*csv", times: 1}
                      - {outcome: delivered}
                """);
        Ended ended = relay.run("test", "routes/batch.test.yaml");
        assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
    }

    @Test
    void reportsAFaultyTestFileAndAFaultyRouteByFileAndLine() throws IOException {
        Path file = directory.resolve("routes/poll-exports.test.yaml");
        Files.writeString(file, Files.readString(file).replaceFirst("expect:", "expct:"));
        Files.writeString(
                directory.resolve("routes/crm.camel.yaml"),
                "- route:\n    id: crm\n    from:\n      uri: exports:crm\n      steps:\n        - to:\n"
                        + "            uri: \"file:{{crm.directory}}\"\n");
        Files.writeString(
                directory.resolve("routes/crm.test.yaml"),
                "tests:\n  - name: arrives\n    expect: [{outcome: delivered}]\n");
        Ended ended = relay.run("test");
        assertThat(ended.exitCode()).as(ended.out() + ended.err()).isEqualTo(2);
        assertThat(ended.out())
                .contains("routes/poll-exports.test.yaml:7: expct is not a key of tests; did you mean expect?")
                .contains("routes/crm.camel.yaml:7: {{crm.directory}} has no value")
                .contains(" passed, 0 failed, 3 faults in 3 files (");
    }

    @Test
    void anExceptionWithinATestIsAnErrorOfThisTestAndTheOthersRun() throws IOException {
        Files.writeString(
                directory.resolve("routes/deliver-to-file.test.yaml"),
                """
                settings: {archive.directory: archive}
                tests:
                  - name: cannot be run
                    settings: {"": a setting without a name}
                    expect: [{outcome: delivered}]
                  - name: runs
                    expect: [{outcome: delivered}]
                """);
        Ended ended = relay.run("test", "routes/deliver-to-file.test.yaml", "--junit-xml", "routes.xml");
        assertThat(ended.exitCode()).as(ended.out() + ended.err()).isEqualTo(2);
        assertThat(ended.out())
                .contains("FAULT  cannot be run (", "passed runs (", "test: 1 passed, 0 failed, 1 fault in 1 file (")
                .contains("routes/deliver-to-file.test.yaml:3: this test cannot be run (")
                .contains("; run 'test --log' to see why");
        assertThat(directory.resolve("routes.xml"))
                .content()
                .contains("tests=\"2\" failures=\"0\" errors=\"1\"", "<error message=");
    }

    @Test
    void aTestThatDoesNotEndInTimeIsEndedAndTheOthersRun() throws IOException {
        route(
                "hang",
                """
                - route:
                    id: hang
                    from:
                      uri: exports:hang
                      steps:
                        - delay: {expression: {simple: {expression: "{{hang.millis}}"}}}
                        - to: "kafka:exports?brokers=broker.example:9092"
                """);
        Files.writeString(
                directory.resolve("routes/hang.test.yaml"),
                """
                tests:
                  - name: does not end
                    settings: {hang.millis: 600000}
                    expect: [{outcome: waiting}]
                  - name: ends
                    settings: {hang.millis: 1}
                    expect: [{outcome: delivered}, {endpoint: "kafka:exports", times: 1}]
                """);
        Ended ended = relay.run("test", "routes/hang.test.yaml", "--timeout", "2s");
        assertThat(ended.exitCode()).as(ended.out() + ended.err()).isEqualTo(1);
        assertThat(ended.out())
                .contains("the test was still running after 2s and was ended (1 exchange in flight); correct the step")
                .contains("FAILED does not end (", "passed ends (", "test: 1 passed, 1 failed in 1 file (");
    }

    @Test
    void printsTheSchema() throws IOException {
        Ended ended = relay.run("test", "--schema");
        assertThat(ended.exitCode()).isZero();
        assertThat(ended.out()).isEqualTo(TestCommand.schema());
    }

    @Test
    void saysWhereTestsAreExpected() throws IOException {
        Files.createDirectory(directory.resolve("empty"));
        Ended ended = relay.run("test", "empty");
        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.err())
                .startsWith("empty:1: no file here ends in .test.yaml; write one as docs/test-routes.md");
    }

    private void route(String name, String text) throws IOException {
        Files.writeString(directory.resolve("routes/" + name + RouteFiles.SUFFIX), text);
    }

    private static List<String> failures(Ended ended) {
        return ended.out()
                .lines()
                .map(line -> line.replaceFirst("^[^a-z]*(?=routes/)", ""))
                .filter(line -> line.matches("routes/\\S+yaml:.*"))
                .toList();
    }

    private static List<String> lines(Ended ended, String text) {
        return ended.out().lines().filter(line -> line.contains(text)).toList();
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }
}
