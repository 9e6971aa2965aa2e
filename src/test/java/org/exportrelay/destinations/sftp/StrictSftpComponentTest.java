package org.exportrelay.destinations.sftp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.THROWABLE;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.camel.CamelExecutionException;
import org.apache.camel.Exchange;
import org.apache.camel.component.file.remote.SftpConfiguration;
import org.apache.camel.impl.DefaultCamelContext;
import org.exportrelay.component.ExportHeaders;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.testing.SftpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Uploads through {@code sftp:} endpoints, against a server that goes wrong. */
class StrictSftpComponentTest {

    private static final byte[] CONTENT = new byte[300_000];
    private static final String ORDINARY =
            "&fileExist=TryRename&tempFileName=.${header.ExportDeliveryId}.${header.ExportAttempt}.part";

    static {
        new Random(1).nextBytes(CONTENT);
    }

    @TempDir
    private Path directory;

    private final DefaultCamelContext context = new DefaultCamelContext();
    private SftpServer server;
    private KnownHosts known;

    @BeforeEach
    void start() throws Exception {
        server = new SftpServer(directory.resolve("server"));
        known = new KnownHosts(directory.resolve("known_hosts"));
        context.getPropertiesComponent()
                .addOverrideProperty("sftp.known-hosts", known.file().toString());
        context.addComponent("sftp", new StrictSftpComponent());
        context.start();
    }

    @AfterEach
    void stop() {
        context.stop();
        server.close();
    }

    @Test
    void putsAFileWholeUnderItsNameAndReplacesItLater() throws Exception {
        startTrusted();
        upload(ORDINARY, CONTENT, 1);
        upload(ORDINARY, CONTENT, 1);
        assertThat(server.file("in/deep/file.gz")).hasBinaryContent(CONTENT);
        upload(ORDINARY, new byte[] {1}, 1);
        assertThat(server.file("in/deep/file.gz")).hasBinaryContent(new byte[] {1});
        assertThat(server.names("in/deep")).containsExactly("file.gz");
    }

    @Test
    void replacesAlsoWhereTheServerCanNeitherPosixRenameNorASecondChannel() throws Exception {
        server.withoutPosixRename().withOneChannelOnly();
        startTrusted();
        upload(ORDINARY, new byte[] {1}, 1);
        upload(ORDINARY, CONTENT, 1);
        assertThat(server.file("in/deep/file.gz")).hasBinaryContent(CONTENT);
        assertThat(server.names("in/deep")).containsExactly("file.gz");
    }

