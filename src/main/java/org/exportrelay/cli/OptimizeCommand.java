package org.exportrelay.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
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
        checkInstallation(jar, libraries);
        boolean aot = Runtime.version().feature() >= FIRST_WITH_AOT_CACHE;
        Path archive = libraries.resolve(aot ? "export-relay.aot" : "export-relay.jsa");
        Path unfinished = libraries.resolve("." + archive.getFileName() + ".part");
        PrintWriter err = spec.commandLine().getErr();
        try (TrainingRun run = TrainingRun.of(jar)) {
            err.println("optimize: running the sandbox for " + training.toSeconds() + " s");
            boolean created =
                    run.sandbox(training, (aot ? "-XX:AOTCacheOutput=" : "-XX:ArchiveClassesAtExit=") + unfinished);
            if (!created || !Files.exists(unfinished) || !run.version(use(unfinished, aot))) {
                err.println("optimize: Java created no archive that it can use; its output:");
                err.println(run.output());
                return FAILED;
            }
            replace(archive, unfinished);
        } finally {
            Files.deleteIfExists(unfinished);
        }
        spec.commandLine()
                .getOut()
                .printf(Locale.ROOT, "optimize: created %s (%,d bytes)%n", archive, Files.size(archive));
        return 0;
    }

    private static void checkInstallation(Path jar, Path libraries) {
        if (!jar.endsWith("export-relay.jar")
                || !Files.isDirectory(libraries)
                || !Files.isDirectory(jar.resolveSibling("routes"))) {
            throw new SettingsException("optimize: " + jar.getParent() + " does not contain export-relay.jar, lib/ and"
                    + " routes/; run bin/export-relay optimize of a complete installation");
        }
        if (!Files.isWritable(libraries)) {
            throw new SettingsException(
                    "optimize: " + libraries + " cannot be written; run optimize as a user that may write there");
        }
    }

    /** With these options, Java fails if it cannot use the archive. */
    private static List<String> use(Path archive, boolean aot) {
        return aot
                ? List.of("-XX:AOTCache=" + archive, "-XX:AOTMode=on")
                : List.of("-XX:SharedArchiveFile=" + archive, "-Xshare:on");
    }

    /** The archive is complete also after a loss of power: Java 17 crashes with half an archive. */
    private static void replace(Path archive, Path complete) throws IOException {
        try (FileChannel file = FileChannel.open(complete, StandardOpenOption.READ)) {
            file.force(true);
        }
        Files.move(complete, archive, StandardCopyOption.ATOMIC_MOVE);
    }
}
