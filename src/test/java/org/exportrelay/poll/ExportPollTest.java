package org.exportrelay.poll;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.camel.Exchange;
import org.apache.camel.support.DefaultExchange;
import org.exportrelay.api.ApiPause;
import org.exportrelay.api.ExportPage;
import org.exportrelay.api.ExportsJson;
import org.exportrelay.api.RejectedEntry;
import org.exportrelay.api.RelayApi;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.TestSettings;
import org.exportrelay.ledger.LedgerInstance;
import org.exportrelay.ledger.LedgerSettings;
import org.exportrelay.ledger.PollLease;
import org.exportrelay.ledger.SharedUrls;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.poll.PollOutcome.Result;
import org.exportrelay.testing.LogLines;
import org.exportrelay.trace.TestTraces;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExportPollTest {

    private static final String GOOD =
            """
            {"export_id": "good", "status": "completed", "download_urls": [{"url": "https://storage.googleapis.com/a"}]}""";

    private final RelaySettings settings =
            TestSettings.of("relay.api.url", "http://127.0.0.1:1", "relay.api.key", "dm_sk_live_x");
    private final RelayApi api = new RelayApi(settings);
    private LedgerDatabase database;
    private ExportPoll poll;

    @BeforeEach
    void openLedger(@TempDir Path directory) {
        database = LedgerDatabase.openForWork(LedgerSettings.of("jdbc:sqlite:" + directory.resolve("ledger.db")));
        LedgerInstance ledger = new LedgerInstance(database, "me", Duration.ofMinutes(2), api.clock());
        poll = new ExportPoll(
                settings,
                new ApiPause(),
                new PollLease(database, "me", api.clock()),
                ledger.recorder,
                api.signedUrls(),
                new SharedUrls(database, api.urlCipher(), api.clock()),
                ledger.destinations,
                ledger.creator,
                ledger.deliveries,
                ledger.progress,
                api.clock(),
                new PollMetrics(new SimpleMeterRegistry()),
                TestTraces.off());
        poll.always();
    }

    @AfterEach
    void closeLedger() throws IOException {
        database.close();
        api.close();
    }

    @Test
    void itsOutcomeListsEachRejectedExportOnce() throws Exception {
        try (LogLines log = LogLines.of(ExportPoll.class)) {
            poll("{\"export_id\": \"bad\"}", GOOD, "7", "{\"export_id\": \"bad\"}");
            PollOutcome outcome = outcome();
            assertThat(outcome.result()).isEqualTo(Result.READ);
            assertThat(outcome.rejected())
                    .containsExactly(
                            new RejectedEntry("bad", "it has no status"),
                            new RejectedEntry("unknown", "it is not a JSON object"));
            assertThat(log.all())
                    .contains("WARN export bad is rejected: it has no status; nothing of it is delivered until a poll"
                            + " finds it sound; report it to the vendor")
                    .last()
                    .asString()
                    .contains(" 1 new, 2 rejected; ");
            assertThat(log.all()).noneMatch(line -> line.contains("skipped"));
        }
    }

    @Test
    void itsOutcomeListsThemAtEveryStartThoughTheLogHasThemOnce() throws Exception {
        poll("{\"export_id\": \"bad\"}");
        try (LogLines log = LogLines.of(ExportPoll.class)) {
            poll("{\"export_id\": \"bad\"}");
            assertThat(log.all()).singleElement().asString().contains(", 1 rejected; ");
        }
        assertThat(outcome().rejected()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "null"})
    void reportsACompletedExportWithoutUrlsThatHasNotExpiredUntilAPollListsThem(String urls) throws Exception {
        String entry =
                """
                {"export_id": "early", "status": "completed", "download_urls": %s, "expires_at": "9998-01-01T00:00:00Z"}""";
        try (LogLines log = LogLines.of(ExportPoll.class)) {
            poll(entry.formatted(urls), GOOD);
            assertThat(log.all())
                    .singleElement()
                    .asString()
                    .contains(" 1 new, 1 completed without download URLs (not expired; read again at each poll); ")
                    .doesNotContain("too late");
            poll(entry.formatted("[{\"url\": \"https://storage.googleapis.com/b\"}]"), GOOD);
            assertThat(log.all()).last().asString().contains(" 1 new; ");
        }
        assertThat(outcome().withoutUrls()).containsExactly("early");
    }

    @Test
    void reportsAnExpiredExportWithoutUrlsAsSeenTooLate() throws Exception {
        try (LogLines log = LogLines.of(ExportPoll.class)) {
            poll("{\"export_id\": \"old\", \"status\": \"completed\", \"expires_at\": \"2001-01-01T00:00:00Z\"}");
            assertThat(log.all()).last().asString().contains(" 0 new, 1 seen too late (URLs already expired); ");
        }
        assertThat(outcome().withoutUrls()).isEmpty();
    }

    @Test
    void warnsOnceOfAListThatIsEmptyAlthoughTheApiPromisesExports() throws Exception {
        try (LogLines log = LogLines.of(ListScanner.class)) {
            read("{\"data\": [], \"pagination\": {\"total\": 1000, \"has_more\": true}}");
            read("{\"data\": [], \"pagination\": {\"total\": 1000, \"has_more\": true}}");
            assertThat(log.all())
                    .containsExactly(
                            "WARN poll: the API promises a total of 1000 exports, but lists 0 and nothing behind"
                                    + " them; exports may be missing until the list is complete; report it to the vendor");
        }
        assertThat(outcome().isIncomplete()).isTrue();
    }

    @Test
    void rejectsNoExportForAFieldThatNoDeliveryNeeds() throws Exception {
        poll(
                """
                {"export_id": "odd", "status": "completed", "progress": 99.5, "updated_at": "", "record_count": "3",
                 "file_size": 1000000000000000000000000000000, "created_at": "2026-02-17 15:30:00",
                 "download_urls": [{"url": "https://storage.googleapis.com/a", "size": 3.0}]}""");
        assertThat(outcome().rejected()).isEmpty();
        List<String> recorded = database.jdbi()
                .withHandle(handle -> handle.createQuery("SELECT export_id FROM export_file")
                        .mapTo(String.class)
                        .list());
        assertThat(recorded).containsExactly("odd");
    }

    private void poll(String... entries) throws Exception {
        read("{\"data\": [%s], \"pagination\": {\"total\": \"1\", \"has_more\": false}}"
                .formatted(String.join(",", entries)));
    }

    private void read(String json) throws Exception {
        ExportPage page = ExportsJson.exportsJson().readValue(json, ExportPage.class);
        Exchange exchange = new DefaultExchange(api.context());
        poll.begin(exchange);
        while (poll.hasNextPage(exchange)) {
            poll.read(page, exchange);
            page.data().forEach(export -> poll.record(export, exchange));
            poll.recordPage(exchange);
        }
        poll.finish(exchange);
    }

    private PollOutcome outcome() throws Exception {
        return poll.first().toCompletableFuture().get();
    }
}