    @Test
    void writesToAnAbsoluteDirectoryToo() throws Exception {
        startTrusted();
        context.createProducerTemplate().requestBodyAndHeaders(uri("/" + "/absolute", ORDINARY), CONTENT, headers(1));
        assertThat(server.file("absolute/file.gz")).hasBinaryContent(CONTENT);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void keepsTheEarlierFileAndNoTemporaryOneWhereTheDiskIsFull(boolean oneChannel) throws Exception {
        allow(oneChannel);
        upload(ORDINARY, new byte[] {1}, 1);
        server.onWrite((session, offset) -> {
            if (offset > 100_000) {
                throw new IOException("No space left on device");
            }
        });
        assertThatThrownBy(() -> upload(ORDINARY, CONTENT, 1))
                .extracting(StrictSftpComponentTest::failure, THROWABLE)
                .hasMessageContaining("the server refused in/deep/.d1.1.part (")
                .hasMessageEndingWith("; check its rights, disk and quota");
        assertThat(server.names("in/deep")).containsExactly("file.gz");
        assertThat(server.file("in/deep/file.gz")).hasBinaryContent(new byte[] {1});
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void noticesThatTheServerKeptLessThanItAccepted(boolean oneChannel) throws Exception {
        server.losing(5);
        allow(oneChannel);
        assertThatThrownBy(() -> upload(ORDINARY, CONTENT, 1))
                .extracting(StrictSftpComponentTest::failure, THROWABLE)
                .hasMessageContaining("299,995 of 300,000 bytes arrived")
                .hasMessageContaining("disk or quota");
        assertThat(server.names("in/deep")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void noticesARenameThatTheServerOnlyAcknowledged(boolean earlier) throws Exception {
        startTrusted();
        if (earlier) {
            upload(ORDINARY, new byte[] {1}, 1);
        }
        server.onRename((from, to) -> false);
        assertThatThrownBy(() -> upload(ORDINARY, CONTENT, 1))
                .extracting(StrictSftpComponentTest::failure, THROWABLE)
                .hasMessageContaining("acknowledged that in/deep/.d1.1.part is now file.gz, and did not rename it")
                .hasMessageContaining("set sftp.drop-box=true");
        assertThat(server.names("in/deep")).isEqualTo(earlier ? List.of("file.gz") : List.of());
        server.onRename((from, to) -> true);
        upload(ORDINARY, CONTENT, 2);
        assertThat(server.file("in/deep/file.gz")).hasBinaryContent(CONTENT);
    }

    @Test
    void noticesThatAFileHasLostBytesUnderItsFinalName() throws Exception {
        startTrusted();
        server.onRename((from, to) -> {
            Files.write(to, new byte[] {1});
            Files.delete(from);
            return false;
        });
        assertThatThrownBy(() -> upload(ORDINARY, CONTENT, 1))
                .extracting(StrictSftpComponentTest::failure, THROWABLE)
                .hasMessageContaining("1 of 300,000 bytes arrived");
    }

    @Test
    void acceptsThatTheReceiverTakesAFileAsSoonAsItHasItsFinalName() throws Exception {
        startTrusted();
        server.onRename((from, to) -> {
            Files.delete(from);
            return false;
        });
        upload(ORDINARY, CONTENT, 1);
        assertThat(server.names("in/deep")).isEmpty();
    }

    @Test
    void saysThatMoreBytesArrivedThanWereSent() throws Exception {
        startTrusted();
        server.onStat(attributes -> {
            Map<String, Object> doubled = new HashMap<>(attributes);
            doubled.computeIfPresent("size", (name, size) -> 2 * (Long) size);
            return doubled;
        });
        assertThatThrownBy(() -> upload(ORDINARY, CONTENT, 1))
                .extracting(StrictSftpComponentTest::failure, THROWABLE)
                .hasMessageContaining("the file has 600,000 bytes, and 300,000 were sent")
                .message()
                .doesNotContain("disk");
    }

    @Test
    void removesWhatEarlierAttemptsLeftAndNothingElse() throws Exception {
        startTrusted();
        leave(".d1.1.part");
        leave(".d1.3.part");
        leave(".d11.1.part");
        leave(".other");
        leave("d1.1.part");
        upload(ORDINARY, CONTENT, 2);
        assertThat(server.names("in/deep")).containsExactly(".d11.1.part", ".other", "d1.1.part", "file.gz");
    }

    @Test
    void removesWhatWasLeftBeforeAnOutageAlsoAfterAReplayThatCountsAttemptsAnew() throws Exception {
        startTrusted();
        leave(".d1.9.part");
        upload(ORDINARY, CONTENT, 1);
        assertThat(server.names("in/deep")).containsExactly("file.gz");
    }

    @Test
    void connectsAnewAfterTheServerWasAway() throws Exception {
        startTrusted();
        upload(ORDINARY, CONTENT, 1);
        server.stop();
        assertThatThrownBy(() -> upload(ORDINARY, CONTENT, 1))
                .extracting(StrictSftpComponentTest::failure, THROWABLE)
                .hasMessageContaining(server.url() + ": nothing listens there");
        server.start();
        upload(ORDINARY, CONTENT, 2);
        assertThat(server.names("in/deep")).containsExactly("file.gz");
    }

    @Test
    void givesUpAServerThatFallsSilent() throws Exception {
        startTrusted();
        server.silentWhenWrittenTo();
        long start = System.nanoTime();
        assertThatThrownBy(() -> upload(ORDINARY + "&serverAliveInterval=200&serverAliveCountMax=2", CONTENT, 1))
                .isInstanceOf(CamelExecutionException.class);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
    }

    @Test
    void tellsAnUnknownServerFromOneThatHasChanged() throws Exception {
        server.start();
        assertThatThrownBy(() -> upload(ORDINARY, CONTENT, 1))
                .extracting(StrictSftpComponentTest::failure, THROWABLE)
                .hasMessageStartingWith(server.url() + ": its host key " + server.fingerprint())
                .hasMessageContaining("is not in " + known.file())
                .hasMessageEndingWith("run: trust " + server.url());
        trust();
        upload(ORDINARY, CONTENT, 1);
        String before = server.fingerprint();
        server.stop();
        server.withNewHostKey().start();
        assertThatThrownBy(() -> upload(ORDINARY, CONTENT, 2))
                .extracting(StrictSftpComponentTest::failure, THROWABLE)
                .hasMessageContaining("has CHANGED from " + before)
                .hasMessageContaining("to " + server.fingerprint())
                .hasMessageEndingWith("run: trust " + server.url());
        trust();
        upload(ORDINARY, CONTENT, 3);
    }

    @Test
    void takesAKeyOfAnotherAlgorithmForAChangedOne() throws Exception {
        server.start();
        known.pin(
                address(),
                new ServerKey("ssh-ed25519", "AAAAC3NzaC1lZDI1NTE5AAAAIJ8HYnkPMhOnPUXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX"));
        assertThatThrownBy(() -> upload(ORDINARY, CONTENT, 1))
                .extracting(StrictSftpComponentTest::failure, THROWABLE)
                .hasMessageContaining("has CHANGED from");
    }

    @Test
    void offersAWrongPasswordTwiceAtMostAndNeverTellsIt() throws Exception {
        startTrusted();
        assertThatThrownBy(() -> context.createProducerTemplate()
                        .requestBodyAndHeaders(
                                "sftp://127.0.0.1:" + server.port() + "/in?username=relay&password=RAW(wr0ng-one)"
                                        + ORDINARY,
                                CONTENT,
                                headers(1)))
                .satisfies(thrown -> {
                    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
                        assertThat(cause.getMessage()).doesNotContain("wr0ng-one");
                    }
                })
                .extracting(StrictSftpComponentTest::failure, THROWABLE)
                .hasMessageContaining("refused the login")
                .hasMessageContaining("password");
        assertThat(server.passwordsRefused()).isBetween(1, 2);
    }

    @Test
    void leavesExplicitOptionsAloneAndWritesNothingIntoThePinnedFileForThem() throws Exception {
        server.start();
        assertThatCode(() -> upload(ORDINARY + "&strictHostKeyChecking=no", CONTENT, 1))
                .doesNotThrowAnyException();
        assertThat(known.file()).doesNotExist();
        SftpConfiguration own = ((StrictSftpEndpoint)
                        context.getEndpoint(uri("/in", "&knownHostsFile=mine&stepwise=true&serverAliveInterval=7")))
                .getConfiguration();
        assertThat(own.getKnownHostsFile()).isEqualTo("mine");
        assertThat(own.isStepwise()).isTrue();
        assertThat(own.getServerAliveInterval()).isEqualTo(7);
        assertThat(own.getStrictHostKeyChecking()).isEqualTo("yes");
    }

    private void allow(boolean oneChannel) throws IOException {
        if (oneChannel) {
            server.withOneChannelOnly();
        }
        startTrusted();
    }

    private void startTrusted() throws IOException {
        server.start();
        trust();
    }

    private void trust() throws IOException {
        known.pin(address(), HostKeyProbe.ask(address(), known));
    }

    private ServerAddress address() {
        return ServerAddress.parse(server.url());
    }

    private void upload(String options, byte[] content, int attempt) {
        context.createProducerTemplate().requestBodyAndHeaders(uri("/in/deep", options), content, headers(attempt));
    }

    private String uri(String path, String options) {
        return server.url() + path + "?username=" + SftpServer.USER + "&password=RAW(" + SftpServer.PASSWORD + ")"
                + options;
    }

    /** What the delivery's line says. */
    private static Throwable failure(Throwable thrown) {
        return Stream.iterate(thrown, Objects::nonNull, Throwable::getCause)
                .filter(DeliveryException.class::isInstance)
                .findFirst()
                .orElse(thrown);
    }

    private static Map<String, Object> headers(int attempt) {
        return Map.of(Exchange.FILE_NAME, "file.gz", ExportHeaders.DELIVERY_ID, "d1", ExportHeaders.ATTEMPT, attempt);
    }

    private void leave(String name) throws IOException {
        Files.createDirectories(server.file("in/deep"));
        Files.write(server.file("in/deep").resolve(name), new byte[] {1});
    }
}
