package org.exportrelay.cli;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.camel.util.FileUtil;

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
    private final Path directory;
    private final Path log;

    private volatile Process running;

    private TrainingRun(Path jar, Path directory) {
        this.jar = jar;
        this.directory = directory;
        this.log = directory.resolve("log");
        // No child outlives this process, also when a signal ends it.
        Runtime.getRuntime().addShutdownHook(new Thread(this::end));
    }

    /** Trains with the shipped routes. */
    static TrainingRun of(Path jar) throws IOException {
        Path directory = Files.createTempDirectory("export-relay-optimize");
        Path routes = Files.createDirectory(directory.resolve("routes"));
        try (DirectoryStream<Path> shipped = Files.newDirectoryStream(jar.resolveSibling("routes"), "*.camel.yaml")) {
            for (Path route : shipped) {
                Files.copy(route, routes.resolve(route.getFileName()));
            }
        }
        return new TrainingRun(jar, directory);
    }

    /** Runs the sandbox for a while after it has started; whether it then ended normally. */
    boolean sandbox(Duration training, String option) throws IOException, InterruptedException {
        Process process = start(List.of(option, "-Drelay.http.port=0"), "run", "--sandbox");
        long start = System.nanoTime();
        while (Files.size(log) == 0
                && System.nanoTime() - start < LONGEST_START.toNanos()
                && !process.waitFor(POLL.toMillis(), TimeUnit.MILLISECONDS)) {}
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

    private static boolean succeeds(Process process, Duration time) throws InterruptedException {
        if (!process.waitFor(time.toMillis(), TimeUnit.MILLISECONDS)) {
            process.destroy();
        }
        if (!process.waitFor(LONGEST_END.toSeconds(), TimeUnit.SECONDS)) {
            process.destroyForcibly();
            return false;
        }
        return process.exitValue() == 0;
    }

    private Process start(List<String> options, String... arguments) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(ProgramCommand.of(jar, WITHOUT, options, arguments))
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(Redirect.appendTo(log.toFile()));
        builder.environment().keySet().retainAll(ENVIRONMENT);
        running = builder.start();
        return running;
    }

    private void end() {
        Process child = running;
        if (child != null) {
            child.destroyForcibly();
        }
    }

    @Override
    public void close() {
        FileUtil.removeDir(directory.toFile());
    }
}
