package org.exportrelay.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;

/** The installation that the build has created, with the class-data archive of {@code optimize}. */
public final class Installation {

    private static final Path DIRECTORY = Path.of(System.getProperty("relay.installation"));

    private Installation() {}

    /** Each test process calls it; the first one creates the archive, the others wait for it. */
    public static Path launcher() {
        return Optimized.LAUNCHER;
    }

    /** With the archive of {@code optimize} only after {@link #launcher}. */
    public static Path directory() {
        return DIRECTORY;
    }

    private static final class Optimized {

        static final Path LAUNCHER = optimized();

        private static Path optimized() {
            Path launcher = DIRECTORY.resolve("bin/export-relay");
            Path lock = DIRECTORY.resolveSibling("optimize.lock");
            try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    var held = channel.lock()) {
                if (isOlderThanJar("export-relay.jsa") && isOlderThanJar("export-relay.aot")) {
                    optimize(launcher);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return launcher;
        }

        private static boolean isOlderThanJar(String archive) throws IOException {
            Path file = DIRECTORY.resolve("lib").resolve(archive);
            return !Files.exists(file)
                    || Files.getLastModifiedTime(file)
                                    .compareTo(Files.getLastModifiedTime(DIRECTORY.resolve("export-relay.jar")))
                            < 0;
        }

        private static void optimize(Path launcher) throws IOException, InterruptedException {
            ProcessBuilder builder = new ProcessBuilder(launcher.toString(), "optimize", "--training", "6s")
                    .redirectErrorStream(true)
                    .redirectOutput(DIRECTORY.resolveSibling("optimize.txt").toFile());
            builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
            Process process = builder.start();
            if (!process.waitFor(5, TimeUnit.MINUTES) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IllegalStateException(
                        "optimize failed; its output is in " + DIRECTORY.resolveSibling("optimize.txt"));
            }
        }
    }
}
