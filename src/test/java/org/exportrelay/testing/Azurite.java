package org.exportrelay.testing;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.BlobServiceClientBuilder;
import com.azure.storage.common.StorageSharedKeyCredential;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Microsoft's emulator of Azure Blob Storage as a child process, with an empty container {@code exports}. */
public final class Azurite implements AutoCloseable {

    public static final String CONTAINER = "exports";
    public static final String ACCOUNT = "devstoreaccount1";

    /** The public key of every emulator: https://learn.microsoft.com/azure/storage/common/storage-use-azurite. */
    public static final String ACCESS_KEY =
            "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private static final Path INSTALLED = Path.of("target/test-servers/node_modules/.bin");

    private final int port = TcpGate.freePort();
    private final Process process;

    private Azurite(String program, Path directory) throws IOException {
        process = new ProcessBuilder(
                        program,
                        "--blobHost",
                        "127.0.0.1",
                        "--blobPort",
                        String.valueOf(port),
                        "--location",
                        directory.resolve("azurite").toString(),
                        "--skipApiVersionCheck",
                        "--disableTelemetry",
                        "--silent")
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("azurite.txt").toFile())
                .start();
    }

    /** Skips the tests where the program is not installed. */
    public static void assumeInstalled() {
        assumeTrue(
                program().isPresent(),
                "Azurite is not installed; run npm install --prefix target/test-servers azurite, or put azurite-blob on"
                        + " the PATH");
    }

    private static Optional<String> program() {
        return Stream.concat(
                        Stream.of(INSTALLED),
                        Stream.of(System.getenv("PATH").split(File.pathSeparator))
                                .map(Path::of))
                .map(folder -> folder.resolve("azurite-blob"))
                .filter(Files::isExecutable)
                .map(program -> program.toAbsolutePath().toString())
                .findFirst();
    }

    public static Azurite start(Path directory) throws IOException {
        Azurite server = new Azurite(program().orElseThrow(), directory);
        Runtime.getRuntime().addShutdownHook(new Thread(server.process::destroyForcibly));
        await().atMost(Duration.ofSeconds(60)).ignoreExceptions().until(() -> {
            server.client().createIfNotExists();
            return true;
        });
        return server;
    }

    public int port() {
        return port;
    }

    /** Of the blob service, through a port such as that of a {@link TcpGate}. */
    public static String url(int port) {
        return "http://127.0.0.1:" + port + "/" + ACCOUNT;
    }

    public BlobContainerClient client() {
        return new BlobServiceClientBuilder()
                .endpoint(url(port))
                .credential(new StorageSharedKeyCredential(ACCOUNT, ACCESS_KEY))
                .buildClient()
                .getBlobContainerClient(CONTAINER);
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }
}
