package org.exportrelay.destinations.sftp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.util.ObjectHelper;
import org.assertj.core.api.AbstractThrowableAssert;
import org.exportrelay.component.ExportHeaders;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.testing.SftpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers that let a user put files and little else. */
class DropBoxTest {

    private static final byte[] CONTENT = new byte[300_000];

    static {
        new Random(1).nextBytes(CONTENT);
    }

    @TempDir
    private Path directory;

    private final DefaultCamelContext context = new DefaultCamelContext();
    private SftpServer server;
    private ProducerTemplate template;

    @BeforeEach
    void start() {
        server = new SftpServer(directory.resolve("server"));
        context.addComponent("sftp", new StrictSftpComponent());
        context.start();
        template = context.createProducerTemplate();
    }

    @AfterEach
    void stop() {
        context.stop();
        server.close();
    }

    @Test
    void parksAtOnceWhereTheServerReportsNoSizes() {
        server.withoutSizes().start();
        assertFails("")
                .hasMessageContaining(
                        "the server does not report file sizes (in/deep/.d1.1.part: its answer has no size)")
                .hasMessageContaining("set sftp.require-size=false")
                .satisfies(DropBoxTest::isParked);
        assertThat(server.names("in/deep")).isEmpty();
    }

    @Test
    void parksAtOnceWhereTheServerDeniesStat() {
        server.denyingStat().start();
        assertFails("")
                .hasMessageContaining("the server does not report file sizes (in/deep/.d1.1.part: ")
                .hasMessageContaining("set sftp.require-size=false")
                .satisfies(DropBoxTest::isParked);
        assertThat(server.names("in/deep")).isEmpty();
    }

    @Test
    void parksAtOnceWhereTheServerHidesFiles() {
        server.hidingFiles().start();
        assertFails("")
                .hasMessageContaining("the server acknowledged all of in/deep/.d1.1.part and then shows no such file")
                .hasMessageContaining("sftp.require-size=false")
                .satisfies(DropBoxTest::isParked);
    }

    @ParameterizedTest
    @ValueSource(strings = {"no size", "stat denied", "files hidden"})
    void acceptsWhatTheServerAcknowledgedIfItsSizeIsNotRequired(String habit) {
        switch (habit) {
            case "no size" -> server.withoutSizes();
            case "stat denied" -> server.denyingStat();
            default -> server.hidingFiles();
        }
        server.start();
        upload("&requireSize=false", "file.gz", CONTENT, 1);
        assertThat(server.file("in/deep/file.gz")).hasBinaryContent(CONTENT);
        assertThat(server.names("in/deep")).containsExactly("file.gz");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void replacesAnEarlierFileWhereStatIsDeniedAndARenameDoesNotReplace(boolean earlier) throws IOException {
        server.withoutPosixRename().denyingStat().start();
        if (earlier) {
            leave("file.gz");
        }
        upload("&requireSize=false", "file.gz", CONTENT, 1);
        assertThat(server.file("in/deep/file.gz")).hasBinaryContent(CONTENT);
        assertThat(server.names("in/deep")).containsExactly("file.gz");
    }

    @Test
    void stillComparesASizeThatIsReported() {
        server.losing(5).start();
        assertFails("&requireSize=false").hasMessageContaining("299,995 of 300,000 bytes arrived");
        assertFails("&dropBox=true").hasMessageContaining("299,995 of 300,000 bytes arrived");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "&requireSize=false"})
    void uploadsOnceToAServerThatTakesFilesAtTheirCloseAndSaysWhatToSet(String options) {
        server.takingFilesAtClose().start();
        assertFails(options)
                .hasMessageContaining("acknowledged all of in/deep/.d1.1.part")
                .hasMessageContaining("set sftp.drop-box=true")
                .satisfies(DropBoxTest::isParked);
        assertThat(server.uploads()).containsExactly(".d1.1.part");
    }

    @Test
    void deliversToADropBoxUnderTheFinalName() {
        server.takingFilesAtClose().start();
        upload("&dropBox=true", "file.gz", CONTENT, 1);
        upload("&dropBox=true", "file.gz.sha256", new byte[] {1}, 1);
        assertThat(server.uploads()).containsExactly("file.gz", "file.gz.sha256");
        assertThat(server.taken().get("file.gz")).isEqualTo(CONTENT);
    }

    @Test
    void deliversToADropBoxThatKeepsItsFiles() {
        server.start();
        upload("&dropBox=true", "file.gz", CONTENT, 1);
        assertThat(server.names("in/deep")).containsExactly("file.gz");
    }

    @Test
    void namesADirectoryThatIsMissingAndThatTheServerDoesNotCreate() {
        server.denyingDirectories().start();
        assertFails("")
                .hasMessageContaining(": the directory in does not exist and the server did not create it (")
                .hasMessageContaining("denied")
                .hasMessageEndingWith("; create it, let the user create it, or correct the directory in the route")
                .satisfies(thrown ->
                        assertThat(((DeliveryException) thrown).action()).isEqualTo(FailureAction.OUTAGE));
    }

