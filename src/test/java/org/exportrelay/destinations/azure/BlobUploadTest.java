package org.exportrelay.destinations.azure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.azure.core.util.BinaryData;
import com.azure.storage.blob.BlobClient;
import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.models.BlockListType;
import com.azure.storage.blob.sas.BlobContainerSasPermission;
import com.azure.storage.blob.sas.BlobServiceSasSignatureValues;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.exportrelay.api.HttpConnections;
import org.exportrelay.config.TestSettings;
import org.exportrelay.destinations.ListedFile;
import org.exportrelay.testing.Azurite;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The beans of {@code deliver-to-azure-blob}, against Microsoft's emulator. */
class BlobUploadTest {

    private static final int MIB = 1 << 20;

    @TempDir
    private static Path serverDirectory;

    private static Azurite server;
    private static BlobContainerClient client;

    @TempDir
    private Path directory;

    private final DefaultCamelContext context = new DefaultCamelContext();
    private final BlobContainer container = new BlobContainer();
    private final BlobUpload upload = new BlobUpload();

    @BeforeAll
    static void startServer() throws Exception {
        Azurite.assumeInstalled();
        server = Azurite.start(serverDirectory);
        client = server.client();
    }

    @AfterAll
    static void stopServer() throws Exception {
        if (server != null) {
            server.close();
        }
    }

    @BeforeEach
    void create() {
        context.getRegistry().bind("connections", new HttpConnections(TestSettings.of(), Map.of()));
        container.setCamelContext(context);
        container.setAccount(Azurite.ACCOUNT);
        container.setName(Azurite.CONTAINER);
        container.setEndpoint(Azurite.url(server.port()));
        container.setAccessKey(Azurite.ACCESS_KEY);
        container.setBlockSize("1M");
        upload.setContainer(container);
    }

    @AfterEach
    void close() {
        container.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, MIB, MIB + 1, 3 * MIB})
    void storesFilesOfAnySizeByteForByte(int size) throws Exception {
        byte[] content = put("sizes/" + size, size);
        BlobClient blob = client.getBlobClient("sizes/" + size);
        assertThat(blob.downloadContent().toBytes()).isEqualTo(content);
        assertThat(blob.getProperties().getMetadata())
                .containsEntry("sha256", sha256(content))
                .containsEntry("delivery_id", "d1");
        assertThat(blob.getProperties().getContentType()).isEqualTo("application/gzip");
        assertThat(blob.getBlockBlobClient().listBlocks(BlockListType.ALL).getCommittedBlocks())
                .hasSize(size > MIB ? (size + MIB - 1) / MIB : 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b+c.csv.gz", "50%25 of 100%.csv.gz", "Grüße/Zürich & #1?.csv.gz", "a//b.csv.gz"})
    void storesUnderTheExactName(String name) throws Exception {
        byte[] content = put(name, 10);
        assertThat(client.getBlobClient(name).downloadContent().toBytes()).isEqualTo(content);
        assertThat(client.listBlobs().stream().map(blob -> blob.getName())).contains(name);
    }

    @Test
    void replacesABlobOfAnotherSize() throws Exception {
        put("again", 3 * MIB);
        byte[] content = put("again", 2 * MIB);
        assertThat(client.getBlobClient("again").downloadContent().toBytes()).isEqualTo(content);
    }

    @Test
    void listsADirectoryWithoutThoseBelow() throws Exception {
        put("list/one.csv.gz", 10);
        put("list/two.csv.gz", 2 * MIB);
        put("list/below/three.csv.gz", 10);
        List<ListedFile> files = new ArrayList<>();
        try (ContainerInventory inventory = new ContainerInventory(container)) {
            inventory.list(inventory.root() + "list/", files::add);
            inventory.list(inventory.root() + "none/", files::add);
            assertThat(files)
                    .containsExactly(
                            new ListedFile(container.location("list/one.csv.gz"), 10L),
                            new ListedFile(container.location("list/two.csv.gz"), 2L * MIB));
            assertThat(inventory.sha256(files.get(0).location())).contains(sha256(content(10)));
            client.getBlobClient("list/other").upload(BinaryData.fromString("x"));
            assertThat(inventory.sha256(container.location("list/other"))).contains("");
        }
    }

    @Test
    void checksForReal() throws Exception {
        assertThat(upload.test()).isEqualTo("wrote, read and removed .export-relay-check");
        assertThat(client.getBlobClient(".export-relay-check").exists()).isFalse();
        container.close();
        container.setAccessKey("d3Jvbmc=");
        assertThatThrownBy(upload::test).hasMessage("Azure answered 403 AuthorizationFailure");
        container.close();
        container.setAccessKey(Azurite.ACCESS_KEY);
        container.setName("no-such-container");
        assertThatThrownBy(upload::test).hasMessage("Azure answered 404 ContainerNotFound");
    }

    @Test
    void acceptsASharedAccessSignature() throws Exception {
        BlobContainerSasPermission permissions = new BlobContainerSasPermission()
                .setReadPermission(true)
                .setWritePermission(true)
                .setCreatePermission(true)
                .setDeletePermission(true);
        container.setAccessKey("");
        container.setSasToken(client.generateSas(
                new BlobServiceSasSignatureValues(OffsetDateTime.now().plusHours(1), permissions)));
        assertThat(upload.test()).startsWith("wrote");
        byte[] content = put("with-token", 3 * MIB);
        assertThat(client.getBlobClient("with-token").downloadContent().toBytes())
                .isEqualTo(content);
    }

    private byte[] put(String name, int size) throws Exception {
        byte[] content = content(size);
        Path file = Files.write(directory.resolve("file"), content);
        DefaultExchange exchange = new DefaultExchange(context);
        exchange.getMessage().setHeader("ExportFile", "properties.csv.gz");
        upload.put(file.toFile(), name, sha256(content), "d1", exchange);
        return content;
    }

    private static byte[] content(int size) {
        byte[] content = new byte[size];
        new Random(size).nextBytes(content);
        return content;
    }

    private static String sha256(byte[] content) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    }
}
