package org.exportrelay.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.camel.impl.DefaultCamelContext;
import org.exportrelay.api.DownloadUrl;
import org.exportrelay.api.Export;
import org.exportrelay.check.Finding.Kind;
import org.exportrelay.delivery.DeliveredContent;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.NamePattern;
import org.exportrelay.delivery.RetryPolicy;
import org.exportrelay.destinations.Inventory;
import org.exportrelay.destinations.Listable;
import org.exportrelay.destinations.ListedFile;
import org.exportrelay.destinations.file.DurableFileComponent;
import org.exportrelay.json.ExportJson;
import org.exportrelay.ledger.FileLocations;
import org.exportrelay.ledger.LedgerInstance;
import org.exportrelay.ledger.Replay;
import org.exportrelay.ledger.Status;
import org.exportrelay.ledger.TestDatabase;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What the ledger has as delivered, compared with a directory. */
@ParameterizedClass(name = "{0}")
@EnumSource(TestDatabase.class)
class ReconciliationTest {

    private static final RetryPolicy RETRIES = new RetryPolicy(3, Duration.ofSeconds(5), Duration.ofMinutes(1));
    private static final Destination ARCHIVE = new Destination("archive", new NamePattern("*"), false, true, RETRIES);
    private static final Destination OTHER = new Destination("other", new NamePattern("*"), false, true, RETRIES);
    private static final String CONTENT = "a,b\n1,2\n";
    /** Of the content. */
    private static final String SHA256 = "492d5ea496056f1a6a6592241032fab764c321596317930b4fa0e1e8bc3b7470";

    @Parameter
    private TestDatabase on;

    @TempDir
    private Path directory;

    private final List<Finding> findings = new ArrayList<>();
    private final DefaultCamelContext context = new DefaultCamelContext();
    private Path archive;
    private LedgerDatabase database;
    private LedgerInstance ledger;

    @BeforeEach
    void open() throws IOException {
        archive = Files.createDirectories(directory.resolve("archive")).toRealPath();
        context.addComponent("file", new DurableFileComponent());
        context.start();
        database = on.lend(directory);
        ledger = new LedgerInstance(database, "me", Duration.ofMinutes(2), Clock.systemUTC());
        ledger.start(ARCHIVE);
    }

    @AfterEach
    void close() {
        context.stop();
        on.giveBack(database);
    }

    @Test
    void whatIsAsTheLedgerHasItIsNoDifference() throws Exception {
        write(deliver("one", "two"));
        assertThat(reconcile(false)).isEqualTo(new Tally("archive", 2, 0, 0, 0, 0, 0));
        assertThat(findings).isEmpty();
    }

    @Test
    void reportsWhatIsMissingDifferentOrUnknownAndChangesNothing() throws Exception {
        Map<String, Path> files = deliver("one", "two", "three");
        write(files);
        Files.delete(files.get("one"));
        Files.writeString(files.get("two"), "longer than it was");
        Path stray = Files.writeString(archive.resolve("stray.csv.gz"), "x");
        assertThat(reconcile(false)).isEqualTo(new Tally("archive", 1, 1, 1, 1, 0, 0));
        assertThat(findings)
                .extracting(finding -> finding.kind() + " " + finding.location() + " " + finding.text())
                .containsExactlyInAnyOrder(
                        "MISSING file:" + files.get("one") + " is not there",
                        "DIFFERENT file:" + files.get("two") + " has 18 bytes, and 8 were delivered",
                        "UNKNOWN file:" + stray + " is there, and not in the ledger");
        assertThat(Files.list(archive)).containsExactlyInAnyOrder(files.get("two"), files.get("three"), stray);
    }

    @Test
    void comparesChecksumsWhereAskedTo() throws Exception {
        Map<String, Path> files = deliver("one", "two");
        write(files);
        assertThat(sha256(files.get("one"))).isEqualTo(SHA256);
        database.jdbi().useHandle(handle -> handle.execute("UPDATE export_file SET sha256 = ?", SHA256));
        Files.writeString(files.get("two"), "a,b\n1,3\n");
        assertThat(reconcile(false)).isEqualTo(new Tally("archive", 2, 0, 0, 0, 0, 0));
        assertThat(reconcile(true)).isEqualTo(new Tally("archive", 1, 0, 1, 0, 0, 0));
        assertThat(findings).singleElement().satisfies(finding -> assertThat(finding.text())
                .isEqualTo("has SHA-256 " + sha256(files.get("two")) + ", and " + SHA256 + " was delivered"));
    }

