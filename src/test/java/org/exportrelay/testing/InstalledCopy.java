package org.exportrelay.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** An installation of a test's own, which it may change, as it comes out of the archive. */
public final class InstalledCopy {

    private static final long LONGEST_SECONDS = 120;

    private final Path directory;

    private InstalledCopy(Path directory) {
        this.directory = directory;
    }

    /** Copies what the build has created, except for the archives of {@code optimize}. */
    public static InstalledCopy in(Path directory) {
        Path from = Installation.directory();
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                if (!file.toString().matches(".*\\.(jsa|aot|part)")) {
                    Path target = directory.resolve(from.relativize(file).toString());
                    Files.createDirectories(target.getParent());
                    Files.copy(file, target, StandardCopyOption.COPY_ATTRIBUTES);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new InstalledCopy(directory);
    }

    public Path directory() {
        return directory;
    }

    public Path launcher() {
        return directory.resolve("bin/export-relay");
    }

    /** Runs a command line to its end. */
    public static Result run(Path workingDirectory, Map<String, String> environment, String... command) {
        try {
            Running running = start(workingDirectory, environment, command);
            if (!running.process().waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)) {
                running.process().destroyForcibly();
                throw new AssertionError("still running: " + String.join(" ", command));
            }
            return running.result();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Its environment is that of this process without the variables of the launcher, and with the given ones. */
    public static Running start(Path workingDirectory, Map<String, String> environment, String... command)
            throws IOException {
        Path out = Files.createTempFile("launcher", ".out");
        Path err = Files.createTempFile("launcher", ".err");
        ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(List.of(command)))
                .directory(workingDirectory.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().keySet().removeAll(List.of("EXPORT_RELAY_HOME", "JAVA_HOME", "JAVA_OPTS", "DM_API_KEY"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        return new Running(process, out, err);
    }

    /** A command that runs. */
    public record Running(Process process, Path out, Path err) {

        public Result result() throws IOException {
            return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
        }
    }

    /** What a command has printed, and its exit code. */
    public record Result(int exitCode, String out, String err) {}
}
