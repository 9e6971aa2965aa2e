package org.exportrelay.component;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.exportrelay.delivery.DeliveryFailures;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.NamePattern;
import org.exportrelay.delivery.RetryPolicy;
import org.exportrelay.ledger.DestinationControl;
import org.exportrelay.ledger.EventCursors;
import org.exportrelay.ledger.EventKind;
import org.exportrelay.ledger.EventLog;
import org.exportrelay.ledger.Events;
import org.exportrelay.ledger.LedgerInstance;
import org.exportrelay.ledger.TestDatabase;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.testing.SettableClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Routes that begin at {@code export-events:}, one or more instances on one ledger. */
@ParameterizedClass(name = "{0}")
@EnumSource(
        value = TestDatabase.class,
        names = {"SQLITE", "POSTGRESQL"})
class ExportEventsTest {

    private static final Duration LEASE = Duration.ofMinutes(2);
    private static final RetryPolicy RETRIES = new RetryPolicy(3, Duration.ofSeconds(5), Duration.ofMinutes(1));

    private final SettableClock clock = new SettableClock(Instant.parse("2026-02-17T16:00:00.000Z"));
    private final List<Exchange> received = new CopyOnWriteArrayList<>();
    private final List<CamelContext> contexts = new ArrayList<>();

    @Parameter
    private TestDatabase on;

    private LedgerDatabase database;
    private EventLog log;

    @BeforeEach
    void open(@TempDir Path directory) {
        database = on.lend(directory);
        log = new EventLog(database, clock);
    }

    @AfterEach
    void close() throws Exception {
        for (CamelContext context : contexts) {
            context.close();
        }
        on.giveBack(database);
    }

    @Test
    void eachEventIsAJsonObjectAsHistoryPrintsItWithItsHeaders() throws Exception {
        start("me", "export-events:all", this::receive);
        log.append(EventKind.ROUTE_CHANGED, "a \"quoted\" name", Map.of("file", "a.camel.yaml"));
        await().until(() -> received.size() == 1);
        JsonNode event = JsonMapper.builder().build().readTree(bodies().get(0));
        assertThat(event.fieldNames())
                .toIterable()
                .containsExactly(
                        "id",
                        "at",
                        "kind",
                        "actor",
                        "destination",
                        "export_id",
                        "file_id",
                        "delivery_id",
                        "attempt",
                        "message",
                        "detail");
        assertThat(event.path("message").asText()).isEqualTo("a \"quoted\" name");
        assertThat(event.path("detail").path("file").asText()).isEqualTo("a.camel.yaml");
        assertThat(received.get(0).getMessage().getHeaders())
                .containsEntry("ExportEventKind", "route-changed")
                .containsEntry("ExportEventId", event.path("id").asLong())
                .containsEntry("ExportEventCount", 1)
                .containsEntry("ExportEventAt", "2026-02-17T16:00:00.000Z")
                .doesNotContainKey("ExportDestination");
    }

    @Test
    void aTextIsOneLineAlsoWhereOthersHaveWrittenIt() throws Exception {
        start("me", "export-events:all?payload=text", this::receive);
        log.append(EventKind.EXPORT_FAILED, "the export x\r\nBcc: thief@example.com\u2028 failed", Map.of());
        await().until(() -> received.size() == 1);
        assertThat(bodies())
                .containsExactly("2026-02-17T16:00:00Z export-failed: the export x Bcc: thief@example.com failed");
    }

    @Test
    void aRouteReceivesTheKindsAndDestinationsThatItNames() throws Exception {
        LedgerInstance instance = new LedgerInstance(database, "me", LEASE, clock);
        Stream.of("partner-a", "partner-b", "archive")
                .forEach(name -> instance.start(new Destination(name, new NamePattern("*"), false, true, RETRIES)));
        start("me", "export-events:x?payload=text&kinds=paused, resumed&destination=partner-*", this::receive);
        DestinationControl control = new DestinationControl(database, clock);
        control.pause("partner-a", "ann", "closed");
        control.pause("archive", "ann", "closed");
        log.append(EventKind.API_REFUSED, "401", Map.of());
        control.resume("partner-a", "ann");
        await().until(() -> received.size() == 2);
        assertThat(bodies())
                .containsExactly(
                        "2026-02-17T16:00:00Z paused exports:partner-a by ann: closed",
                        "2026-02-17T16:00:00Z resumed exports:partner-a by ann");
    }

    @Test
    void aFailedExchangeIsRepeatedAndTheEventsBehindItWait() throws Exception {
        AtomicInteger attempts = new AtomicInteger();
        start("me", "export-events:x?payload=text", exchange -> {
            if (attempts.incrementAndGet() <= 2) {
                throw new IllegalStateException("the mail server is away");
            }
            receive(exchange);
        });
        append("one", "two");
        await().until(() -> attempts.get() == 1);
        clock.advance(RETRIES.retryDelay());
        await().until(() -> attempts.get() == 2);
        // The second wait is longer.
        clock.advance(RETRIES.retryDelay());
        assertThat(received).isEmpty();
        clock.advance(RETRIES.retryDelay());
        await().until(() -> received.size() == 2);
        assertThat(attempts).hasValue(4);
        assertThat(bodies()).allMatch(body -> body.matches(".*: (one|two)"));
    }

