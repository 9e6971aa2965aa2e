package org.exportrelay.destinations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.azure.core.util.BinaryData;
import com.azure.storage.blob.BlobClient;
import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.models.BlobItem;
import com.azure.storage.blob.models.BlockListType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxExport;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.Azurite;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.exportrelay.testing.RelayChild.Running;
import org.exportrelay.testing.TcpGate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code deliver-to-azure-blob} as it is, against Microsoft's emulator. */
class AzureIT {

    /** About 8 MB compressed: several blocks. */
    private static final int BIG = 300_000;

    @TempDir
    private static Path serverDirectory;

    private static Azurite server;
    private static BlobContainerClient client;

    @TempDir
    private Path directory;

    private Sandbox sandbox;
    private TcpGate gate;

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
    void start() {
        sandbox = Sandbox.start(SandboxOptions.defaults().withExports(0).withArrivalPeriod(Duration.ZERO));
        gate = new TcpGate(server.port());
    }

    @AfterEach
    void stop() throws Exception {
        gate.close();
        sandbox.close();
        for (BlobItem blob : client.listBlobs()) {
            client.getBlobClient(blob.getName()).delete();
        }
    }

    @Test
    void putsSmallAndBigFilesByteForByteAndFindsThemAgain() throws Exception {
        SandboxExport small = sandbox.addFinished("people_export", new SandboxFile("people.csv.gz", 100));
        SandboxExport big = sandbox.addFinished("properties_export", new SandboxFile("properties.csv.gz", BIG));
        RelayChild relay = relay();
        assertThat(relay.run("check").out())
                .contains("ok    exports:azure-blob -> azure-storage-blob:" + Azurite.ACCOUNT + "/" + Azurite.CONTAINER
                        + ": wrote, read and removed");
        Ended ended = relay.run("once");
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        assertThat(ended.err()).doesNotContain(Azurite.ACCESS_KEY, "com.azure", "reactor");
        assertIsThere(small, "people");
        BlobClient blob = assertIsThere(big, "properties");
        assertThat(blob.getBlockBlobClient().listBlocks(BlockListType.ALL).getCommittedBlocks())
                .as("in blocks")
                .hasSizeGreaterThan(1);
        assertThat(relay.run("reconcile", "--checksums").exitCode()).isZero();
        blob.upload(BinaryData.fromString("something else"), true);
        client.getBlobClient(name(small, "people")).delete();
        assertThat(relay.run("reconcile", "--checksums").out()).contains(": missing: ", ": different: ");
    }

    @Test
    void aConnectionCutInTheMiddleOfABigFileShowsNothingHalf() throws Exception {
        SandboxExport big = sandbox.addFinished("properties_export", new SandboxFile("properties.csv.gz", BIG));
        gate.after(5 << 20, () -> {
            assertThat(blobs()).isZero();
            gate.cut();
        });
        Ended ended = relay().run("once");
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        assertThat(gate.isSprung()).isTrue();
        assertIsThere(big, "properties");
    }

    @Test
    void aFileThatAKilledProcessLeftHalfIsInvisibleAndPutWholeAfterwards() throws Exception {
        SandboxExport big = sandbox.addFinished("properties_export", new SandboxFile("properties.csv.gz", BIG));
        gate.after(5 << 20, gate::hold);
        RelayChild relay = relay();
        Running killed = relay.start("run");
        await().atMost(Duration.ofSeconds(60)).until(gate::isSprung);
        killed.process().destroyForcibly().waitFor();
        gate.cut();
        assertThat(blobs()).isZero();
        Ended ended = relay.run("once");
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        assertIsThere(big, "properties");
    }

    @Test
    void aBlobThatIsNotWhatWasSentIsNotTakenForDelivered() throws Exception {
        SandboxExport small = sandbox.addFinished("people_export", new SandboxFile("people.csv.gz", 100));
        String name = name(small, "people");
        gate.before("HEAD /", () -> client.getBlobClient(name).upload(BinaryData.fromString("something else"), true));
        Ended ended = relay().run("once");
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        assertThat(ended.err()).contains("is not the file that was sent: it has 14 bytes");
        assertIsThere(small, "people");
    }

    @Test
    void waitsForAnIdentityWhereThereIsNoKey() throws Exception {
        sandbox.addFinished("people_export", new SandboxFile("people.csv.gz", 100));
        RelayChild relay =
                relay().with("azure.access-key", "").with("azure.endpoint", "https://127.0.0.1:" + gate.port());
        Ended ended = relay.run("check");
        assertThat(ended.out() + ended.err())
                .contains("FAIL  exports:azure-blob")
                .doesNotContain("ClassNotFound", "NoClassDef");
    }

    /** Plain Camel, in a program whose build has no extension for it. */
    @Test
    void camelsOwnComponentWorksInARouteOfYourOwn() throws Exception {
        SandboxExport small = sandbox.addFinished("people_export", new SandboxFile("people.csv.gz", 100));
        RelayChild relay = relay().without("deliver-to-azure-blob");
        Files.writeString(
                directory.resolve("relay/routes/own.camel.yaml"),
                """
                - beans:
                    - name: azureService
                      type: com.azure.storage.blob.BlobServiceClient
                      builderClass: com.azure.storage.blob.BlobServiceClientBuilder
                      builderMethod: buildClient
                      properties:
                        connectionString: "DefaultEndpointsProtocol=http;AccountName={{azure.account}};\
                AccountKey={{azure.access-key}};BlobEndpoint={{azure.endpoint}};"
                - route:
                    id: own
                    description: Uploads with Camel's own component
                    from:
                      uri: exports:own
                      parameters: {payload: file}
                      steps:
                        - to:
                            uri: azure-storage-blob:{{azure.account}}/{{azure.container}}
                            parameters:
                              operation: uploadBlockBlob
                              blobName: own.csv.gz
                              serviceClient: "#bean:azureService"
                """);
        Ended ended = relay.run("once");
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        assertThat(client.getBlobClient("own.csv.gz").downloadContent().toBytes())
                .isEqualTo(sandbox.content(small.id(), 0));
    }

    private BlobClient assertIsThere(SandboxExport export, String file) throws Exception {
        BlobClient blob = client.getBlobClient(name(export, file));
        byte[] content = sandbox.content(export.id(), 0);
        assertThat(blob.downloadContent().toBytes()).isEqualTo(content);
        assertThat(blob.getProperties().getMetadata())
                .containsEntry(
                        "sha256",
                        HexFormat.of()
                                .formatHex(MessageDigest.getInstance("SHA-256").digest(content)))
                .containsKey("delivery_id");
        return blob;
    }

    private static String name(SandboxExport export, String file) {
        return "from-relay/" + export.name() + "/" + file + "." + export.id() + ".csv.gz";
    }

    private static long blobs() {
        return client.listBlobs().stream().count();
    }

    private RelayChild relay() {
        return RelayChild.in(directory.resolve("relay"))
                .at(sandbox)
                .withExample("deliver-to-azure-blob")
                .without("deliver-to-file")
                .with("relay.delivery.retry-delay", "200ms")
                .with("azure.account", Azurite.ACCOUNT)
                .with("azure.container", Azurite.CONTAINER)
                .with("azure.endpoint", Azurite.url(gate.port()))
                .with("azure.access-key", Azurite.ACCESS_KEY)
                .with("azure.blob", "from-relay/$simple{header.ExportName}/$simple{header.CamelFileName}")
                .with("azure.block-size", "1M");
    }
}
