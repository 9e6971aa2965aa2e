package org.exportrelay.component;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.exportrelay.api.DownloadUrl;
import org.exportrelay.api.Export;
import org.exportrelay.api.ExportsJson;
import org.exportrelay.component.ExportManifests.Manifest;
import org.exportrelay.delivery.DeliveredContent;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.NamePattern;
import org.exportrelay.delivery.RetryPolicy;
import org.exportrelay.delivery.VerifiedFile;
import org.exportrelay.ledger.LedgerInstance;
import org.exportrelay.ledger.Replay;
import org.exportrelay.ledger.TestDatabase;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.testing.SettableClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The text of manifests. */
class ExportManifestsTest {

    private static final Destination FILES = new Destination(
            "finance",
            new NamePattern("*"),
            true,
            true,
            new RetryPolicy(3, Duration.ofSeconds(5), Duration.ofMinutes(1)));
    private static final Destination MANIFESTS =
            new Destination("manifests", new NamePattern("*"), false, true, FILES.retries()).ofManifests("finance");

    private final SettableClock clock = new SettableClock(Instant.parse("2026-02-17T16:00:00.123Z"));
    private LedgerDatabase database;
    private LedgerInstance me;
    private ExportManifests manifests;

    @BeforeEach
    void deliverAnExportOfThreeFiles(@TempDir Path directory) {
        database = LedgerDatabase.openForWork(TestDatabase.SQLITE.withTables(directory));
        me = new LedgerInstance(database, "me", Duration.ofMinutes(2), clock);
        manifests = new ExportManifests(database, ExportsJson.exportsJson());
        me.record(export("a-1", "Größe", "one.csv.gz", "two.csv.gz", "three.csv.gz"));
        me.start(FILES, MANIFESTS);
        List<Long> files = me.scan.due(1, Set.of(), true).stream()
                .flatMap(export -> me.downloads.claim(List.of(export)).stream())
                .flatMap(export -> export.fileIds().stream())
                .toList();
        me.downloads.ready(files.stream()
                .map(file -> new VerifiedFile(file, "ab" + file, 7L))
                .toList());
        List<Delivery> claimed = me.deliveries.claim(FILES, 9);
        me.deliveries.delivered(claimed.get(0), Optional.of("sftp://ann@example.com@sftp.example:22/~/in/One.csv.gz"));
        clock.advance(Duration.ofSeconds(1));
        me.deliveries.delivered(
                claimed.get(1), Optional.of("file:/srv/in/two.csv"), Optional.of(new DeliveredContent(500, "cd")));
        me.deliveries.skipped(claimed.get(2), "its route handed it to no endpoint");
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void describesWhatWasDeliveredAndWhatWasSkipped() throws Exception {
        Delivery delivery = me.deliveries.claim(MANIFESTS, 1).get(0);
        Manifest manifest = manifests.of(delivery, "finance");
        assertThat(manifest.text())
                .isEqualTo(
                        """
                        {"export_id":"a-1","name":"Gr\\u00F6\\u00DFe","destination":"finance",\
                        "created_at":"2026-02-17T15:30:00.123Z","updated_at":"2026-02-17T15:31:00.000Z",\
                        "delivered_at":"2026-02-17T16:00:01.123Z","record_count":10,"files":[\
                        {"name":"One.csv.gz","filename":"one.csv.gz","location":"sftp://sftp.example:22/~/in/One.csv.gz",\
                        "size":100,"sha256":"ab1","records":7,"delivered_at":"2026-02-17T16:00:00.123Z"},\
                        {"name":"two.csv","filename":"two.csv.gz","location":"file:/srv/in/two.csv",\
                        "size":500,"sha256":"cd","records":7,"source_size":100,"source_sha256":"ab2",\
                        "delivered_at":"2026-02-17T16:00:01.123Z"}],\
                        "skipped":["three.csv.gz"]}""");
        byte[] bytes = manifest.text().getBytes(StandardCharsets.US_ASCII);
        assertThat(manifest.content())
                .isEqualTo(new DeliveredContent(
                        bytes.length,
                        HexFormat.of()
                                .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes))));
        assertThat(manifest.file().uniqueName()).isEqualTo("Größe.a-1.manifest.json");
        assertThat(manifest.file().size()).isEqualTo(bytes.length);
        assertThat(manifest.file().records()).isNull();
        assertThat(manifests.of(delivery, "finance").text()).isEqualTo(manifest.text());
    }

    @Test
    void leavesOutWhatIsNotKnownOfLinks() throws Exception {
        Destination links = new Destination("links", new NamePattern("*"), false, true, FILES.retries());
        Destination ofLinks =
                new Destination("of-links", new NamePattern("*"), false, true, FILES.retries()).ofManifests("links");
        me.record(export("b-2", null, "one.csv.gz"));
        me.start(links, ofLinks);
        me.deliveries.claim(links, 9).forEach(link -> me.deliveries.delivered(link, Optional.empty()));
        Delivery delivery = me.deliveries.claim(ofLinks, 9).stream()
                .filter(claimed -> claimed.file().exportId().equals("b-2"))
                .findFirst()
                .orElseThrow();
        assertThat(manifests.of(delivery, "links").text())
                .startsWith("{\"export_id\":\"b-2\",\"destination\":\"links\",")
                .contains(
                        "\"files\":[{\"name\":\"one.b-2.csv.gz\",\"filename\":\"one.csv.gz\",\"size\":100,\"delivered_at\":");
        assertThat(delivery.file().uniqueName()).isEqualTo("export.b-2.manifest.json");
    }

    @Test
    void isNotWrittenWhileAFileIsDeliveredAgain() {
        Delivery delivery = me.deliveries.claim(MANIFESTS, 1).get(0);
        new Replay(database, clock)
                .replay(new Replay.Choice("a-1", "finance", null, Set.of(DeliveryState.DELIVERED)), "ops");
        assertThatThrownBy(() -> manifests.of(delivery, "finance"))
                .isInstanceOfSatisfying(DeliveryException.class, failure -> assertThat(failure.action())
                        .isEqualTo(FailureAction.POSTPONE))
                .hasMessageEndingWith(
                        ".a-1.csv.gz was made due again at exports:finance; the manifest follows when it has been delivered");
    }

    private static Export export(String id, String name, String... filenames) {
        return new Export(
                id,
                "completed",
                name,
                100,
                "Complete",
                10L,
                300L,
                Stream.of(filenames)
                        .map(filename -> new DownloadUrl(filename, "https://store.example/" + filename, 100L))
                        .toList(),
                Instant.parse("2026-02-17T15:30:00.123Z"),
                Instant.parse("2026-02-17T15:31:00Z"),
                Instant.parse("2026-02-24T15:30:00Z"));
    }
}
