package org.exportrelay.routetest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import javax.xml.parsers.DocumentBuilderFactory;
import org.exportrelay.routes.RouteFault;
import org.exportrelay.routetest.Observation.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

class TestReportTest {

    private static final Path FILE = Path.of("routes/crm.test.yaml");

    @TempDir
    private Path directory;

    @Test
    void showsExpectedAndReceivedSideBySideIn80Columns() {
        Map<String, String> wanted = new LinkedHashMap<>();
        wanted.put("endpoint", "sftp:*");
        wanted.put("file", "properties-*.csv.gz");
        wanted.put("header.Subject", "a text that is longer than the column has room for it");
        Observation sent = new Observation(
                Kind.MESSAGE,
                Map.of(
                        "endpoint", "sftp://sftp.partner.example:22/inbox",
                        "file", "properties_export.csv.gz",
                        "body", "a\nb",
                        "body.size", "3"),
                Map.of());
        String text = new MismatchText(
                        FILE, new Expectation(Kind.MESSAGE, 14, wanted, OptionalInt.empty()).check(List.of(sent)))
                .toString();
        assertThat(text.lines())
                .startsWith(
                        "routes/crm.test.yaml:14: expected a message like this, received 1 other",
                        "                  expected                received",
                        "  endpoint        sftp:*                  sftp://sftp.partner.ex",
                        "                                          ample:22/inbox",
                        "  file            properties-*.csv.gz     properties_export.csv. <- differs",
                        "                                          gz")
                .contains("  header.Subject  a text that is longer   (none)                 <- differs")
                .allMatch(line -> line.length() <= 75);
        assertThat(MismatchText.happened(List.of(sent), Set.of(Kind.MESSAGE)))
                .isEqualTo("What happened:\n"
                        + "  sent to sftp://sftp.partner.example:22/inbox: properties_export.csv.gz, 3 bytes");
    }

    @Test
    void saysThatNothingHappened() {
        assertThat(new MismatchText(
                                FILE,
                                new Expectation(Kind.LOG, 3, Map.of("log", "x"), OptionalInt.empty()).check(List.of()))
                        .toString())
                .isEqualTo("routes/crm.test.yaml:3: expected a log line like this, received none");
        assertThat(MismatchText.happened(List.of(), Set.of(Kind.LOG))).isEqualTo("What happened: nothing");
    }

    @Test
    void comparesNothingWhereOnlyTheNumberIsWrong() {
        Observation sent = new Observation(Kind.MESSAGE, Map.of("endpoint", "sftp:inbox"), Map.of());
        Observation other = new Observation(Kind.MESSAGE, Map.of("endpoint", "jms:queue"), Map.of());
        assertThat(new MismatchText(
                                FILE,
                                new Expectation(Kind.MESSAGE, 3, Map.of("endpoint", "sftp:*"), OptionalInt.of(3))
                                        .check(List.of(sent, other)))
                        .toString())
                .isEqualTo("routes/crm.test.yaml:3: expected 3 messages like this, received 1");
    }

    @Test
    void printsATreeWithWordsBesideTheSigns() {
        assertThat(printed(StandardCharsets.UTF_8, false).lines())
                .containsExactly(
                        "routes/other.test.yaml:3: outcme is not a key",
                        "routes/crm.test.yaml",
                        "├─ ✔ passed arrives (0.1 s)",
                        "├─ ✘ FAILED is complete (0.1 s)",
                        "│    first line",
                        "│      second line",
                        "└─ ✘ FAULT  has a route (0.1 s)",
                        "     routes/crm.camel.yaml:1: is empty",
                        "routes/crm.camel.yaml:6: warning: readers can see a partial file here",
                        "",
                        "test: 1 passed, 1 failed, 2 faults, 1 warning in 2 files (1.5 s)");
    }

    @Test
    void printsNoSignThatTheTerminalDoesNotHave() {
        assertThat(printed(StandardCharsets.US_ASCII, false).lines())
                .contains("+-- passed arrives (0.1 s)", "'-- FAULT  has a route (0.1 s)");
    }

