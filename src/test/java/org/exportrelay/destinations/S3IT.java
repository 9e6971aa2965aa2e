package org.exportrelay.destinations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxExport;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.exportrelay.testing.RelayChild.Running;
import org.exportrelay.testing.S3Server;
import org.exportrelay.testing.TcpGate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Object;

/** {@code deliver-to-s3} as it is, against an S3 server. */
class S3IT {

    /** About 8 MB compressed: two parts. */
    private static final int BIG = 300_000;

    @TempDir
    private static Path serverDirectory;

    private static S3Server server;
    private static S3Client client;

    @TempDir
    private Path directory;

    private Sandbox sandbox;
    private TcpGate gate;

    @BeforeAll
    static void startServer() throws Exception {
        server = S3Server.start(serverDirectory);
        client = server.client();
    }

    @AfterAll
    static void stopServer() throws Exception {
        client.close();
        server.close();
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
        for (S3Object object :
                client.listObjectsV2(request -> request.bucket(S3Server.BUCKET)).contents()) {
            client.deleteObject(request -> request.bucket(S3Server.BUCKET).key(object.key()));
        }
    }

    @Test
    void putsSmallAndBigFilesByteForByteUnderTheirKeysWithTheirChecksums() throws Exception {
        SandboxExport small = sandbox.addFinished("people_export", new SandboxFile("people.csv.gz", 100));
        SandboxExport big = sandbox.addFinished("properties_export", new SandboxFile("properties.csv.gz", BIG));
        RelayChild relay = relay();
        assertThat(relay.run("check").out()).contains("ok    exports:s3 -> s3:exports: wrote and removed");
        Ended ended = relay.run("once");
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        assertIsThere(small, "people");
        ResponseBytes<GetObjectResponse> object = assertIsThere(big, "properties");
        assertThat(object.response().eTag()).as("in two parts").endsWith("-2\"");
        assertThat(uploads()).isZero();
        assertThat(ended.err()).doesNotContain(S3Server.SECRET_KEY);
    }

    @Test
    void aConnectionCutInTheMiddleOfABigFileShowsNothingHalfAndLeavesNothingBehind() throws Exception {
        SandboxExport big = sandbox.addFinished("properties_export", new SandboxFile("properties.csv.gz", BIG));
        gate.after(6 << 20, gate::cut);
        Ended ended = relay().run("once");
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        assertThat(gate.isSprung()).isTrue();
        assertIsThere(big, "properties");
        assertThat(uploads()).isZero();
    }

    @Test
    void whatAKilledProcessLeftOfABigFileIsAbortedAndTheFilePutWhole() throws Exception {
        SandboxExport big = sandbox.addFinished("properties_export", new SandboxFile("properties.csv.gz", BIG));
        gate.after(6 << 20, gate::hold);
        RelayChild relay = relay();
        Running killed = relay.start("run");
        await().atMost(Duration.ofSeconds(60)).until(gate::isSprung);
        killed.process().destroyForcibly().waitFor();
        gate.cut();
        assertThat(uploads()).isEqualTo(1);
        assertThat(objects()).isZero();
        Ended ended = relay.run("once");
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        assertIsThere(big, "properties");
        assertThat(uploads()).isZero();
    }

    @Test
    void anObjectThatIsNotWhatWasSentIsNotTakenForDelivered() throws Exception {
        SandboxExport small = sandbox.addFinished("people_export", new SandboxFile("people.csv.gz", 100));
        String key = key(small, "people");
        gate.before(
                "HEAD /",
                () -> client.putObject(
                        request -> request.bucket(S3Server.BUCKET).key(key), RequestBody.fromString("something else")));
        Ended ended = relay().run("once");
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        assertThat(ended.err()).contains("is not the file that was sent: it has 14 bytes");
        assertIsThere(small, "people");
    }

    private ResponseBytes<GetObjectResponse> assertIsThere(SandboxExport export, String name) throws Exception {
        ResponseBytes<GetObjectResponse> object = client.getObjectAsBytes(
                request -> request.bucket(S3Server.BUCKET).key(key(export, name)));
        byte[] content = sandbox.content(export.id(), 0);
        assertThat(object.asByteArray()).isEqualTo(content);
        assertThat(object.response().metadata())
                .containsEntry(
                        "sha256",
                        HexFormat.of()
                                .formatHex(MessageDigest.getInstance("SHA-256").digest(content)))
                .containsKey("delivery-id");
        return object;
    }

    private static String key(SandboxExport export, String name) {
        return "from-relay/" + export.name() + "/" + name + "." + export.id() + ".csv.gz";
    }

    private static int uploads() {
        return client.listMultipartUploads(request -> request.bucket(S3Server.BUCKET))
                .uploads()
                .size();
    }

    private static int objects() {
        return client.listObjectsV2(request -> request.bucket(S3Server.BUCKET)).keyCount();
    }

    private RelayChild relay() {
        return RelayChild.in(directory.resolve("relay"))
                .at(sandbox)
                .withExample("deliver-to-s3")
                .without("deliver-to-file")
                .with("relay.delivery.retry-delay", "200ms")
                .with("s3.bucket", S3Server.BUCKET)
                .with("s3.region", "us-east-1")
                .with("s3.endpoint", "http://127.0.0.1:" + gate.port())
                .with("s3.access-key", S3Server.ACCESS_KEY)
                .with("s3.secret-key", S3Server.SECRET_KEY)
                .with("s3.key", "from-relay/$simple{header.ExportName}/$simple{header.CamelFileName}")
                .with("s3.part-size", "5M");
    }
}
