package org.exportrelay.cli;

import io.quarkus.runtime.QuarkusApplication;
import jakarta.inject.Inject;
import jakarta.inject.Provider;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.camel.quarkus.core.CamelRuntime;
import org.exportrelay.config.SettingsException;
import org.exportrelay.routes.RouteFault;
import org.exportrelay.routetest.ExportSource;
import org.exportrelay.routetest.JUnitXml;
import org.exportrelay.routetest.RouteTest;
import org.exportrelay.routetest.RouteTestFile;
import org.exportrelay.routetest.RouteTestResult;
import org.exportrelay.routetest.RouteTests;
import org.exportrelay.routetest.TestReport;
import picocli.CommandLine;

/** Runs test files one after the other and reports each test when it has ended. */
@Singleton
public class TestApplication implements QuarkusApplication {

    private final CamelRuntime runtime;
    private final Provider<RouteTests> tests;

    @Inject
    TestApplication(CamelRuntime runtime, Provider<RouteTests> tests) {
        this.runtime = runtime;
        this.tests = tests;
    }

    @Override
    public int run(String... args) throws Exception {
        long start = System.nanoTime();
        TestOptions options = CommandLine.populateCommand(new TestOptions(), args);
        TestReport report = new TestReport(
                System.out, System.console() != null && System.getenv("NO_COLOR") == null, terminalCharset());
        JUnitXml xml = new JUnitXml();
        RouteTests engine = tests.get();
        engine.prepare(options.timeout());
        runtime.start();
        for (Path path : files(options.files())) {
            var read = engine.read(path);
            if (read.faults().isEmpty()) {
                xml.add(path, run(engine, read.file(), report));
            } else {
                report.faulty(read.faults());
                xml.addFaulty(path, read.faults());
            }
        }
        report.end(Duration.ofNanos(System.nanoTime() - start));
        if (options.junitXml().isPresent()) {
            write(xml, options.junitXml().get());
        }
        if (report.hasFaults()) {
            return RelayProcess.WRONG;
        }
        return report.hasFailures() ? RelayProcess.NOT_DELIVERED : RelayProcess.DELIVERED;
    }

    private static List<RouteTestResult> run(RouteTests engine, RouteTestFile file, TestReport report)
            throws InterruptedException {
        ExportSource source = TestSandbox.exports();
        List<RouteTestResult> results = new ArrayList<>();
        report.begin(file.path());
        for (RouteTest test : file.tests()) {
            RouteTestResult result = engine.run(file, test, source);
            results.add(result);
            report.add(result, results.size() == file.tests().size());
        }
        report.warn(engine.warnings());
        return results;
    }

    private static void write(JUnitXml xml, Path file) {
        try {
            xml.write(file);
        } catch (IOException e) {
            throw new SettingsException(
                    "--junit-xml " + file + ": cannot be written (" + e.getMessage() + "); name another file");
        }
    }

    /** Files as they are named, and those in the directories that are named, by name. */
    private static List<Path> files(List<Path> named) throws IOException {
        List<Path> files = new ArrayList<>();
        for (Path path : named) {
            if (Files.isDirectory(path)) {
                try (Stream<Path> inside = Files.list(path)) {
                    inside.filter(file -> file.getFileName().toString().endsWith(RouteTestFile.SUFFIX))
                            .sorted()
                            .forEach(files::add);
                }
            } else {
                files.add(path);
            }
        }
        if (files.isEmpty()) {
            throw new SettingsException(new RouteFault(
                            named.get(0),
                            0,
                            "no file here ends in " + RouteTestFile.SUFFIX
                                    + "; write one as docs/test-routes.md shows, or name the directory that has some",
                            true)
                    .toString());
        }
        return files;
    }

    private static Charset terminalCharset() {
        String name = System.getProperty("stdout.encoding", System.getProperty("sun.stdout.encoding", ""));
        return !name.isEmpty() && Charset.isSupported(name) ? Charset.forName(name) : Charset.defaultCharset();
    }
}
