package org.exportrelay.destinations.sftp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.camel.impl.DefaultCamelContext;
import org.exportrelay.destinations.Inventory;
import org.exportrelay.destinations.Listable;
import org.exportrelay.destinations.ListedFile;
import org.exportrelay.testing.SftpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code reconcile} lists on an SFTP server. */
class SftpInventoryTest {

    @TempDir
    private Path directory;

    private final DefaultCamelContext context = new DefaultCamelContext();
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

    @Test
    void listsTheFilesOfADirectoryWithTheirSizesUnderTheirLocations() throws Exception {
        server.start();
        for (String name : List.of("in/a.gz", "in/b [1].gz", "in/deep/c.gz", "in/st*r/d.gz", "in/star/e.gz")) {
            Path file = server.file(name);
            Files.createDirectories(file.getParent());
            Files.writeString(file, "1234567");
        }
        try (Inventory inventory = inventory("")) {
            assertThat(inventory.root()).isEqualTo(root());
            assertThat(list(inventory, "/~/in/"))
                    .extracting(ListedFile::location, ListedFile::size)
                    .containsExactlyInAnyOrder(tuple(root() + "~/in/a.gz", 7L), tuple(root() + "~/in/b [1].gz", 7L));
            assertThat(list(inventory, "/in/deep/"))
                    .extracting(ListedFile::location)
                    .containsExactly(root() + "in/deep/c.gz");
            assertThat(list(inventory, "/~/in/st*r/"))
                    .extracting(ListedFile::location)
                    .containsExactly(root() + "~/in/st*r/d.gz");
            assertThat(list(inventory, "/~/in/none/")).isEmpty();
            assertThat(list(inventory, "/~/")).isEmpty();
            assertThat(inventory.sha256(root() + "~/in/a.gz")).isEmpty();
        }
    }

    @Test
    void anEmptyDirectoryIsNoServerThatRefuses() throws Exception {
        server.start();
        Files.createDirectories(server.file("in"));
        try (Inventory inventory = inventory("")) {
            assertThat(list(inventory, "/~/in/")).isEmpty();
            server.stop();
            assertThatThrownBy(() -> list(inventory, "/~/in/")).isInstanceOf(Exception.class);
        }
    }

    @Test
    void aDropBoxHasNothingToCompare() {
        server.start();
        assertThat(endpoint("&dropBox=true").inventory()).isEmpty();
    }

    private Inventory inventory(String options) {
        return endpoint(options).inventory().orElseThrow();
    }

    private Listable endpoint(String options) {
        return (Listable) context.getEndpoint("sftp://127.0.0.1:" + server.port() + "/in?username=" + SftpServer.USER
                + "&strictHostKeyChecking=no&useUserKnownHostsFile=false&password=RAW(" + SftpServer.PASSWORD + ")"
                + options);
    }

    private List<ListedFile> list(Inventory inventory, String path) throws Exception {
        List<ListedFile> files = new ArrayList<>();
        inventory.list(root().replaceFirst("/$", "") + path, files::add);
        return files;
    }

    private String root() {
        return "sftp://" + SftpServer.USER + "@127.0.0.1:" + server.port() + "/";
    }
}