    @Test
    void aRouteThatIsRestartedContinuesWhereItWas() throws Exception {
        CamelContext first = start("first", "export-events:x?payload=text", this::receive);
        append("one");
        await().until(() -> received.size() == 1);
        first.close();
        append("two");
        start("second", "export-events:x?payload=text", this::receive);
        await().until(() -> received.size() == 2);
        assertThat(bodies().get(1)).endsWith("two");
    }

    @Test
    void severalInstancesSendEachEventOnceAndInOrder() throws Exception {
        for (String instance : List.of("a", "b", "c")) {
            start(instance, "export-events:x?payload=text", this::receive);
        }
        IntStream.range(0, 50).forEach(i -> append("event " + i));
        await().until(() -> received.size() >= 50);
        assertThat(bodies().stream().map(body -> body.replaceFirst(".*event ", "")))
                .containsExactlyElementsOf(
                        IntStream.range(0, 50).mapToObj(Integer::toString).toList());
    }

    @Test
    void aDigestIsOneListOfWhatHappenedSinceItsFirstEvent() throws Exception {
        CamelContext first = start("me", "export-events:x?payload=text&digest=1h", this::receive);
        append("one");
        clock.advance(Duration.ofMinutes(30));
        append("two");
        clock.advance(Duration.ofMinutes(29));
        // Survives a restart: the time of its first event is in the ledger.
        first.close();
        start("me", "export-events:x?payload=text&digest=1h", this::receive);
        assertThat(received).isEmpty();
        clock.advance(Duration.ofMinutes(1));
        await().until(() -> received.size() == 1);
        assertThat(bodies().get(0))
                .isEqualTo("2026-02-17T16:00:00Z api-refused: one\n2026-02-17T16:30:00Z api-refused: two");
        assertThat(received.get(0).getMessage().getHeaders())
                .containsEntry("ExportEventCount", 2)
                .doesNotContainKey("ExportEventKind");
        clock.advance(Duration.ofHours(2));
        append("three");
        clock.advance(Duration.ofHours(1));
        await().until(() -> received.size() == 2);
        assertThat(bodies().get(1)).isEqualTo("2026-02-17T19:00:00Z api-refused: three");
    }

    @Test
    void aDigestOfAStormComesInListsOfAThousandAndLosesNothing() throws Exception {
        start("me", "export-events:x?digest=1m&kinds=api-refused", this::receive);
        IntStream.range(0, 2500).forEach(i -> append("storm"));
        log.append(EventKind.API_RECOVERED, "over", Map.of());
        clock.advance(Duration.ofMinutes(1));
        await().atMost(Duration.ofSeconds(30)).until(() -> received.size() == 3);
        List<Integer> sizes = new ArrayList<>();
        for (String body : bodies()) {
            sizes.add(JsonMapper.builder().build().readTree(body).size());
        }
        assertThat(sizes).containsExactly(1000, 1000, 500);
    }

    @Test
    void aDigestThatNeedsSeveralListsSendsThemTogetherAlsoIfItsEventsHappenedAtDifferentTimes() throws Exception {
        start("me", "export-events:x?digest=1h", this::receive);
        IntStream.range(0, 1000).forEach(i -> append("first"));
        clock.advance(Duration.ofMinutes(40));
        IntStream.range(0, 5).forEach(i -> append("later"));
        clock.advance(Duration.ofMinutes(20));
        await().atMost(Duration.ofSeconds(30)).until(() -> received.size() == 2);
        assertThat(received)
                .extracting(exchange -> exchange.getMessage().getHeader("ExportEventCount"))
                .containsExactly(1000, 5);
        // The next digest begins with its own first event.
        append("next");
        await().pollDelay(Duration.ofMillis(300)).until(() -> received.size() == 2);
        clock.advance(Duration.ofHours(1));
        await().until(() -> received.size() == 3);
    }

    @Test
    void aRouteThatIsStoppedReceivesNothing() throws Exception {
        CamelContext context = start("me", "export-events:x", this::receive);
        context.getRouteController().suspendRoute("x");
        append("one");
        await().pollDelay(Duration.ofSeconds(1)).until(received::isEmpty);
        context.getRouteController().resumeRoute("x");
        await().until(() -> received.size() == 1);
    }

    private void append(String... messages) {
        Stream.of(messages).forEach(message -> log.append(EventKind.API_REFUSED, message, Map.of()));
    }

    private void receive(Exchange exchange) {
        received.add(exchange.copy());
    }

    private List<String> bodies() {
        return received.stream()
                .map(exchange -> exchange.getMessage().getBody(String.class))
                .toList();
    }

    /** A process with a route of this name. */
    private CamelContext start(String instance, String uri, Processor processor) throws Exception {
        EventCursors cursors = new EventCursors(database, instance, LEASE, clock);
        ExportEventsComponent component = new ExportEventsComponent();
        component.setServices(new EventServices(
                RETRIES, new DeliveryFailures(Stream::empty), () -> cursors, () -> new Events(database)));
        DefaultCamelContext context = new DefaultCamelContext();
        contexts.add(context);
        context.addComponent("export-events", component);
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from(uri + (uri.contains("?") ? "&" : "?") + "delay=50&initialDelay=0")
                        .routeId("x")
                        .process(processor);
            }
        });
        context.start();
        return context;
    }
}