    @Test
    void namesTheLastPartOfAPathIfOnlyThatIsMissing() throws IOException {
        Files.createDirectories(server.file("in"));
        server.denyingDirectories().start();
        assertFails("").hasMessageContaining(": the directory in/deep does not exist");
    }

    @ParameterizedTest
    @ValueSource(strings = {"in", "in/deep"})
    void saysThatAFileHasTheNameOfTheDirectory(String path) throws IOException {
        server.start();
        Files.createDirectories(server.file(path).getParent());
        Files.write(server.file(path), new byte[] {1});
        assertFails("")
                .hasMessageContaining("the directory " + path + " cannot be created, since a file has this name");
    }

    @Test
    void namesAMissingAbsoluteDirectory() {
        server.denyingDirectories().start();
        assertThatThrownBy(() ->
                        template.requestBodyAndHeaders(uri("//absolute/deep", ""), CONTENT, headers("file.gz", 1)))
                .extracting(thrown -> ObjectHelper.getException(DeliveryException.class, thrown))
                .extracting(DeliveryException::getMessage)
                .asString()
                .contains(": the directory /absolute does not exist");
    }

    @Test
    void quotesTheServerWhereADirectoryIsThereButNotWritable() throws IOException {
        Files.createDirectories(server.file("in/deep"));
        server.onWrite((session, offset) -> {
                    throw new AccessDeniedException("read-only");
                })
                .start();
        assertFails("")
                .hasMessageContaining("the server refused in/deep/.d1.1.part (")
                .hasMessageNotContaining("does not exist");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void listsNoDirectoryForOrdinaryUploads(boolean oneChannel) throws IOException {
        if (oneChannel) {
            server.withOneChannelOnly();
        }
        server.withoutPosixRename().start();
        fill(3_000);
        for (int i = 0; i < 20; i++) {
            upload("", "file" + i, new byte[] {1}, 1);
        }
        for (int i = 0; i < 20; i++) {
            upload("", "file" + i, new byte[] {2}, 2);
        }
        assertThat(server.uploads()).hasSize(40);
        // For what attempts before a restart may have left.
        assertThat(server.listings()).isLessThanOrEqualTo(1);
        assertThat(server.file("in/deep/file7")).hasBinaryContent(new byte[] {2});
    }

    @ParameterizedTest
    @ValueSource(strings = {"Override", "Fail", "Ignore", "Move&moveExisting=old-${file:name}"})
    void listsNoDirectoryToSeeWhetherAFileIsThere(String fileExist) throws IOException {
        server.start();
        fill(100);
        template.requestBodyAndHeaders(
                uri("/in/deep", "").replace("TryRename", fileExist), CONTENT, Map.of(Exchange.FILE_NAME, "file.gz"));
        assertThat(server.file("in/deep/file.gz")).hasBinaryContent(CONTENT);
        assertThat(server.listings()).isZero();
    }

    private AbstractThrowableAssert<?, ? extends Throwable> assertFails(String options) {
        Throwable thrown = catchFailure(options);
        return assertThat(ObjectHelper.getException(DeliveryException.class, thrown));
    }

    private Throwable catchFailure(String options) {
        try {
            upload(options, "file.gz", CONTENT, 1);
        } catch (RuntimeException e) {
            return e;
        }
        throw new AssertionError("the upload succeeded");
    }

    private static void isParked(Throwable thrown) {
        assertThat(((DeliveryException) thrown).action()).isEqualTo(FailureAction.PARK);
    }

    private void upload(String options, String name, byte[] content, int attempt) {
        template.requestBodyAndHeaders(uri("/in/deep", options), content, headers(name, attempt));
    }

    private String uri(String path, String options) {
        return server.url() + path + "?username=" + SftpServer.USER + "&password=RAW(" + SftpServer.PASSWORD + ")"
                + "&strictHostKeyChecking=no&fileExist=TryRename"
                + "&tempFileName=.${header.ExportDeliveryId}.${header.ExportAttempt}.part" + options;
    }

    private static Map<String, Object> headers(String name, int attempt) {
        return Map.of(Exchange.FILE_NAME, name, ExportHeaders.DELIVERY_ID, "d1", ExportHeaders.ATTEMPT, attempt);
    }

    private void leave(String name) throws IOException {
        Files.createDirectories(server.file("in/deep"));
        Files.write(server.file("in/deep").resolve(name), new byte[] {1});
    }

    private void fill(int files) throws IOException {
        Files.createDirectories(server.file("in/deep"));
        for (int i = 0; i < files; i++) {
            Files.createFile(server.file("in/deep/other-" + i));
        }
    }
}
