package org.exportrelay.routetest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.exportrelay.routes.RouteFault;
import org.exportrelay.routetest.Observation.Kind;
import org.exportrelay.routetest.RouteTestReader.Read;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class RouteTestReaderTest {

    private final RouteTestReader reader = new RouteTestReader(Catalogs.all());

    @TempDir
    private Path directory;

    @BeforeEach
    void writeARoute() throws IOException {
        Files.writeString(
                directory.resolve("crm.camel.yaml"),
                """
                - route:
                    id: deliver-to-crm
                    from:
                      uri: exports:crm
                      steps:
                        - to:
                            uri: "sftp:host/{{sftp.directory:in}}"
                """);
    }

    @Test
    void readsWhatAnOperatorWrites() throws IOException {
        Read read = read(
                """
                settings: {sftp.host: a.example, sftp.port: 22}
                exports:
                  - {name: people_export, created_at: 2026-02-17T15:30:00Z}
                tests:
                  - name: first
                    settings: {sftp.port: 2222}
                    fail: [{endpoint: "sftp:*", times: 3, as: connection refused}]
                    expect:
                      - {endpoint: "sftp:*", header.CamelFileName: "a*", times: 2}
                      - {outcome: delivered, attempts: 1}
                """);
        assertThat(read.faults()).isEmpty();
        assertThat(read.file().routes()).containsExactly(directory.resolve("crm.camel.yaml"));
        RouteTest test = read.file().tests().get(0);
        assertThat(test.name()).isEqualTo("first");
        assertThat(test.line()).isEqualTo(5);
        assertThat(test.settings()).containsEntry("sftp.host", "a.example").containsEntry("sftp.port", "2222");
        GivenExport export = test.exports().get(0);
        assertThat(export.createdAt()).isEqualTo(Instant.parse("2026-02-17T15:30:00Z"));
        assertThat(export.files())
                .containsExactly(new GivenExport.GivenFile("people_export_2026-02-17.csv.gz", null, 3));
        assertThat(test.faults().get(0).times()).hasValue(3);
        assertThat(test.expectations()).extracting(Expectation::kind).containsExactly(Kind.MESSAGE, Kind.OUTCOME);
        assertThat(test.expectations().get(0).wanted()).containsEntry("header.CamelFileName", "a*");
        assertThat(test.expectations().get(1).line()).isEqualTo(10);
    }

    @Test
    void givesATestWithoutExportsOneThatIsTheSameAtEachRun() throws IOException {
        String text = "tests: [{name: a, expect: [{outcome: delivered}]}]\n";
        List<GivenExport> exports = read(text).file().tests().get(0).exports();
        assertThat(exports).singleElement().satisfies(export -> {
            assertThat(export.name()).isEqualTo("properties_export");
            assertThat(export.files()).singleElement().satisfies(file -> assertThat(file.records())
                    .isEqualTo(3));
        });
        assertThat(read(text).file().tests().get(0).exports().get(0).id())
                .isEqualTo(exports.get(0).id());
    }

    @Test
    void givesExportsInOneLineIdsOfTheirOwn() throws IOException {
        List<GivenExport> exports =
                read("tests: [{name: a, exports: [{name: x}, {name: x}, {}], expect: [{outcome: delivered}]}]\n")
                        .file()
                        .tests()
                        .get(0)
                        .exports();
        assertThat(exports).extracting(GivenExport::id).doesNotHaveDuplicates();
    }

    @Test
    void givesARouteThatNotifiesNoExport() throws IOException {
        RouteTest test = read("tests: [{name: a, events: [{event: parked}], expect: [{outcome: delivered}]}]\n")
                .file()
                .tests()
                .get(0);
        assertThat(test.exports()).isEmpty();
        assertThat(test.events()).hasSize(1);
    }

    @Test
    void countsTheRowsOfACsv() throws IOException {
        Read read = read(
                """
                exports:
                  - files: [{filename: a.csv, csv: "id\\n1\\n2\\n"}, {filename: b.csv, csv: ""}]
                tests: [{name: a, expect: [{outcome: delivered}]}]
                """);
        assertThat(read.file().tests().get(0).exports().get(0).files())
                .extracting(GivenExport.GivenFile::records)
                .containsExactly(2, 0);
    }

    @ParameterizedTest
    @CsvSource({"crm", "crm.camel.yaml", "deliver-to-crm"})
    void findsARouteByItsFileOrId(String route) throws IOException {
        assertThat(read("route: " + route + "\ntests: [{name: a, expect: [{outcome: delivered}]}]\n")
                        .file()
                        .routes())
                .containsExactly(directory.resolve("crm.camel.yaml"));
    }

    @ParameterizedTest
    @MethodSource("faultyFiles")
    void namesLineValueRuleAndRemedy(Faulty faulty) throws IOException {
        assertThat(read(faulty.text()).faults())
                .extracting(fault -> fault.line() + ": " + fault.message())
                .containsExactly(faulty.message());
    }

    private record Faulty(String text, String message) {}

    static Stream<Faulty> faultyFiles() {
        String tests = "tests:\n- name: a\n  expect: [{outcome: delivered}]\n";
        return Stream.of(
                new Faulty(
                        "setings: {}\n" + tests,
                        "1: setings is not a key of a test file; did you mean settings?; write one of exports, replace,"
                                + " route, settings, tests"),
                new Faulty(
                        "tests:\n- name: a\n  expct: []\n  expect: [{outcome: delivered}]\n",
                        "3: expct is not a key of tests; did you mean expect?; write one of events, expect, exports, fail,"
                                + " name, settings"),
                new Faulty(
                        tests + "exports:\n- files:\n  - filename: a.csv\n    cvs: x\n",
                        "7: cvs is not a key of files; did you mean csv?; write one of csv, filename, records"),
                new Faulty(
                        "tests:\n- name: a\n  expect:\n  - endpoint: sftp:*\n    heade.X: 1\n",
                        "5: heade.X is not a key of expect; write one of body, body.sha256, body.size, endpoint, export,"
                                + " file, records, times, header.NAME"),
                new Faulty(
                        "tests:\n- name: a\n  expect:\n  - {attempts: 1}\n",
                        "4: an expectation has exactly one of the keys endpoint, outcome, log and event; this one has none"),
                new Faulty(
                        "tests:\n- name: a\n  expect:\n  - {outcome: delivred}\n",
                        "4: outcome=delivred is not known; did you mean delivered?; write one of delivered, expired, not"
                                + " recorded, not wanted, parked, recorded, skipped, waiting"),
                new Faulty(
                        "tests:\n- name: a\n  fail: [{endpoint: \"file:*\", as: disk ful}]\n  expect: [{outcome: delivered}]\n",
                        "3: as=disk ful is not known; did you mean disk full?; write one of disk full, permission denied,"
                                + " quota exceeded, read-only disk, refused name"),
                new Faulty(
                        "tests:\n- name: a\n  fail: [{endpoint: \"file:*\", as: disk full, times: two}]\n  expect: [{outcome: delivered}]\n",
                        "3: times=two is not a whole number; write 0 to 9999999"),
                new Faulty(
                        "tests:\n- name: a\n  expect:\n  - {endpoint: \"a:*\", body: \"${export.sha1}\"}\n",
                        "4: variable=export.sha1 is not known; write one of delivery.id, export.created_at, export.file,"
                                + " export.filename, export.id, export.name, export.records, export.sha256, export.size"),
                new Faulty(
                        "settings: {relay.delivery.max-attempts: 1}\n" + tests,
                        "1: relay.delivery.max-attempts cannot be set in a test, which sets only the {{keys}} of its routes;"
                                + " remove it, or use the options of exports: in the route"),
                new Faulty(
                        tests + "exports:\n- created_at: yesterday\n",
                        "5: created_at=yesterday is not a time in UTC; write one such as 2026-02-17T15:30:00Z"),
                new Faulty(
                        "route: deliver-to-crn\n" + tests,
                        "1: there is no route file or route deliver-to-crn in DIRECTORY; did you mean deliver-to-crm?"),
                new Faulty(
                        "- name: a\n",
                        "1: a test file must be a map here; write 'key: value', one to a line, or {key:"
                                + " value, …}"),
                new Faulty("tests: []\n", "1: no tests; add 'tests:' with a list of 'name: …' and 'expect: […]'"),
                new Faulty("tests:\n- expect: [{outcome: delivered}]\n", "2: tests has no name; add name: …"),
                new Faulty(
                        "tests:\n- name: a\n  expect: []\n",
                        "2: this test expects nothing; add 'expect:', such as expect: [{outcome: delivered}]"),
                new Faulty(
                        "tests:\n- name: a\n  expect:\n",
                        "2: this test expects nothing; add 'expect:', such as expect: [{outcome: delivered}]"),
                new Faulty(
                        tests + "exports:\n"
                                + "- {id: 6f2a8f9e-0c35-4c35-9d0e-3c7c0f3a1b11}\n"
                                + "- {id: 6F2A8F9E-0C35-4C35-9D0E-3C7C0F3A1B11}\n",
                        "6: id=6F2A8F9E-0C35-4C35-9D0E-3C7C0F3A1B11 is already the id of another export; give each export"
                                + " one of its own, or remove the key"),
                new Faulty(
                        "settings: {sftp.driectory: in}\n" + tests,
                        "1: sftp.driectory is used by no route of this file, but sftp.directory is; correct the name or"
                                + " remove the line"),
                new Faulty(
                        "tests:\n- name: a\n",
                        "2: this test expects nothing; add 'expect:', such as expect: [{outcome:" + " delivered}]"),
                new Faulty(
                        "tests:\n- name: a\n  expect: [{outcome: delivered}\n",
                        "3: the [ that opens in this line is not closed; close it, or put the value in quotes"));
    }

    private Read read(String text) throws IOException {
        Path file = directory.resolve("crm.test.yaml");
        Files.writeString(file, text);
        Read read = reader.read(file);
        return new Read(
                read.file(),
                read.faults().stream()
                        .map(fault -> new RouteFault(
                                fault.file(),
                                fault.line(),
                                fault.message().replace(directory.toString(), "DIRECTORY"),
                                fault.stops()))
                        .toList());
    }
}