    /** Such as with {@code expand=true}: the file of the export is another one. */
    @Test
    void comparesWithWhatWasDeliveredInAnotherForm() throws Exception {
        Path csv = Files.writeString(archive.resolve("one.a.csv"), CONTENT + "2,3\n");
        DeliveredContent content = new DeliveredContent(Files.size(csv), sha256(csv));
        deliver(export("a"), "file:" + csv, Optional.of(content));
        database.jdbi().useHandle(handle -> handle.execute("UPDATE export_file SET sha256 = ?", SHA256));
        assertThat(reconcile(true)).isEqualTo(new Tally("archive", 1, 0, 0, 0, 0, 0));

        Files.writeString(csv, CONTENT + "2,4\n");
        assertThat(reconcile(true)).isEqualTo(new Tally("archive", 0, 0, 1, 0, 0, 0));
        assertThat(findings).singleElement().satisfies(finding -> assertThat(finding.text())
                .endsWith(", and " + content.sha256() + " was delivered"));
        Files.writeString(csv, CONTENT);
        assertThat(reconcile(true)).isEqualTo(new Tally("archive", 0, 0, 1, 0, 0, 0));
        assertThat(findings).singleElement().satisfies(finding -> assertThat(finding.text())
                .isEqualTo("has 8 bytes, and 12 were delivered"));
    }

    @Test
    void theLedgerHasTheSizeAndTheChecksumOfWhatWasDelivered() {
        deliver(export("a"), "file:" + archive.resolve("one.a.csv"), Optional.of(new DeliveredContent(12, SHA256)));
        deliver(export("b"), "file:" + archive.resolve("one.b.csv.gz"), Optional.empty());
        List<Map<String, Object>> rows = new ArrayList<>();
        new Status(database).forEach(row -> rows.add(ExportJson.delivery(row)));
        assertThat(rows)
                .filteredOn(row -> row.containsKey("delivered_sha256"))
                .singleElement()
                .satisfies(row ->
                        assertThat(row).containsEntry("delivered_size", 12L).containsEntry("delivered_sha256", SHA256));
        assertThat(rows).hasSize(2);
        assertThat(new Replay(database, Clock.systemUTC())
                        .replay(new Replay.Choice("a", null, null, Set.of(DeliveryState.DELIVERED)), "test"))
                .isOne();
        Delivery again = ledger.deliveries.claim(ARCHIVE, 1).get(0);
        ledger.deliveries.delivered(again, Optional.empty(), Optional.empty());
        new Status(database).forEach(row -> assertThat(ExportJson.delivery(row))
                .as("the route delivers the file itself now")
                .doesNotContainKey("delivered_sha256"));
    }

    /** Companions, temporary files, deliveries that wait, and those to other destinations in the same directory. */
    @Test
    void filesThatBelongToDeliveriesAreNotUnknown() throws Exception {
        Map<String, Path> files = deliver("one");
        write(files);
        ledger.start(OTHER);
        ledger.record(export("later"));
        ledger.createDeliveries();
        Path daily = archive.resolve("daily.csv");
        database.jdbi()
                .useHandle(handle -> handle.execute(
                        "INSERT INTO file_location (location, delivery_id) VALUES (?, 'other')", "file:" + daily));
        for (Path file : List.of(
                Path.of(files.get("one") + ".sha256"),
                Path.of(files.get("one") + ".done"),
                archive.resolve(".d1.1.part"),
                archive.resolve("one.later.csv.gz"),
                daily,
                Path.of(daily + ".done"))) {
            Files.writeString(file, "x");
        }
        Files.createDirectories(archive.resolve("below/deep"));
        assertThat(reconcile(false)).isEqualTo(new Tally("archive", 1, 0, 0, 0, 0, 0));
        assertThat(findings).isEmpty();
    }

    /** As with {@code overwrite=true}. */
    @Test
    void aFileThatALaterDeliveryHasReplacedIsNotCompared() throws Exception {
        Path daily = Files.writeString(archive.resolve("daily.csv"), CONTENT);
        String location = "file:" + daily;
        for (String id : List.of("monday", "tuesday")) {
            ledger.record(export(id));
            ledger.createDeliveries();
            Delivery delivery = ledger.deliveries.claim(ARCHIVE, 1).get(0);
            assertThat(new FileLocations(database).claim(location, delivery.deliveryId(), true))
                    .isEmpty();
            ledger.deliveries.delivered(delivery, Optional.of(location));
        }
        assertThat(reconcile(false)).isEqualTo(new Tally("archive", 1, 0, 0, 0, 0, 0));
        Files.delete(daily);
        assertThat(reconcile(false)).isEqualTo(new Tally("archive", 0, 1, 0, 0, 0, 0));
        assertThat(findings)
                .extracting(finding -> finding.delivered().exportId())
                .containsExactly("tuesday");
    }

    @Test
    void aDirectoryThatIsNotThereHasNoFilesAndOneThatCannotBeListedIsNotCompared() throws Exception {
        deliver("one");
        Files.delete(archive);
        assertThat(reconcile(false)).isEqualTo(new Tally("archive", 0, 1, 0, 0, 0, 0));
        Files.createFile(archive);
        assertThat(reconcile(false)).isEqualTo(new Tally("archive", 0, 0, 0, 0, 1, 0));
        assertThat(findings).singleElement().satisfies(finding -> assertThat(finding.text())
                .startsWith("file:" + archive + "/ cannot be listed: ")
                .endsWith("check that the user of the route may list the directory")
                .doesNotContain("Exception"));
    }

