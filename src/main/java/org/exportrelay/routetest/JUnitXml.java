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
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/** Writes results in the XML format of JUnit, which CI servers read. For one thread. */
public final class JUnitXml {

    private static final String UTF_8 = "UTF-8";

    private final Map<Path, List<RouteTestResult>> suites = new LinkedHashMap<>();

    /** The results of a test file. */
    public void add(Path file, List<RouteTestResult> results) {
        suites.put(file, List.copyOf(results));
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
        xml.writeAttribute("name", file.toString());
        xml.writeAttribute("tests", String.valueOf(results.size()));
        xml.writeAttribute(
                "failures",
                String.valueOf(results.stream()
                        .filter(each -> !each.passed() && !each.isFault())
                        .count()));
        xml.writeAttribute(
                "errors",
                String.valueOf(results.stream().filter(RouteTestResult::isFault).count()));
        xml.writeAttribute(
                "time", seconds(results.stream().map(RouteTestResult::took).reduce(Duration.ZERO, Duration::plus)));
        for (RouteTestResult result : results) {
            xml.writeStartElement("testcase");
            xml.writeAttribute("classname", file.toString());
            xml.writeAttribute("name", result.test().name());
            xml.writeAttribute("time", seconds(result.took()));
            for (String failure : result.failures()) {
                xml.writeStartElement(result.isFault() ? "error" : "failure");
                xml.writeAttribute("message", failure.lines().findFirst().orElse(""));
                xml.writeCharacters(withoutControls(failure));
                xml.writeEndElement();
            }
            xml.writeEndElement();
        }
        xml.writeEndElement();
    }

    /** XML 1.0 has no form for them. */
    private static String withoutControls(String text) {
        return text.replaceAll("[\\p{Cntrl}&&[^\\n\\t\\r]]", "?");
    }

    private static String seconds(Duration took) {
        return String.format(Locale.ROOT, "%.3f", took.toMillis() / 1000.0);
    }
}
