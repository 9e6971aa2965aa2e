package org.exportrelay.testing;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/** Adobe's S3Mock as a child process, with an empty bucket {@code exports}. */
public final class S3Server implements AutoCloseable {

    public static final String BUCKET = "exports";
    public static final String ACCESS_KEY = "relay-access-key";
    public static final String SECRET_KEY = "s3-s3cret-key";

    private final int port = TcpGate.freePort();
    private final Process process;

    private S3Server(Path directory) throws IOException {
        process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-jar",
                        System.getProperty("s3mock.jar"),
                        "--server.ssl.enabled=false",
                        "--server.address=127.0.0.1",
                        "--server.port=" + port,
                        "--com.adobe.testing.s3mock.httpPort=0",
                        "--com.adobe.testing.s3mock.store.initialBuckets=" + BUCKET,
                        "--com.adobe.testing.s3mock.store.root=" + directory.resolve("s3"))
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("s3.txt").toFile())
                .start();
    }

    public static S3Server start(Path directory) throws IOException {
        S3Server server = new S3Server(directory);
        await().atMost(Duration.ofSeconds(60)).until(server::isListening);
        return server;
    }

    public int port() {
        return port;
    }

    public S3Client client() {
        return S3Client.builder()
                .endpointOverride(URI.create("http://127.0.0.1:" + port))
                .forcePathStyle(true)
                .region(Region.US_EAST_1)
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create(ACCESS_KEY, SECRET_KEY)))
                .build();
    }

    private boolean isListening() {
        try (Socket connection = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return connection.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }
}
