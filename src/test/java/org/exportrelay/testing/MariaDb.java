package org.exportrelay.testing;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A MariaDB server of a test, with the empty database {@code warehouse}. */
public final class MariaDb implements AutoCloseable {

    public static final String USER = "owner";
    public static final String PASSWORD = "owners-own";

    private static final Path PROGRAM = Path.of("/usr/sbin/mariadbd");
    private static final Path INSTALL = Path.of("/usr/bin/mariadb-install-db");
    /** Which that script needs. */
    private static final Path DEFAULTS = Path.of("/usr/bin/my_print_defaults");

    private static final Duration START = Duration.ofMinutes(1);

    private final Process process;
    private final Path directory;
    private final int port;

    private MariaDb(Process process, Path directory, int port) {
        this.process = process;
        this.directory = directory;
        this.port = port;
    }

    /** Skips the tests where the program is not installed. */
    public static void assumeInstalled() {
        assumeTrue(
                Stream.of(PROGRAM, INSTALL, DEFAULTS).allMatch(Files::isExecutable),
                "MariaDB is not installed; install the packages mariadb-server-core and mariadb-client-core");
    }

    public static MariaDb start() {
        try {
            Path directory = Files.createTempDirectory("mariadb");
            Path init = Files.writeString(
                    directory.resolve("init.sql"),
                    "CREATE DATABASE warehouse;\nCREATE USER " + USER + "@'127.0.0.1' IDENTIFIED BY '" + PASSWORD
                            + "';\nGRANT ALL ON *.* TO " + USER + "@'127.0.0.1' WITH GRANT OPTION;\n");
            String data = "--datadir=" + directory.resolve("data");
            List<String> install = new ArrayList<>(
                    List.of(INSTALL.toString(), "--no-defaults", data, "--auth-root-authentication-method=normal"));
            install.add("--skip-test-db");
            Process installing = process(install, directory.resolve("install.log"));
            if (!installing.waitFor(START.toSeconds(), TimeUnit.SECONDS) || installing.exitValue() != 0) {
                throw new IllegalStateException("mariadb-install-db failed; see " + directory.resolve("install.log"));
            }
            int port = FreePort.find();
            Process process = process(
                    List.of(
                            PROGRAM.toString(),
                            "--no-defaults",
                            data,
                            "--user=" + System.getProperty("user.name"),
                            "--port=" + port,
                            "--bind-address=127.0.0.1",
                            "--socket=" + directory.resolve("socket"),
                            "--pid-file=" + directory.resolve("pid"),
                            "--skip-name-resolve",
                            "--innodb-buffer-pool-size=64M",
                            "--innodb-flush-log-at-trx-commit=2",
                            "--init-file=" + init),
                    directory.resolve("log"));
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
            MariaDb started = new MariaDb(process, directory, port);
            await().atMost(START).ignoreExceptions().until(() -> {
                started.connect().close();
                return true;
            });
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static Process process(List<String> command, Path log) throws IOException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
    }

    public String url() {
        return "jdbc:mariadb://127.0.0.1:" + port + "/warehouse";
    }

    public Connection connect() throws SQLException {
        return DriverManager.getConnection(url(), USER, PASSWORD);
    }

    public void execute(String... statements) throws SQLException {
        try (Connection connection = connect();
                Statement sql = connection.createStatement()) {
            for (String statement : statements) {
                sql.execute(statement);
            }
        }
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try (var files = Files.walk(directory)) {
            files.sorted((a, b) -> b.compareTo(a)).forEach(file -> file.toFile().delete());
        }
    }
}
