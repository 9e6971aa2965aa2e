package org.exportrelay.destinations.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.camel.CamelExecutionException;
import org.apache.camel.Exchange;
import org.apache.camel.component.file.FileEndpoint;
import org.apache.camel.component.file.GenericFileProducer;
import org.apache.camel.impl.DefaultCamelContext;
import org.exportrelay.component.ExportHeaders;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Deliveries to {@code file:} endpoints whose directory several processes write to, of which some were killed. */
class DurableFileComponentTest {

    private static final byte[] CONTENT = new byte[300_000];
    private static final String ORDINARY =
            "?fileExist=TryRename&tempFileName=.${header.ExportDeliveryId}.${header.ExportAttempt}.part";

    static {
        new Random(1).nextBytes(CONTENT);
    }

    @TempDir
    private Path directory;

    private final DefaultCamelContext one = new DefaultCamelContext();
    private final DefaultCamelContext two = new DefaultCamelContext();
    private Path archive;

    @BeforeEach
    void start() {
        archive = directory.resolve("archive/deep");
        for (DefaultCamelContext context : List.of(one, two)) {
            context.addComponent("file", new DurableFileComponent());
            context.start();
        }
    }

    @AfterEach
    void stop() {
        one.stop();
        two.stop();
    }

    @Test
    void putsAFileWholeUnderItsNameAndReplacesItLater() throws Exception {
        File body = Files.write(directory.resolve("spooled"), CONTENT).toFile();
        deliver(one, ORDINARY, body, 1);
        assertThat(archive.resolve("file.gz")).hasBinaryContent(CONTENT);
        deliver(one, ORDINARY, new byte[] {1}, 2);
        assertThat(archive.resolve("file.gz")).hasBinaryContent(new byte[] {1});
        assertThat(names()).containsExactly("file.gz");
    }

    @Test
    void removesWhatEarlierAttemptsLeftAndNothingElse() throws Exception {
        deliver(one, ORDINARY, CONTENT, 1);
        leave(".d1.1.part");
        leave(".d1.3.part");
        leave(".d11.1.part");
        leave(".other");
        leave("d1.1.part");
        deliver(one, ORDINARY, CONTENT, 2);
        assertThat(names()).containsExactly(".d11.1.part", ".other", "d1.1.part", "file.gz");
    }

    @Test
    void removesWhatAKilledProcessLeftAlsoAfterAReplayThatCountsAttemptsAnew() throws Exception {
        leave(".d1.9.part");
        deliver(one, ORDINARY, CONTENT, 1);
        assertThat(names()).containsExactly("file.gz");
    }

    @Test
    void keepsTheEarlierFileAndNoTemporaryOneWhereWritingFails() throws Exception {
        deliver(one, ORDINARY, CONTENT, 1);
        assertThatThrownBy(() -> deliver(one, ORDINARY, breakingOff(), 2)).isInstanceOf(CamelExecutionException.class);
        assertThat(names()).containsExactly("file.gz");
        assertThat(archive.resolve("file.gz")).hasBinaryContent(CONTENT);
    }

    @Test
    void aWriterThatWasPausedBeyondItsLeaseNeverShowsWhatItsSuccessorHasHalfWritten() throws Exception {
        try (Paused paused = new Paused();
                Paused successor = new Paused()) {
            CompletableFuture<Void> first = deliverLater(one, paused.body(), 1);
            await().until(() -> names().equals(List.of(".d1.1.part")));
            CompletableFuture<Void> second = deliverLater(two, successor.body(), 2);
            await().until(() -> names().equals(List.of(".d1.2.part")));

            paused.wakeUp();
            assertThatThrownBy(first::join).hasRootCauseInstanceOf(IOException.class);
            assertThat(names()).containsExactly(".d1.2.part");

            successor.wakeUp();
            second.join();
            assertThat(names()).containsExactly("file.gz");
            assertThat(archive.resolve("file.gz")).hasBinaryContent(CONTENT);
        }
    }

    @Test
    void leavesExchangesWithoutADeliveryToCamel() throws Exception {
        leave(".d1.1.part");
        Map<String, Object> headers = Map.of(Exchange.FILE_NAME, "file.gz");
        String uri = "file:" + archive + "?tempPrefix=.writing-&fileExist=TryRename";
        one.createProducerTemplate().requestBodyAndHeaders(uri, CONTENT, headers);
        assertThat(names()).containsExactly(".d1.1.part", "file.gz");
        assertThatThrownBy(() -> one.createProducerTemplate().requestBodyAndHeaders(uri, breakingOff(), headers))
                .isInstanceOf(CamelExecutionException.class);
        assertThat(names()).containsExactly(".d1.1.part", ".writing-file.gz", "file.gz");
    }

    @Test
    void hasTheOptionsOfCamelsOwn() throws Exception {
        FileEndpoint endpoint = (FileEndpoint) one.getEndpoint("file:data/in?chmod=640&forceWrites=false&noop=true");
        assertThat(endpoint.getChmod()).isEqualTo("640");
        assertThat(endpoint.isForceWrites()).isFalse();
        assertThat(endpoint.getFile()).isEqualTo(new File("data/in"));
        assertThat(endpoint.getConfiguration().getDirectory()).isEqualTo("data/in");
        assertThat(endpoint.createProducer().getClass()).isEqualTo(GenericFileProducer.class);
        assertThatThrownBy(() -> one.getEndpoint("file:data/in?fileExist=Append&tempPrefix=.x")
                        .createProducer())
                .isInstanceOf(IllegalArgumentException.class);
    }

    private void deliver(DefaultCamelContext context, String options, Object body, int attempt) {
        context.createProducerTemplate()
                .requestBodyAndHeaders(
                        "file:" + archive + options,
                        body,
                        Map.of(
                                Exchange.FILE_NAME,
                                "file.gz",
                                ExportHeaders.DELIVERY_ID,
                                "d1",
                                ExportHeaders.ATTEMPT,
                                attempt));
    }

    private CompletableFuture<Void> deliverLater(DefaultCamelContext context, InputStream body, int attempt) {
        return CompletableFuture.runAsync(() -> deliver(context, ORDINARY, body, attempt));
    }

    private List<String> names() throws IOException {
        if (!Files.isDirectory(archive)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(archive)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private void leave(String name) throws IOException {
        Files.createDirectories(archive);
        Files.write(archive.resolve(name), new byte[] {1});
    }

    private static InputStream breakingOff() {
        return new SequenceInputStream(new ByteArrayInputStream(CONTENT), new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("No space left on device");
            }
        });
    }

    /** The content, of which the second half comes only when the reader is woken up. */
    private static final class Paused implements AutoCloseable {

        private static final int HALF = CONTENT.length / 2;

        private final PipedInputStream rest = new PipedInputStream(CONTENT.length);
        private final PipedOutputStream wake;

        Paused() throws IOException {
            wake = new PipedOutputStream(rest);
        }

        InputStream body() {
            return new SequenceInputStream(new ByteArrayInputStream(CONTENT, 0, HALF), rest);
        }

        void wakeUp() throws IOException {
            wake.write(CONTENT, HALF, CONTENT.length - HALF);
            wake.close();
        }

        @Override
        public void close() throws IOException {
            wake.close();
        }
    }
}
