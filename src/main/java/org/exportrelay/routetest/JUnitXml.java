package org.exportrelay.routetest;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;
import org.exportrelay.routes.RouteFault;

/** Writes results in the XML format of JUnit, which CI servers read. For one thread. */
public final class JUnitXml {

    private static final String UTF_8 = "UTF-8";

    /** XML 1.0 has no form for any other. */
    private static final Pattern NO_CHARACTER =
            Pattern.compile("[^\\t\\n\\r\\x20-\\uD7FF\\uE000-\\uFFFD\\x{10000}-\\x{10FFFF}]");

    private final Map<Path, List<RouteTestResult>> suites = new LinkedHashMap<>();

    /** The results of a test file. */
    public void add(Path file, List<RouteTestResult> results) {
        suites.put(file, List.copyOf(results));
    }

    /** A test file that cannot be run: a suite with one error. */
    public void addFaulty(Path file, List<RouteFault> faults) {
        RouteTest unread =
                new RouteTest(file.getFileName().toString(), 1, Map.of(), List.of(), List.of(), List.of(), List.of());
        String text = faults.stream().map(RouteFault::toString).collect(Collectors.joining("\n"));
        suites.put(file, List.of(new RouteTestResult(unread, Duration.ZERO, List.of(text), true)));
    }

    /**
     * Writes all of them, replacing the file.
     *
     * @throws IOException if it cannot be written
     */
    public void write(Path target) throws IOException {
        if (target.getParent() != null) {
            Files.createDirectories(target.getParent());
        }
        try (OutputStream out = Files.newOutputStream(target)) {
            XMLStreamWriter xml = XMLOutputFactory.newFactory().createXMLStreamWriter(out, UTF_8);
            xml.writeStartDocument(UTF_8, "1.0");
            xml.writeStartElement("testsuites");
            for (Map.Entry<Path, List<RouteTestResult>> suite : suites.entrySet()) {
                write(xml, suite.getKey(), suite.getValue());
            }
            xml.writeEndElement();
            xml.writeEndDocument();
            xml.close();
        } catch (XMLStreamException e) {
            throw new IOException(e);
        }
    }

    private static void write(XMLStreamWriter xml, Path file, List<RouteTestResult> results) throws XMLStreamException {
        xml.writeStartElement("testsuite");
        attribute(xml, "name", file.toString());
        attribute(xml, "tests", String.valueOf(results.size()));
        attribute(
                xml,
                "failures",
                String.valueOf(results.stream()
                        .filter(each -> !each.passed() && !each.isFault())
                        .count()));
        attribute(
                xml,
                "errors",
                String.valueOf(results.stream().filter(RouteTestResult::isFault).count()));
        attribute(
                xml,
                "time",
                seconds(results.stream().map(RouteTestResult::took).reduce(Duration.ZERO, Duration::plus)));
        for (RouteTestResult result : results) {
            xml.writeStartElement("testcase");
            attribute(xml, "classname", file.toString());
            attribute(xml, "name", result.test().name());
            attribute(xml, "time", seconds(result.took()));
            // One for all: some servers read only the first.
            if (!result.passed()) {
                xml.writeStartElement(result.isFault() ? "error" : "failure");
                attribute(
                        xml,
                        "message",
                        result.failures().get(0).lines().findFirst().orElse(""));
                xml.writeCharacters(valid(String.join("\n", result.failures())));
                xml.writeEndElement();
            }
            xml.writeEndElement();
        }
        xml.writeEndElement();
    }

    private static void attribute(XMLStreamWriter xml, String name, String value) throws XMLStreamException {
        xml.writeAttribute(name, valid(value));
    }

    private static String valid(String text) {
        return NO_CHARACTER.matcher(text).replaceAll("?");
    }

    private static String seconds(Duration took) {
        return String.format(Locale.ROOT, "%.3f", took.toMillis() / 1000.0);
    }
}
