package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.exportrelay.testing.SftpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code trust} on a terminal; as the packaged jar without one it is in SftpIT. */
class TrustCommandTest {

    @TempDir
    private Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final List<String> questions = new ArrayList<>();
    private SftpServer server;
    private Path known;

    @BeforeEach
    void start() {
        server = new SftpServer(directory.resolve("server")).start();
        known = directory.resolve("known_hosts");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void showsTheFingerprintBeforeItAsksAndPinsAfterAYesOnly() {
        assertThat(trust("no")).isEqualTo(1);
        assertThat(trust("y")).isEqualTo(1);
        assertThat(trust(null)).isEqualTo(1);
        assertThat(known).doesNotExist();
        assertThat(out.toString()).contains("shows the host key " + server.fingerprint() + " (ecdsa-sha2-nistp256)");
        assertThat(trust("yes")).isZero();
        assertThat(questions).hasSize(4).allMatch(question -> question.startsWith("Pin it"));
        assertThat(known).content().startsWith("[127.0.0.1]:" + server.port() + " ecdsa-sha2-nistp256 ");
    }

    @Test
    void asksNothingWhereTheKeyIsPinnedAlready() throws Exception {
        trust("yes");
        String before = Files.readString(known);
        assertThat(trust("no")).isZero();
        assertThat(questions).hasSize(1);
        assertThat(known).hasContent(before);
    }

    @Test
    void replacesAChangedKeyOnlyAfterItHasShownBoth() throws Exception {
        trust("yes");
        String before = Files.readString(known);
        String old = server.fingerprint();
        server.stop();
        server.withNewHostKey().start();
        assertThat(trust("no")).isEqualTo(1);
        assertThat(known).hasContent(before);
        assertThat(out.toString()).contains("CHANGED: ").contains(old).contains(server.fingerprint());
        assertThat(questions.get(1)).startsWith("Replace the pinned key");
        assertThat(trust("yes")).isZero();
        assertThat(Files.readAllLines(known)).hasSize(1);
        assertThat(known).content().isNotEqualTo(before);
    }

    @Test
    void refusesAnotherFingerprintThanTheOneGivenWithoutAsking() {
        assertThat(trust("yes", "--fingerprint", "SHA256:another")).isEqualTo(2);
        assertThat(err.toString()).contains("that is not --fingerprint SHA256:another; nothing was pinned");
        assertThat(questions).isEmpty();
        assertThat(known).doesNotExist();
    }

    @Test
    void saysWhenNothingListensThere() {
        server.stop();
        assertThat(trust("yes")).isEqualTo(1);
        assertThat(err.toString())
                .isEqualTo("trust: " + server.url() + ": nothing listens there (Connection refused); check host and"
                        + " port, and that the server runs" + System.lineSeparator());
        server.start();
    }

    @Test
    void saysWhenSomethingElseListensThere() throws Exception {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread answering = new Thread(() -> answer(other));
            answering.start();
            assertThat(run("sftp://127.0.0.1:" + other.getLocalPort(), question -> "yes"))
                    .isEqualTo(1);
            assertThat(err.toString()).contains("closes the connection or does not speak SSH");
            answering.join();
        }
    }

    @Test
    void saysWhichFileItCannotRead() throws Exception {
        Files.createDirectory(known);
        assertThat(trust("yes")).isEqualTo(1);
        assertThat(err.toString()).startsWith("trust: " + known + " cannot be read (");
    }

    @Test
    void saysWhatToWriteWhereTheAddressIsWrong() {
        assertThat(run("sftp.example:22", question -> "yes")).isEqualTo(2);
        assertThat(err.toString()).contains("write sftp://HOST or sftp://HOST:PORT");
    }

    private static void answer(ServerSocket other) {
        try (Socket accepted = other.accept();
                OutputStream answer = accepted.getOutputStream()) {
            answer.write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private int trust(String answer, String... options) {
        return run(
                server.url(),
                question -> {
                    questions.add(question);
                    return answer;
                },
                options);
    }

    private int run(String address, UnaryOperator<String> terminal, String... options) {
        List<String> arguments = new ArrayList<>(List.of(address, "--known-hosts", known.toString()));
        arguments.addAll(List.of(options));
        return new CommandLine(new TrustCommand(terminal))
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments.toArray(String[]::new));
    }
}
