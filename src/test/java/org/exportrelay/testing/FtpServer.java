package org.exportrelay.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** As much of an FTP server as uploads need, in passive mode; any user may log in. */
public final class FtpServer implements AutoCloseable {

    private final Path root;
    private final ServerSocket listening;

    /**
     * @param root the login directory
     */
    public FtpServer(Path root) throws IOException {
        this.root = Files.createDirectories(root);
        listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start(this::accept);
    }

    public int port() {
        return listening.getLocalPort();
    }

    private void accept() throws IOException {
        while (!listening.isClosed()) {
            Socket control = listening.accept();
            start(() -> new Session(control).serve());
        }
    }

    private static void start(Session.Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (IOException | UncheckedIOException e) {
                // The server or the client is closed.
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        listening.close();
    }

    private final class Session {

        @FunctionalInterface
        interface Work {
            void run() throws IOException;
        }

        private final Socket control;
        private Path directory = root;
        private Path renamed;
        private ServerSocket data;

        Session(Socket control) {
            this.control = control;
        }

        void serve() throws IOException {
            try (control;
                    BufferedReader commands = new BufferedReader(
                            new InputStreamReader(control.getInputStream(), StandardCharsets.UTF_8))) {
                reply("220 ready");
                for (String line = commands.readLine(); line != null; line = commands.readLine()) {
                    String[] parts = line.split(" ", 2);
                    reply(answer(parts[0].toUpperCase(Locale.ROOT), parts.length > 1 ? parts[1] : ""));
                }
            }
        }

        private String answer(String command, String argument) throws IOException {
            Path path = argument.startsWith("/")
                    ? root.resolve(argument.substring(1))
                    : directory.resolve(argument).normalize();
            return switch (command) {
                case "USER" -> "331 password";
                case "PASS" -> "230 logged in";
                case "SYST" -> "215 UNIX Type: L8";
                case "PWD" -> "257 \"/" + root.relativize(directory) + "\"";
                case "CDUP" -> changeTo(directory.equals(root) ? root : directory.getParent());
                case "CWD" -> changeTo(path);
                case "MKD" -> done(() -> Files.createDirectory(path));
                case "DELE" -> done(() -> Files.delete(path));
                case "RNFR" -> {
                    renamed = path;
                    yield Files.exists(path) ? "350 to" : "550 no such file";
                }
                case "RNTO" -> done(() -> Files.move(renamed, path, StandardCopyOption.REPLACE_EXISTING));
                case "PASV" -> passive();
                case "STOR" -> transfer(connection -> {
                    Files.copy(connection.getInputStream(), path, StandardCopyOption.REPLACE_EXISTING);
                });
                case "NLST" -> transfer(connection -> {
                    try (Stream<Path> files = Files.list(argument.isEmpty() ? directory : path)) {
                        String names =
                                files.map(file -> file.getFileName() + "\r\n").collect(Collectors.joining());
                        connection.getOutputStream().write(names.getBytes(StandardCharsets.UTF_8));
                    }
                });
                case "QUIT" -> "221 bye";
                default -> "200 fine";
            };
        }

        private String changeTo(Path path) {
            if (!Files.isDirectory(path)) {
                return "550 no such directory";
            }
            directory = path;
            return "250 changed";
        }

        private String passive() throws IOException {
            data = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
            return "227 (127,0,0,1," + data.getLocalPort() / 256 + "," + data.getLocalPort() % 256 + ")";
        }

        private interface Transfer {
            void run(Socket connection) throws IOException;
        }

        private String transfer(Transfer transfer) throws IOException {
            reply("150 go");
            try (ServerSocket passive = data;
                    Socket connection = passive.accept()) {
                transfer.run(connection);
            }
            return "226 done";
        }

        private String done(Work work) {
            try {
                work.run();
                return "250 done";
            } catch (IOException e) {
                return "550 " + e;
            }
        }

        private void reply(String line) throws IOException {
            OutputStream out = control.getOutputStream();
            out.write((line + "\r\n").getBytes(StandardCharsets.UTF_8));
            out.flush();
        }
    }
}
