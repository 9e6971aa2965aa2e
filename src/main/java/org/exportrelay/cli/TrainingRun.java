package org.exportrelay.cli;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * Runs the installed program as child processes with the JVM options of this one, but in a temporary working directory
 * and without the operator's settings: a training run touches neither their data nor their servers.
 */
final class TrainingRun implements AutoCloseable {

    /** Java writes the archive after the relay has stopped, which takes some seconds. */
    private static final Duration LONGEST_END = Duration.ofMinutes(3);

    private static final Duration LONGEST_START = Duration.ofMinutes(1);
    private static final Duration POLL = Duration.ofMillis(100);

    /** Its own archive, and settings of the operator's. */
    private static final String WITHOUT = "-XX:(SharedArchiveFile|AOT\\w+|TieredStopAtLevel)=.*|-Xshare:.*"
            + "|-agentlib:.*|-D(relay|quarkus|camel|archive)\\..*";

    private static final Set<String> ENVIRONMENT = Set.of("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TZ");

    private final Path jar;
    private final ScratchDirectory scratch;
    private final Path log;

    private TrainingRun(Path jar, ScratchDirectory scratch) {
        this.jar = jar;
        this.scratch = scratch;
        this.log = scratch.path().resolve("log");
    }

    /** Trains with the shipped routes. */
    static TrainingRun of(Path jar) throws IOException {
        ScratchDirectory scratch = new ScratchDirectory(Files.createTempDirectory("export-relay-optimize"));
        Path routes = Files.createDirectory(scratch.path().resolve("routes"));
        try (DirectoryStream<Path> shipped = Files.newDirectoryStream(jar.resolveSibling("routes"), "*.camel.yaml")) {
            for (Path route : shipped) {
                Files.copy(route, routes.resolve(route.getFileName()));
            }
        }
        return new TrainingRun(jar, scratch);
    }

    /** Runs the sandbox for a while after it has started; whether it then ended normally. */
    boolean sandbox(Duration training, String option) throws IOException, InterruptedException {
        Process process = start(List.of(option, "-Drelay.http.port=0"), "run", "--sandbox");
        long start = System.nanoTime();
        while (Files.size(log) == 0
                && System.nanoTime() - start < LONGEST_START.toNanos()
                && !scratch.waitFor(POLL.toMillis())) {}
        return succeeds(process, training);
    }

    /** Whether the program starts with these options. */
    boolean version(List<String> options) throws IOException, InterruptedException {
        return succeeds(start(options, "--version"), LONGEST_END);
    }

    /** What they have printed. */
    String output() throws IOException {
        return Files.readString(log);
    }

    private boolean succeeds(Process process, Duration time) throws InterruptedException {
        if (!scratch.waitFor(time.toMillis())) {
            process.destroy();
        }
        if (!scratch.waitFor(LONGEST_END.toMillis())) {
            process.destroyForcibly();
            return false;
        }
        return process.exitValue() == 0;
    }

    private Process start(List<String> options, String... arguments) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(ProgramCommand.of(jar, WITHOUT, options, arguments))
                .directory(scratch.path().toFile())
                .redirectErrorStream(true)
                .redirectOutput(Redirect.appendTo(log.toFile()));
        builder.environment().keySet().retainAll(ENVIRONMENT);
        return scratch.start(builder);
    }

    @Override
    public void close() {
        scratch.close();
    }
}
