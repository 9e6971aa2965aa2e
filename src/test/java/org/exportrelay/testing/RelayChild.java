package org.exportrelay.testing;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.exportrelay.sandbox.Sandbox;

/**
 * The installed relay as a child process, in a working directory that has the project's own routes and
 * settings, as an operator's has.
 */
public final class RelayChild {

    private static final long LONGEST_SECONDS = 180;

    private final Path directory;
    private final Map<String, String> environment = new HashMap<>();
    /** It lives for seconds, in which the second compiler costs more than it brings. */
    private final List<String> javaOptions = new ArrayList<>(List.of("-XX:TieredStopAtLevel=1"));

    private RelayLedger ledger;
    /** The launcher of the installation if empty. */
    private List<String> program = List.of();

    private int runs;

    private RelayChild(Path directory) {
        this.directory = directory;
        this.ledger = RelayLedger.of(directory.resolve("data/ledger.db"));
    }

    /** A working directory with copies of the shipped files. */
    public static RelayChild in(Path directory) {
        return in(directory, Path.of(""));
    }

    /**
     * A working directory with copies of the files that a version ships.
     *
     * @param checkout of that version
     */
    public static RelayChild in(Path directory, Path checkout) {
        try {
            Files.createDirectories(directory.resolve("routes"));
            Files.copy(checkout.resolve("application.properties"), directory.resolve("application.properties"));
            try (Stream<Path> routes = Files.list(checkout.resolve("routes"))) {
                for (Path route : routes.filter(Files::isRegularFile).toList()) {
                    Files.copy(route, directory.resolve("routes").resolve(route.getFileName()));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new RelayChild(directory).with("relay.http.port", 0);
    }

    /** Sets a setting through its environment variable. */
    public RelayChild with(String key, Object value) {
        environment.put(key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_'), value.toString());
        return this;
    }

    /** Names the server for {@code deliver-to-sftp}, on 127.0.0.1 with the account of {@link SftpServer}. */
    public RelayChild withSftp(int port, String inbox) {
        return with("sftp.host", "127.0.0.1")
                .with("sftp.port", port)
                .with("sftp.directory", inbox)
                .with("sftp.username", SftpServer.USER)
                .with("sftp.password", SftpServer.PASSWORD);
    }

    /** Runs another program, such as one of another version, in place of the installed one. */
    public RelayChild withProgram(Path jar) {
        program = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-jar",
                jar.toAbsolutePath().toString());
        return this;
    }

    /** Adds an option of the Java virtual machine. */
    public RelayChild withJava(String option) {
        javaOptions.add(option);
        return this;
    }

    /** Points it at a simulated API. */
    public RelayChild at(Sandbox sandbox) {
        return with("relay.api.url", sandbox.apiUrl())
                .with("relay.api.key", sandbox.key())
                .with("relay.download.allowed-hosts", sandbox.storeUrl().getAuthority());
    }

    /** Gives it a ledger on PostgreSQL. */
    public RelayChild withLedger(EmbeddedPostgres postgres) {
        ledger = RelayLedger.of(postgres);
        return with("relay.ledger.url", ledger.url()).with("relay.ledger.username", ledger.username());
    }

    /** Its ledger: the one it was given, or that of its data directory. */
    public RelayLedger ledger() {
        return ledger;
    }

    /** Puts an example into use as its documentation says: copied, unchanged, into {@code routes/}. */
    public RelayChild withExample(String name) {
        String file = name + ".camel.yaml";
        try {
            Files.copy(
                    Path.of("routes/examples").resolve(file),
                    directory.resolve("routes").resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** Adds an option to {@code exports:} in a copied route. */
    public RelayChild withExportsOption(String name, String option) {
        Path file = directory.resolve("routes").resolve(name + ".camel.yaml");
        try {
            String route = Files.readString(file);
            Files.writeString(file, route.replaceFirst("( +)payload: .*\n", "$0$1" + option + "\n"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** Takes a route file out of use. */
    public RelayChild without(String name) {
        try {
            Files.delete(directory.resolve("routes").resolve(name + ".camel.yaml"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    public Path directory() {
        return directory;
    }

    public Path archive() {
        return directory.resolve("data/archive");
    }

    /** What lies in the archive under a final name. */
    public List<Path> archived() {
        if (!Files.isDirectory(archive())) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(archive())) {
            return files.filter(file -> !file.getFileName().toString().startsWith("."))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Running start(String... arguments) {
        List<String> command = new ArrayList<>(
                program.isEmpty() ? List.of(Installation.launcher().toString()) : program);
        command.addAll(List.of(arguments));
        Path out = directory.resolve("out-" + ++runs + ".txt");
        Path err = directory.resolve("err-" + runs + ".txt");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().remove("DM_API_KEY");
        builder.environment().remove("EXPORT_RELAY_HOME");
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("JAVA_OPTS", String.join(" ", javaOptions));
        builder.environment().putAll(environment);
        try {
            Process process = builder.start();
            // A test that fails half-way must not leave it behind.
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
            return new Running(process, out, err);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs a command to its end. */
    public Ended run(String... arguments) {
        return start(arguments).await();
    }

    public record Running(Process process, Path out, Path err) {

        public Ended await() {
            try {
                if (!process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                    throw new AssertionError(
                            "still running after " + LONGEST_SECONDS + " s; it printed:\n" + read(out) + read(err));
                }
            } catch (InterruptedException e) {
                process.destroyForcibly();
                Thread.currentThread().interrupt();
            }
            return new Ended(process.exitValue(), read(out), read(err));
        }

        /** SIGTERM, as a service manager sends it. */
        public Ended stop() {
            process.destroy();
            return await();
        }

        /** SIGKILL: nothing is finished, nothing is said. */
        public void kill() {
            process.destroyForcibly();
            await();
        }

        /** SIGSTOP: it does nothing until {@link #resume}, and does not notice. */
        public void pause() {
            signal("STOP");
        }

        public void resume() {
            signal("CONT");
        }

        private void signal(String name) {
            try {
                new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                        .start()
                        .waitFor();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        public String output() {
            return read(out);
        }

        private static String read(Path file) {
            try {
                return Files.readString(file, StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    public record Ended(int exitCode, String out, String err) {}
}