    @Test
    void printsColorsOnlyIfTheyAreWanted() {
        assertThat(printed(StandardCharsets.UTF_8, true)).contains("\u001B[32m✔ passed\u001B[0m arrives");
        assertThat(printed(StandardCharsets.UTF_8, false)).doesNotContain("\u001B");
    }

    @Test
    void writesTheXmlOfJUnit() throws Exception {
        JUnitXml xml = new JUnitXml();
        xml.add(FILE, results());
        Path file = directory.resolve("new/report.xml");
        xml.write(file);
        assertThat(Files.readString(file)).startsWith("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
        Document document =
                DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile());
        Element suite = (Element) document.getElementsByTagName("testsuite").item(0);
        assertThat(suite.getAttribute("name")).isEqualTo(FILE.toString());
        assertThat(List.of(suite.getAttribute("tests"), suite.getAttribute("failures"), suite.getAttribute("errors")))
                .containsExactly("3", "1", "1");
        Element failure = (Element) document.getElementsByTagName("failure").item(0);
        assertThat(failure.getAttribute("message")).isEqualTo("first line");
        assertThat(failure.getTextContent()).isEqualTo("first line\n  second line");
        assertThat(((Element) failure.getParentNode()).getAttribute("name")).isEqualTo("is complete");
    }

    @Test
    void writesAFaultyTestFileAsASuiteWithOneErrorAndOnlyCharactersOfXml() throws Exception {
        JUnitXml xml = new JUnitXml();
        Path faulty = Path.of("routes/other.test.yaml");
        xml.addFaulty(
                faulty,
                List.of(
                        new RouteFault(faulty, 3, "outcme\u0001 is not a key", true),
                        new RouteFault(faulty, 4, "no\uFFFE key \uD83D\uDE00", true)));
        xml.add(FILE, List.of(result("a\u001Bname", List.of("\u0000 received"), false)));
        Path file = directory.resolve("report.xml");
        xml.write(file);
        Document document =
                DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile());
        Element suite = (Element) document.getElementsByTagName("testsuite").item(0);
        assertThat(List.of(suite.getAttribute("name"), suite.getAttribute("tests"), suite.getAttribute("errors")))
                .containsExactly("routes/other.test.yaml", "1", "1");
        assertThat(suite.getElementsByTagName("error").getLength()).isEqualTo(1);
        Element error = (Element) suite.getElementsByTagName("error").item(0);
        assertThat(error.getAttribute("message")).isEqualTo("routes/other.test.yaml:3: outcme? is not a key");
        assertThat(error.getTextContent()).endsWith("\nroutes/other.test.yaml:4: no? key \uD83D\uDE00");
        Element failed = (Element) document.getElementsByTagName("testcase").item(1);
        assertThat(failed.getAttribute("name")).isEqualTo("a?name");
        assertThat(failed.getTextContent()).isEqualTo("? received");
    }

    private static String printed(Charset charset, boolean isColored) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        TestReport report = new TestReport(new PrintStream(bytes, true, StandardCharsets.UTF_8), isColored, charset);
        report.faulty(List.of(new RouteFault(Path.of("routes/other.test.yaml"), 3, "outcme is not a key", true)));
        report.begin(FILE);
        List<RouteTestResult> results = results();
        results.forEach(result -> report.add(result, result == results.get(2)));
        RouteFault warning =
                new RouteFault(Path.of("routes/crm.camel.yaml"), 6, "readers can see a partial file here", false);
        report.warn(List.of(warning));
        report.warn(List.of(warning));
        report.end(Duration.ofMillis(1500));
        assertThat(report.hasFailures()).isTrue();
        assertThat(report.hasFaults()).isTrue();
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static List<RouteTestResult> results() {
        return List.of(
                result("arrives", List.of(), false),
                result("is complete", List.of("first line\n  second line"), false),
                result("has a route", List.of("routes/crm.camel.yaml:1: is empty"), true));
    }

    private static RouteTestResult result(String name, List<String> failures, boolean isFault) {
        return new RouteTestResult(
                new RouteTest(name, 1, Map.of(), List.of(), List.of(), List.of(), List.of()),
                Duration.ofMillis(100),
                failures,
                isFault);
    }
}
