package org.exportrelay.destinations.sftp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.camel.impl.DefaultCamelContext;
import org.exportrelay.testing.SftpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code check} does on an SFTP server. */
class RemoteDirectoryProbeTest {

    private static final String SHIPPED =
            "&fileExist=TryRename&tempFileName=.${header.ExportDeliveryId}.${header.ExportAttempt}.part";

    @TempDir
    private Path directory;

    private final DefaultCamelContext context = new DefaultCamelContext();
    private final RemoteDirectoryProbe probe = new RemoteDirectoryProbe();
    private SftpServer server;

    @BeforeEach
    void start() {
        server = new SftpServer(directory.resolve("server"));
        context.addComponent("sftp", new StrictSftpComponent());
        context.start();
    }

    @AfterEach
    void stop() {
        context.stop();
        server.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "&tempPrefix=.", "&tempFileName=sub-${file:name}.part", SHIPPED})
    void leavesNothingBehind(String options) throws Exception {
        server.start();
        assertThat(test(options)).isEqualTo("logged in, wrote and removed a file");
        assertThat(server.names("in/deep")).isEmpty();
        assertThat(server.uploads()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "&tempPrefix=.", SHIPPED})
    void noticesAServerWhoseDiskIsFullAndRemovesWhatItWrote(String options) {
        server.onWrite((session, offset) -> {
            if (offset >= 4096) {
                throw new IOException("No space left on device");
            }
        });
        server.start();
        assertThatThrownBy(() -> test(options))
                .hasMessageContaining("the server refused in/deep/.export-relay-check-")
                .hasMessageContaining("check its rights, disk and quota");
        assertThat(server.names("in/deep")).isEmpty();
    }

    @Test
    void noticesAServerThatHasNoRoomForTheFirstByte() {
        server.onWrite((session, offset) -> {
            throw new IOException("No space left on device");
        });
        server.start();
        assertThatThrownBy(() -> test(SHIPPED)).hasMessageContaining("check its rights, disk and quota");
        assertThat(server.names("in/deep")).isEmpty();
    }

    @Test
    void noticesAServerThatKeepsLessThanItAcknowledges() {
        server.losing(1).start();
        assertThatThrownBy(() -> test(SHIPPED)).hasMessageContaining("1,048,575 of 1,048,576 bytes arrived");
        assertThat(server.names("in/deep")).isEmpty();
    }

    @Test
    void touchesNoFileThatTheRouteItselfNames() throws Exception {
        Files.createDirectories(server.file("in/deep"));
        Files.writeString(server.file("in/deep/latest.gz"), "earlier");
        server.start();
        test("&fileName=latest.gz");
        assertThat(server.file("in/deep/latest.gz")).hasContent("earlier");
        assertThat(server.names("in/deep")).containsExactly("latest.gz");
    }

    @Test
    void logsInOnceWhereTheLoginIsRefused() {
        server.start();
        assertThatThrownBy(() -> test(SHIPPED + "&password=wrong")).hasMessageContaining("refused the login");
        int refused = server.passwordsRefused();
        assertThat(refused).isLessThanOrEqualTo(2);
    }

    private String test(String options) throws Exception {
        String password = options.contains("&password=") ? "" : "&password=RAW(" + SftpServer.PASSWORD + ")";
        return probe.test(context.getEndpoint("sftp://127.0.0.1:" + server.port() + "/in/deep?username="
                + SftpServer.USER + "&strictHostKeyChecking=no&useUserKnownHostsFile=false" + password + options));
    }
}
