package org.exportrelay.destinations.sftp;

import com.jcraft.jsch.JSchException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.component.file.GenericFileOperationFailedException;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.sshd.sftp.common.SftpConstants;
import org.exportrelay.component.ExportHeaders;
import org.exportrelay.destinations.FailureTable;
import org.exportrelay.testing.SftpServer;
import org.exportrelay.testing.TcpGate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class SftpFailuresTest {

    private static final String ORDINARY =
            "&fileExist=TryRename&tempFileName=.${header.ExportDeliveryId}.${header.ExportAttempt}.part";

    @TempDir
    private Path directory;

    private final DefaultCamelContext context = new DefaultCamelContext();
    private KnownHosts known;
    private int servers;

    @BeforeEach
    void start() {
        known = new KnownHosts(directory.resolve("known_hosts"));
        context.getPropertiesComponent()
                .addOverrideProperty("sftp.known-hosts", known.file().toString());
        context.addComponent("sftp", new StrictSftpComponent());
        context.start();
    }

    @AfterEach
    void stop() {
        context.stop();
    }

    @TestFactory
    Stream<DynamicTest> everyRowOfTheTableHolds() {
        return FailureTable.of("SFTP")
                .row(
                        "The server cannot be reached, or does not respond in time.",
                        () -> upload("sftp://127.0.0.1:" + TcpGate.freePort(), SftpServer.PASSWORD, ""),
                        () -> upload("sftp://no-such-host.invalid", SftpServer.PASSWORD, ""),
                        () -> {
                            throw new GenericFileOperationFailedException("", new JSchException("timeout"));
                        })
                .row("The server refuses the login.", this::withAWrongPassword)
                .row("The private key cannot be read.", this::withoutItsPrivateKey)
                .row("The host key of the server is not known.", this::toAnUnknownServer)
                .row("The host key of the server has changed.", this::toAChangedServer)
                .row(
                        "The connection breaks during an upload.",
                        () -> withServer(server -> server.onWrite((session, offset) -> session.close(true))))
                .row(
                        "The server has no space, or a quota is used up.",
                        () -> withServer(server -> server.onWrite((session, offset) -> {
                            throw new IOException("No space left on device");
                        })),
                        () -> withServer(answeringWrites(SftpConstants.SSH_FX_QUOTA_EXCEEDED)),
                        () -> withServer(server -> server.losing(5)))
                .row(
                        "The directory is missing and cannot be created.",
                        () -> withServer(SftpServer::denyingDirectories))
                .row(
                        "The user may not write to the directory, or may not rename files.",
                        () -> withServer(server -> server.onWrite((session, offset) -> {
                            throw new AccessDeniedException("in");
                        })),
                        () -> withServer(SftpServer::denyingRenames))
                .row(
                        "The server refuses the name.",
                        () -> withServer(answeringWrites(SftpConstants.SSH_FX_INVALID_FILENAME)),
                        () -> withServer(answeringWrites(SftpConstants.SSH_FX_BAD_MESSAGE)))
                .row(
                        "The file cannot get its final name, for example because a directory has that name.",
                        () -> withServer(server -> occupy(server.file("in/export.csv/in-the-way"))))
                .row("The server stores more bytes than it received.", this::verifyMoreThanWasSent)
                .row(
                        "The server does not report the size of the file, or takes the file when it is closed.",
                        () -> withServer(SftpServer::withoutSizes),
                        () -> withServer(SftpServer::takingFilesAtClose))
                .tests();
    }

    private static Consumer<SftpServer> answeringWrites(int code) {
        return server -> server.onWrite((session, offset) -> {
            throw new org.apache.sshd.sftp.common.SftpException(code, "no");
        });
    }

    private static void occupy(Path path) {
        try {
            Files.createDirectories(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void verifyMoreThanWasSent() {
        StrictSftpEndpoint endpoint =
                context.getEndpoint("sftp://127.0.0.1/in?username=relay", StrictSftpEndpoint.class);
        new UploadCheck(endpoint)
                .verify("in/.part", 1, new StoredFile(StoredFile.Presence.PRESENT, OptionalLong.of(2), "", true));
    }

    private void withServer(Consumer<SftpServer> habits) throws IOException {
        try (SftpServer server = newServer()) {
            habits.accept(server);
            server.start();
            trust(server);
            upload(server.url(), SftpServer.PASSWORD, "");
        }
    }

    private void withAWrongPassword() throws IOException {
        try (SftpServer server = newServer().start()) {
            trust(server);
            upload(server.url(), "wrong", "");
        }
    }

    private void withoutItsPrivateKey() throws IOException {
        try (SftpServer server = newServer().start()) {
            trust(server);
            upload(server.url(), SftpServer.PASSWORD, "&privateKeyFile=" + directory.resolve("no-such-key"));
        }
    }

    private void toAnUnknownServer() {
        try (SftpServer server = newServer().start()) {
            upload(server.url(), SftpServer.PASSWORD, "");
        }
    }

    private void toAChangedServer() throws IOException {
        try (SftpServer server = newServer().start()) {
            trust(server);
            server.stop();
            server.withNewHostKey().start();
            upload(server.url(), SftpServer.PASSWORD, "");
        }
    }

    private SftpServer newServer() {
        return new SftpServer(directory.resolve("server-" + servers++));
    }

    private void trust(SftpServer server) throws IOException {
        ServerAddress address = ServerAddress.parse(server.url());
        known.pin(address, HostKeyProbe.ask(address, known));
    }

    private void upload(String url, String password, String options) {
        context.createProducerTemplate()
                .requestBodyAndHeaders(
                        url + "/in?username=" + SftpServer.USER + "&password=RAW(" + password + ")" + ORDINARY
                                + options,
                        "content",
                        Map.of(
                                Exchange.FILE_NAME,
                                "export.csv",
                                ExportHeaders.DELIVERY_ID,
                                "d1",
                                ExportHeaders.ATTEMPT,
                                1));
    }
}
