package org.exportrelay.cli;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.apache.camel.util.FileUtil;
import org.exportrelay.config.SettingsException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code optimize}. */
@Command(
        name = "optimize",
        description = "Creates an archive of loaded classes, with which the relay starts faster: runs the sandbox for a"
                + " while, and saves what Java has loaded in lib/. Run it again after an upgrade of Java; the launcher"
                + " ignores an archive that does not fit.",
        mixinStandardHelpOptions = true)
public final class OptimizeCommand implements Callable<Integer> {

    private static final int FAILED = 1;
    /** Java writes the archive after the relay has stopped, which takes some seconds. */
    private static final Duration LONGEST_END = Duration.ofMinutes(3);
    /** From this version on, Java's ahead-of-time cache also contains linked classes and profiles. */
    private static final int FIRST_WITH_AOT_CACHE = 25;

    @Option(
            names = "--training",
            paramLabel = "<duration>",
            defaultValue = "20s",
            converter = DurationOption.class,
            description = "How long the sandbox runs (default: ${DEFAULT-VALUE}).")
    private Duration training;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path jar = Path.of(System.getProperty("java.class.path")).toAbsolutePath();
        Path libraries = jar.resolveSibling("lib");
        if (!jar.endsWith("export-relay.jar") || !Files.isDirectory(libraries)) {
            throw new SettingsException("optimize: " + jar + " is not an installation; run bin/export-relay optimize");
        }
        if (!Files.isWritable(libraries)) {
            throw new SettingsException(
                    "optimize: " + libraries + " cannot be written; run optimize as a user that may write there");
        }
        boolean aot = Runtime.version().feature() >= FIRST_WITH_AOT_CACHE;
        Path archive = libraries.resolve(aot ? "export-relay.aot" : "export-relay.jsa");
        Path unfinished = libraries.resolve("." + archive.getFileName() + ".part");
        Path directory = Files.createTempDirectory("export-relay-optimize");
        try {
            copyRoutes(jar.resolveSibling("routes"), directory.resolve("routes"));
            spec.commandLine().getErr().println("optimize: running the sandbox for " + training.toSeconds() + " s");
            String option = (aot ? "-XX:AOTCacheOutput=" : "-XX:ArchiveClassesAtExit=") + unfinished;
            train(directory, command(option, jar));
            if (!Files.exists(unfinished)) {
                spec.commandLine().getErr().println("optimize: Java wrote no archive; its output:");
                spec.commandLine().getErr().println(Files.readString(directory.resolve("log")));
                return FAILED;
            }
            Files.move(unfinished, archive, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(unfinished);
            FileUtil.removeDir(directory.toFile());
        }
        spec.commandLine()
                .getOut()
                .printf(Locale.ROOT, "optimize: created %s (%,d bytes)%n", archive, Files.size(archive));
        return 0;
    }

    /** The options of this process, except for those that name an archive or limit the compiler. */
    private static List<String> command(String option, Path jar) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> !argument.matches(
                        "-XX:(SharedArchiveFile|AOTCache|TieredStopAtLevel)=.*|-Xshare:.*|-agentlib:.*"))
                .forEach(command::add);
        command.addAll(List.of(option, "-Drelay.http.port=0", "-jar", jar.toString(), "run", "--sandbox"));
        return command;
    }

    private void train(Path directory, List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
        try {
            if (!process.waitFor(training.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroy();
                process.waitFor(LONGEST_END.toSeconds(), TimeUnit.SECONDS);
            }
        } finally {
            process.destroyForcibly();
        }
    }

    private static void copyRoutes(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (DirectoryStream<Path> routes = Files.newDirectoryStream(from, "*.camel.yaml")) {
            for (Path route : routes) {
                Files.copy(route, to.resolve(route.getFileName()));
            }
        }
    }
}
