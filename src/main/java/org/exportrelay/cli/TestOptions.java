package org.exportrelay.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.exportrelay.config.Durations;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The options of {@code test}, which pass from the command line to the application inside Quarkus. */
final class TestOptions {

    @Parameters(
            paramLabel = "FILE",
            arity = "0..*",
            description = "Test files, or directories with test files. Default: routes.")
    private List<Path> files = List.of();

    @Option(
            names = "--junit-xml",
            paramLabel = "FILE",
            description = "Also write the results to this file, in the format of JUnit, for CI servers.")
    private Path junitXml;

    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            defaultValue = "20s",
            converter = DurationOption.class,
            description = "A test that takes longer is ended, and fails. Default: ${DEFAULT-VALUE}.")
    private Duration timeout;

    /** The default is the directory of the routes. */
    List<Path> files() {
        return files.isEmpty() ? List.of(Path.of("routes")) : files;
    }

    Optional<Path> junitXml() {
        return Optional.ofNullable(junitXml);
    }

    /** Of one test. */
    Duration timeout() {
        return timeout;
    }

    /** From which the same options can be read. */
    String[] arguments() {
        List<String> arguments = new ArrayList<>();
        arguments.addAll(List.of("--timeout", Durations.text(timeout)));
        junitXml().ifPresent(file -> arguments.addAll(List.of("--junit-xml", file.toString())));
        arguments.add("--");
        files.forEach(file -> arguments.add(file.toString()));
        return arguments.toArray(String[]::new);
    }
}
