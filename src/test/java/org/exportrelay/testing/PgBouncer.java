package org.exportrelay.testing;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** PgBouncer in front of a PostgreSQL server on this host: every database of the server, as user {@code postgres}. */
public final class PgBouncer implements AutoCloseable {

    /** Another version than the packaged one: {@code -Dpgbouncer=FILE}. */
    private static final Path PROGRAM = Path.of(System.getProperty("pgbouncer", "/usr/sbin/pgbouncer"));

    private final Process process;
    private final Path directory;
    private final int port;

    private PgBouncer(Process process, Path directory, int port) {
        this.process = process;
        this.directory = directory;
        this.port = port;
    }

    /** Skips the test where the program is not installed. */
    public static void assumeInstalled() {
        assumeTrue(Files.isExecutable(PROGRAM), PROGRAM + " is not installed; install the package pgbouncer");
    }

    /**
     * @param server port of the PostgreSQL server
     * @param settings further lines of the section {@code [pgbouncer]}, such as {@code pool_mode = transaction}
     */
    public static PgBouncer start(int server, String... settings) {
        try {
            // Not in a @TempDir, which only its owner may read: as root, PgBouncer becomes another user.
            Path directory = Files.createTempDirectory("pgbouncer");
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
            int port = FreePort.find();
            List<String> lines = new ArrayList<>(List.of(
                    "[databases]",
                    "* = host=127.0.0.1 port=" + server + " user=postgres",
                    "[pgbouncer]",
                    "listen_addr = 127.0.0.1",
                    "listen_port = " + port,
                    "unix_socket_dir =",
                    "auth_type = any",
                    // Every test has a database, and so a pool, of its own.
                    "server_idle_timeout = 5"));
            lines.addAll(List.of(settings));
            Path file = Files.write(directory.resolve("pgbouncer.ini"), lines);
            List<String> command = new ArrayList<>(List.of(PROGRAM.toString()));
            if (System.getProperty("user.name").equals("root")) {
                command.addAll(List.of("-u", "nobody"));
            }
            command.add(file.toString());
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("log").toFile())
                    .start();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
            PgBouncer started = new PgBouncer(process, directory, port);
            await().atMost(Duration.ofSeconds(10)).until(started::listens);
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return port;
    }

    private boolean listens() throws IOException {
        if (!process.isAlive()) {
            throw new IllegalStateException("PgBouncer ended: " + Files.readString(directory.resolve("log")));
        }
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() {
        process.destroy();
    }
}