    @Test
    void deliveriesWithoutAPlaceAndThoseThatNoRouteReachesAreCounted() {
        deliver(export("link"), null);
        deliver(export("gone"), "sftp://relay@partner:22/~/in/one.gone.csv.gz");
        assertThat(reconcile(false)).isEqualTo(new Tally("archive", 0, 0, 0, 0, 1, 1));
        assertThat(findings).extracting(Finding::kind).containsExactly(Kind.UNCHECKED);
    }

    @Test
    void makesOnlyTheMissingOnesDueAgain() throws Exception {
        Map<String, Path> files = deliver("one", "two");
        write(files);
        Files.delete(files.get("one"));
        try (Reconciliation reconciliation = reconciliation(false)) {
            compare(reconciliation);
            assertThat(reconciliation.missing()).isOne();
            assertThat(reconciliation.replayMissing("ann")).isOne();
            assertThat(reconciliation.replayMissing("ann")).isZero();
        }
        assertThat(ledger.deliveries.claim(ARCHIVE, 10))
                .extracting(delivery -> delivery.file().exportId())
                .containsExactly("one");
    }

    @Test
    void listsADirectoryOnceHoweverManyFilesItHas() {
        List<String> ids = IntStream.range(0, 2_500).mapToObj(i -> "e" + i).toList();
        ledger.recorder.record(ids.stream().map(ReconciliationTest::export).toList(), Optional.empty());
        ledger.createDeliveries();
        while (true) {
            List<Delivery> claimed = ledger.deliveries.claim(ARCHIVE, 100);
            if (claimed.isEmpty()) {
                break;
            }
            claimed.forEach(delivery -> ledger.deliveries.delivered(
                    delivery, Optional.of("x:/in/" + delivery.file().uniqueName())));
        }
        List<String> listed = new ArrayList<>();
        try (Reconciliation reconciliation = reconciliation(false)) {
            reconciliation.compare(new Inventory() {
                @Override
                public String root() {
                    return "x:";
                }

                @Override
                public void list(String location, Consumer<ListedFile> files) {
                    listed.add(location);
                    ids.forEach(id -> files.accept(new ListedFile(location + "one." + id + ".csv.gz", 8)));
                }

                @Override
                public Optional<String> sha256(String location) {
                    throw new AssertionError("not asked for");
                }

                @Override
                public void close() {}
            });
            reconciliation.finish();
            assertThat(reconciliation.tallies()).containsExactly(new Tally("archive", 2_500, 0, 0, 0, 0, 0));
        }
        assertThat(listed).containsExactly("x:/in/");
    }

    private Reconciliation reconciliation(boolean withChecksums) {
        findings.clear();
        return new Reconciliation(database, List.of("archive"), null, withChecksums, findings::add);
    }

    private Tally reconcile(boolean withChecksums) {
        try (Reconciliation reconciliation = reconciliation(withChecksums)) {
            compare(reconciliation);
            return reconciliation.tallies().get(0);
        }
    }

    private void compare(Reconciliation reconciliation) {
        Listable endpoint = (Listable) context.getEndpoint("file:" + directory);
        reconciliation.compare(endpoint.inventory().orElseThrow());
        reconciliation.finish();
    }

    /** Each with a file of its own in the archive, which is not written. */
    private Map<String, Path> deliver(String... ids) {
        Map<String, Path> files = new HashMap<>();
        for (String id : ids) {
            Path file = archive.resolve("one." + id + ".csv.gz");
            deliver(export(id), "file:" + file);
            files.put(id, file);
        }
        return files;
    }

    private void deliver(Export export, String location) {
        deliver(export, location, Optional.empty());
    }

    private void deliver(Export export, String location, Optional<DeliveredContent> content) {
        ledger.record(export);
        ledger.createDeliveries();
        ledger.deliveries
                .claim(ARCHIVE, 1)
                .forEach(delivery -> ledger.deliveries.delivered(delivery, Optional.ofNullable(location), content));
    }

    private static void write(Map<String, Path> files) throws IOException {
        for (Path file : files.values()) {
            Files.writeString(file, CONTENT);
        }
    }

    private String sha256(Path file) throws Exception {
        try (Inventory inventory = ((Listable) context.getEndpoint("file:" + directory))
                .inventory()
                .orElseThrow()) {
            return inventory.sha256("file:" + file).orElseThrow();
        }
    }

    private static Export export(String id) {
        Instant now = Instant.now();
        return new Export(
                id,
                Export.COMPLETED,
                "properties_export",
                100,
                "Complete",
                10L,
                8L,
                List.of(new DownloadUrl("one.csv.gz", "https://store/" + id, (long) CONTENT.length())),
                now,
                now,
                now.plus(Duration.ofDays(7)));
    }
}
