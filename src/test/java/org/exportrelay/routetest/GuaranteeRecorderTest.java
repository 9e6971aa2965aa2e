package org.exportrelay.routetest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.component.file.GenericFileOperationFailedException;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.exportrelay.component.ExportHeaders;
import org.exportrelay.routes.RouteHazards;
import org.exportrelay.routetest.GuaranteeJournal.Again;
import org.exportrelay.routetest.GuaranteeJournal.Entry;
import org.exportrelay.routetest.GuaranteeJournal.Kind;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuaranteeRecorderTest {

    private static final GuaranteeRound CALM = GuaranteeRound.calm(1);

    private final DefaultCamelContext context = new DefaultCamelContext();

    @TempDir
    private Path directory;

    @BeforeEach
    void start() {
        context.start();
    }

    @AfterEach
    void stop() {
        context.stop();
    }

    @Test
    void aFileWithATemporaryNameIsNeverVisibleInPart() throws Exception {
        send("file:in?tempPrefix=.part-", "content");
        assertThat(entries()).extracting(Entry::kind).containsExactly(Kind.ACCEPTED);
        assertThat(recorder(CALM).has("file:in/a.csv")).isTrue();
    }

    @Test
    void aFileWithoutATemporaryNameIsVisibleInPart() throws Exception {
        send("file:in", "content");
        assertThat(entries()).extracting(Entry::kind).containsExactly(Kind.HALF, Kind.ACCEPTED);
        assertThat(entries().get(0).text()).isEqualTo("file:in: " + RouteHazards.PARTIAL_FILE);
    }

    @Test
    void anEmptyFileHasNoPart() throws Exception {
        send("file:in", "");
        assertThat(entries()).extracting(Entry::kind).containsExactly(Kind.ACCEPTED);
    }

    @Test
    void appendAddsWhatIsRepeated() throws Exception {
        send("file:in?fileExist=Append", "content");
        send("file:in?fileExist=Append", "content");
        assertThat(entries().get(3).note()).isEqualTo(Again.ADDED.name());
        assertThat(entries().get(0).text()).contains("fileExist: Append");
    }

    @Test
    void ignoreKeepsAnotherContentAndTakesTheSameForAccepted() throws Exception {
        send("file:in?fileExist=Ignore&tempPrefix=.part-", "content");
        send("file:in?fileExist=Ignore&tempPrefix=.part-", "content");
        send("file:in?fileExist=Ignore&tempPrefix=.part-", "other");
        assertThat(entries()).extracting(Entry::kind).containsExactly(Kind.ACCEPTED, Kind.ACCEPTED, Kind.FINDING);
        assertThat(entries().get(2).text()).isEqualTo("file:in" + RouteHazards.KEPT_PART);
    }

    @Test
    void failRefusesARepetition() throws Exception {
        send("file:in?fileExist=Fail&tempPrefix=.part-", "content");
        assertThatThrownBy(() -> send("file:in?fileExist=Fail&tempPrefix=.part-", "content"))
                .isInstanceOf(GenericFileOperationFailedException.class);
        assertThat(entries().get(1).text()).isEqualTo("file:in" + RouteHazards.REFUSED_REPETITION);
    }

    @Test
    void aMessageIsRecognizedByItsIdOrByAReceipt() throws Exception {
        Exchange exchange = exchange("content");
        recorder(CALM).accept(null, "kafka:topic", null, exchange);
        recorder(CALM).accept(null, "kafka-records:topic", null, exchange);
        exchange.getMessage().setHeader(ExportHeaders.DELIVERY_ID, "id");
        recorder(CALM).accept(null, "kafka:topic", null, exchange);
        assertThat(entries())
                .extracting(Entry::note)
                .containsExactly(Again.UNKNOWN.name(), Again.DROPPED.name(), Again.RECOGNIZABLE.name());
    }

    @Test
    void theHeadersThatHaveTheNumberOfAPartAreRecorded() throws Exception {
        Exchange exchange = exchange("content");
        exchange.getMessage().setHeader("ExportPart", 3);
        exchange.getMessage().setHeader("ExportAttempt", 3);
        exchange.getMessage().setHeader("CamelKey", 3);
        exchange.getMessage().setHeader("key", "id-3");
        exchange.getMessage().setHeader("other", "13");
        recorder(CALM).accept(null, "kafka:whole", null, exchange);
        exchange.setProperty(Exchange.SPLIT_INDEX, 3);
        recorder(CALM).accept(null, "kafka:part", null, exchange);
        assertThat(entries()).extracting(Entry::numbered).containsExactly("", "ExportPart key");
    }

    @Test
    void theSameMessagesFailWithTheSameSeedInWhicheverOrderTheyAreSent() {
        List<Integer> forwards = failing(IntStream.range(0, 100).toArray());
        List<Integer> backwards =
                failing(IntStream.range(0, 100).map(i -> 99 - i).toArray());
        assertThat(forwards).hasSizeBetween(20, 46).containsExactlyInAnyOrderElementsOf(backwards);
    }

    @Test
    void asksToBeKilledBeforeItsStep() throws Exception {
        GuaranteeRecorder recorder = recorder(new GuaranteeRound(1, 0, 2));
        Thread sender = new Thread(() -> {
            try {
                recorder.accept(null, "kafka:topic", null, exchange("content"));
            } catch (Exception interrupted) {
                // The kill of this test.
            }
        });
        sender.start();
        Path request = GuaranteeRecorder.killRequest(directory);
        while (!Files.exists(request)) {
            Thread.sleep(5);
        }
        assertThat(entries()).as("accepted, not acknowledged").hasSize(1);
        sender.interrupt();
        sender.join();
    }

    /** Which of 100 messages fail at their first send. */
    private List<Integer> failing(int... order) {
        GuaranteeRecorder recorder = recorder(new GuaranteeRound(4711, 1, 0));
        return IntStream.of(order)
                .filter(i -> {
                    try {
                        recorder.accept(null, "kafka:topic-" + i, null, exchange("content"));
                        return false;
                    } catch (Exception refused) {
                        return true;
                    }
                })
                .boxed()
                .toList();
    }

    private void send(String uri, String content) throws Exception {
        Endpoint endpoint = context.getEndpoint(uri);
        recorder(CALM).accept(endpoint, "file:in", "a.csv", exchange(content));
    }

    private Exchange exchange(String content) {
        Exchange exchange = new DefaultExchange(context);
        exchange.getMessage().setBody(content);
        exchange.getMessage().setHeader(Exchange.FILE_NAME, "a.csv");
        return exchange;
    }

    private GuaranteeRecorder recorder(GuaranteeRound round) {
        return new GuaranteeRecorder(Catalogs.all(), round, Set.of(), directory);
    }

    private List<Entry> entries() {
        return GuaranteeRecorder.journal(directory).entries();
    }
}
