package org.exportrelay.destinations;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
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
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.component.file.remote.FtpsEndpoint;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.util.ObjectHelper;
import org.exportrelay.api.DownloadUrl;
import org.exportrelay.api.Export;
import org.exportrelay.component.DeliveryFiles;
import org.exportrelay.component.ExportHeaders;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.NamePattern;
import org.exportrelay.delivery.RetryPolicy;
import org.exportrelay.destinations.file.DurableFileComponent;
import org.exportrelay.destinations.ftp.ClaimedFtpComponent;
import org.exportrelay.destinations.ftp.ClaimedFtpsComponent;
import org.exportrelay.destinations.sftp.StrictSftpComponent;
import org.exportrelay.ledger.FileLocations;
import org.exportrelay.ledger.LedgerInstance;
import org.exportrelay.ledger.LedgerSettings;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.testing.FtpServer;
import org.exportrelay.testing.SftpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Deliveries to directories, local and on servers, whose file names repeat. */
class FileClaimTest {

    private static final String DAILY =
            "&fileName=${header.ExportCreatedAt.substring(0,10)}_${header.ExportName}.csv.gz";
    private static final String DAILY_FILE = "2026-02-17_properties_export.csv.gz";
    private static final String TEMPORARY =
            "&fileExist=TryRename&tempFileName=.${header.ExportDeliveryId}.${header.ExportAttempt}.part";
    private static final RetryPolicy RETRIES = new RetryPolicy(3, Duration.ofSeconds(5), Duration.ofMinutes(1));
    private static final Destination ONE = destination("one");
    private static final Destination TWO = destination("two");

    /** Where a route delivers to. */
    enum Kind {
        FILE,
        SFTP,
        FTP;

        String uri(FileClaimTest test, String path) {
            return switch (this) {
                case FILE -> "file:" + test.root.resolve(path) + "?forceWrites=true";
                case SFTP -> test.sftp.url() + "/" + path + "?username=" + SftpServer.USER + "&password=RAW("
                        + SftpServer.PASSWORD + ")&strictHostKeyChecking=no";
                case FTP -> "ftp://partner@127.0.0.1:" + test.ftp.port() + "/" + path + "?password=x&passiveMode=true";
            };
        }

        /** What the ledger records. */
        String location(FileClaimTest test, String path) throws IOException {
            return switch (this) {
                case FILE -> "file:" + test.root.toRealPath() + "/" + path;
                case SFTP -> test.sftp.url().replace("//", "//" + SftpServer.USER + "@") + "/~/" + path;
                case FTP -> "ftp://partner@127.0.0.1:" + test.ftp.port() + "/~/" + path;
            };
        }
    }

    @TempDir
    private Path directory;

    private final DefaultCamelContext context = new DefaultCamelContext();
    private final List<DeliveryFiles> sent = new ArrayList<>();
    private Path root;
    private SftpServer sftp;
    private FtpServer ftp;
    private LedgerDatabase database;
    private LedgerInstance ledger;
    private FileLocations locations;

    @BeforeEach
    void start() throws Exception {
        root = Files.createDirectories(directory.resolve("root"));
        sftp = new SftpServer(root);
        sftp.start();
        ftp = new FtpServer(root);
        database = LedgerDatabase.openForWork(LedgerSettings.of("jdbc:sqlite:" + directory.resolve("ledger.db")));
        ledger = new LedgerInstance(database, "me", Duration.ofMinutes(2), Clock.systemUTC());
        locations = new FileLocations(database);
        context.addComponent("file", new DurableFileComponent());
        context.addComponent("sftp", new StrictSftpComponent());
        context.addComponent("ftp", new ClaimedFtpComponent());
        context.start();
    }

    @AfterEach
    void stop() throws Exception {
        context.stop();
        sftp.close();
        ftp.close();
        database.close();
    }

    @ParameterizedTest
    @EnumSource
    void theFirstOfADayIsKeptAndEveryOtherParkedWithBothNames(Kind kind) throws Exception {
        List<Delivery> day = deliveries(ONE, 5);
        String uri = kind.uri(this, "in/deep") + DAILY + TEMPORARY;
        assertThat(send(day.get(0), uri)).isNull();
        String first = content("in/deep/" + DAILY_FILE);
        for (Delivery other : day.subList(1, 5)) {
            DeliveryException parked = send(other, uri);
            assertThat(parked.action()).isEqualTo(FailureAction.PARK);
            assertThat(parked)
                    .hasMessage(kind.location(this, "in/deep/" + DAILY_FILE)
                            + " is already f.0.csv.gz of export 0 (exports:one), and "
                            + other.file().uniqueName()
                            + " has the same name there; give each file a name of its own, for example with"
                            + " ${header.CamelFileName}, then replay; or set overwrite=true at exports:one if the"
                            + " latest file is to replace the others");
        }
        assertThat(names("in/deep")).containsExactly(DAILY_FILE);
        assertThat(content("in/deep/" + DAILY_FILE)).isEqualTo(first);
        assertThat(send(day.get(0), uri)).as("a retry or replay").isNull();
        assertThat(sent.get(0).location()).contains(kind.location(this, "in/deep/" + DAILY_FILE));
        assertThat(sent.get(1).location()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void holdsWithoutATemporaryNameToo(Kind kind) throws Exception {
        List<Delivery> two = deliveries(ONE, 2);
        String uri = kind.uri(this, "in") + "&fileName=latest.csv.gz";
        assertThat(send(two.get(0), uri)).isNull();
        assertThat(send(two.get(1), uri).action()).isEqualTo(FailureAction.PARK);
        assertThat(content("in/latest.csv.gz")).isEqualTo("content of 0");
        assertThat(sent.get(0).location()).contains(kind.location(this, "in/latest.csv.gz"));
    }

    @ParameterizedTest
    @EnumSource
    void overwriteLetsTheLatestReplaceTheOthers(Kind kind) throws Exception {
        List<Delivery> two = deliveries(ONE, 2);
        String uri = kind.uri(this, "in") + "&fileName=latest.csv.gz" + TEMPORARY;
        assertThat(send(two.get(0), uri, true)).isNull();
        assertThat(send(two.get(1), uri, true)).isNull();
        assertThat(content("in/latest.csv.gz")).isEqualTo("content of 1");
        assertThat(send(two.get(0), uri, false).getMessage())
                .as("the file is the second one's now")
                .contains("is already f.1.csv.gz of export 1");
    }

    @ParameterizedTest
    @EnumSource
    void aNameIsFreeAgainOnceTheDeliveryHasEndedAndItsFileWasFetched(Kind kind) throws Exception {
        List<Delivery> three = deliveries(ONE, 3);
        String uri = kind.uri(this, "inbox") + "&fileName=latest.csv.gz" + TEMPORARY;
        assertThat(send(three.get(0), uri)).isNull();
        Files.delete(root.resolve("inbox/latest.csv.gz"));
        assertThat(send(three.get(1), uri)).as("the first may still retry").isNotNull();
        ledger.deliveries.delivered(three.get(0), Optional.empty());
        assertThat(send(three.get(1), uri)).isNull();
        assertThat(content("inbox/latest.csv.gz")).isEqualTo("content of 1");
        ledger.deliveries.delivered(three.get(1), Optional.empty());
        assertThat(send(three.get(2), uri)).as("not fetched").isNotNull();
        assertThat(send(three.get(0), uri)).as("a replay of the first").isNotNull();
        assertThat(content("inbox/latest.csv.gz")).isEqualTo("content of 1");
    }

    @ParameterizedTest
    @EnumSource
    void oneOfManyAtTheSameTimeWrites(Kind kind) throws Exception {
        List<Delivery> many = deliveries(ONE, 8);
        String uri = kind.uri(this, "in") + DAILY + TEMPORARY;
        List<CompletableFuture<DeliveryException>> results = many.stream()
                .map(delivery -> CompletableFuture.supplyAsync(() -> send(delivery, uri)))
                .toList();
        List<DeliveryException> failures =
                results.stream().map(CompletableFuture::join).toList();
        assertThat(failures.stream().filter(failure -> failure == null)).hasSize(1);
        assertThat(content("in/" + DAILY_FILE)).isEqualTo("content of " + failures.indexOf(null));
        assertThat(names("in")).containsExactly(DAILY_FILE);
    }

    @ParameterizedTest
    @EnumSource
    void twoDestinationsInOneDirectoryShareItsNamesHoweverTheyWriteIt(Kind kind) throws Exception {
        List<Delivery> first = deliveries(ONE, 1);
        List<Delivery> second = claim(TWO, 1);
        String name = "&fileName=${header.ExportId}.csv.gz" + TEMPORARY;
        assertThat(send(first.get(0), kind.uri(this, "in/deep") + name)).isNull();
        assertThat(send(second.get(0), kind.uri(this, "in/./other/../deep") + name))
                .hasMessageContaining("(exports:one)")
                .hasMessageContaining("overwrite=true at exports:two");
        assertThat(send(second.get(0), kind.uri(this, "in/other") + name)).isNull();
    }

    @Test
    void aSymbolicLinkIsTheDirectoryThatItLeadsTo() throws Exception {
        List<Delivery> two = deliveries(ONE, 2);
        Files.createDirectories(root.resolve("archive"));
        Files.createSymbolicLink(root.resolve("link"), root.resolve("archive"));
        assertThat(send(two.get(0), Kind.FILE.uri(this, "archive") + DAILY)).isNull();
        assertThat(send(two.get(1), Kind.FILE.uri(this, "link") + DAILY)).isNotNull();
    }

    @ParameterizedTest
    @EnumSource
    void uniqueNamesAndTheirCompanionsNeedNoClaim(Kind kind) throws Exception {
        Delivery delivery = deliveries(ONE, 1).get(0);
        String uri = kind.uri(this, "in") + TEMPORARY + "&fileName=${header.CamelFileName}";
        DeliveryFiles files = new DeliveryFiles(delivery, locations, false);
        assertThat(send(delivery, uri, files)).isNull();
        assertThat(send(delivery, uri + ".sha256", files)).isNull();
        assertThat(send(delivery, uri + ".done", files)).isNull();
        assertThat(claims()).isZero();
        assertThat(files.location()).as("not of a companion").contains(kind.location(this, "in/f.0.csv.gz"));
    }

    @ParameterizedTest
    @EnumSource
    void filesThatHaveOneNameInAnotherFormDoNotReplaceEachOther(Kind kind) throws Exception {
        record("0", "part.csv.gz", "part.csv");
        List<Delivery> files = claim(ONE, 2);
        String uri = kind.uri(this, "in") + TEMPORARY + "&fileName=${header.CamelFileName}";
        assertThat(expanded(files.get(0), uri)).isNull();
        assertThat(expanded(files.get(1), uri))
                .hasMessageContaining("in/part.0.csv is already part.0.csv")
                .hasMessageContaining("and part.0.csv has the same name there");
        assertThat(expanded(files.get(0), uri)).as("again").isNull();
    }

    @ParameterizedTest
    @EnumSource
    void aFileAndAnotherOnesFormDoNotReplaceEachOtherWhicheverComesFirst(Kind kind) throws Exception {
        record("0", "part.csv.gz", "part.csv");
        Delivery compressed = named("part.csv.gz", claim(ONE, 2));
        Delivery plain = named("part.csv", claim(TWO, 2));
        String uri = kind.uri(this, "in") + TEMPORARY + "&fileName=${header.CamelFileName}";
        assertThat(send(plain, uri)).isNull();
        assertThat(expanded(compressed, uri)).hasMessageContaining("is already part.0.csv of export 0 (exports:two)");

        String other = kind.uri(this, "other") + TEMPORARY + "&fileName=${header.CamelFileName}";
        assertThat(expanded(compressed, other)).isNull();
        assertThat(send(plain, other)).hasMessageContaining("is already part.0.csv.gz of export 0 (exports:one)");
    }

    @ParameterizedTest
    @EnumSource
    void theFormOfAFileReplacesNoFileThatAnEarlierVersionWroteWithoutAClaim(Kind kind) throws Exception {
        record("0", "part.csv.gz", "part.csv");
        Delivery compressed = named("part.csv.gz", claim(ONE, 2));
        Delivery plain = named("part.csv", claim(TWO, 2));
        String uri = kind.uri(this, "in") + TEMPORARY + "&fileName=${header.CamelFileName}";
        assertThat(send(plain, uri)).isNull();
        ledger.deliveries.delivered(plain, Optional.of(kind.location(this, "in/part.0.csv")));
        database.jdbi().useHandle(handle -> handle.execute("DELETE FROM file_location"));
        assertThat(expanded(compressed, uri)).hasMessageContaining("is already part.0.csv of export 0 (exports:two)");

        Files.delete(root.resolve("in/part.0.csv"));
        assertThat(expanded(compressed, uri)).as("after it was fetched").isNull();
    }

    private static Delivery named(String filename, List<Delivery> deliveries) {
        return deliveries.stream()
                .filter(delivery -> delivery.file().filename().equals(filename))
                .findFirst()
                .orElseThrow();
    }

    /** Such as one that was renamed: its file is the same. */
    @ParameterizedTest
    @EnumSource
    void anotherDestinationMayWriteTheSameFileInTheSameForm(Kind kind) throws Exception {
        Delivery first = deliveries(ONE, 1).get(0);
        String uri = kind.uri(this, "in") + TEMPORARY + "&fileName=${header.CamelFileName}";
        assertThat(expanded(first, uri)).isNull();
        ledger.deliveries.delivered(first, Optional.of(kind.location(this, "in/f.0.csv")));
        assertThat(expanded(claim(TWO, 1).get(0), uri)).isNull();
        assertThat(claims()).isOne();
    }

    /** It encrypts to other keys, or anew to the same ones: its file has other bytes. */
    @ParameterizedTest
    @EnumSource
    void anotherDestinationMayNotReplaceAnEncryptedFile(Kind kind) throws Exception {
        Delivery first = deliveries(ONE, 1).get(0);
        String uri = kind.uri(this, "in") + TEMPORARY + "&fileName=${header.CamelFileName}";
        assertThat(encrypted(first, uri)).isNull();
        assertThat(encrypted(first, uri)).as("a retry or replay").isNull();
        ledger.deliveries.delivered(first, Optional.of(kind.location(this, "in/f.0.csv.gz.pgp")));
        assertThat(encrypted(claim(TWO, 1).get(0), uri))
                .hasMessageContaining("/in/f.0.csv.gz.pgp is already f.0.csv.gz of export 0 (exports:one)");
    }

    @Test
    void filesOfOneExportNeedNamesOfTheirOwnToo() throws Exception {
        record("0", "people.csv.gz", "places.csv.gz");
        List<Delivery> files = claim(ONE, 2);
        String uri = Kind.FILE.uri(this, "in") + TEMPORARY + "&fileName=${header.ExportId}.csv.gz";
        assertThat(send(files.get(0), uri)).isNull();
        assertThat(send(files.get(1), uri))
                .hasMessageContaining("is already people.0.csv.gz of export 0")
                .hasMessageContaining("and places.0.csv.gz has the same name there");
    }

    @Test
    void theSameDeliverySucceedsAfterACrashBetweenClaimAndWrite() throws Exception {
        List<Delivery> two = deliveries(ONE, 2);
        locations.claim(Kind.FILE.location(this, "in/" + DAILY_FILE), two.get(0).deliveryId(), false);
        String uri = Kind.FILE.uri(this, "in") + DAILY + TEMPORARY;
        assertThat(send(two.get(1), uri)).isNotNull();
        assertThat(root.resolve("in")).doesNotExist();
        assertThat(send(two.get(0), uri)).isNull();
        assertThat(content("in/" + DAILY_FILE)).isEqualTo("content of 0");
    }

    @Test
    void aDeliveryThatEndedWithoutAFileHoldsNoName() throws Exception {
        List<Delivery> two = deliveries(ONE, 2);
        String uri = Kind.FILE.uri(this, "in") + DAILY + TEMPORARY;
        Files.writeString(root.resolve("in"), "in the way");
        assertThat(sendAnyhow(two.get(0), uri).getException()).isNotNull();
        ledger.deliveries.failed(two.get(0), new DeliveryException(FailureAction.PARK, "no directory"), RETRIES);
        Files.delete(root.resolve("in"));
        assertThat(send(two.get(1), uri)).isNull();
    }

    @Test
    void ignoreAndFailNeverCountAnotherFileAsTheirOwn() throws Exception {
        List<Delivery> three = deliveries(ONE, 3);
        String uri = Kind.FILE.uri(this, "in") + "&fileName=latest.csv.gz&fileExist=";
        assertThat(send(three.get(0), uri + "Ignore")).isNull();
        for (String exist : List.of("Ignore", "Fail")) {
            assertThat(send(three.get(1), uri + exist, true))
                    .hasMessageContaining("is already f.0.csv.gz")
                    .message()
                    .doesNotContain("overwrite");
        }
        assertThat(send(three.get(0), uri + "Ignore")).as("its own").isNull();
    }

    @Test
    void appendAndMoveReplaceNothing() throws Exception {
        List<Delivery> two = deliveries(ONE, 2);
        String append = Kind.FILE.uri(this, "in") + "&fileName=all.csv.gz&fileExist=Append";
        String move = Kind.FILE.uri(this, "in") + "&fileName=latest.csv.gz&fileExist=Move&moveExisting=old";
        for (Delivery delivery : two) {
            assertThat(send(delivery, append)).isNull();
            assertThat(send(delivery, move)).isNull();
        }
        assertThat(content("in/all.csv.gz")).isEqualTo("content of 0content of 1");
        assertThat(content("in/latest.csv.gz")).isEqualTo("content of 1");
        assertThat(content("in/old/latest.csv.gz")).isEqualTo("content of 0");
    }

    @Test
    void aServerThatHidesFilesKeepsEveryName() throws Exception {
        sftp.hidingFiles();
        List<Delivery> two = deliveries(ONE, 2);
        String uri = Kind.SFTP.uri(this, "in") + DAILY + TEMPORARY + "&requireSize=false";
        assertThat(send(two.get(0), uri)).isNull();
        ledger.deliveries.delivered(two.get(0), Optional.empty());
        assertThat(send(two.get(1), uri)).isNotNull();
        assertThat(content("in/" + DAILY_FILE)).isEqualTo("content of 0");
    }

    @Test
    void aLedgerThatCannotBeUsedCountsNoAttempt() throws Exception {
        Delivery delivery = deliveries(ONE, 1).get(0);
        database.jdbi().useHandle(handle -> handle.execute("DROP TABLE file_location"));
        DeliveryException postponed = send(delivery, Kind.FILE.uri(this, "in") + DAILY + TEMPORARY);
        assertThat(postponed.action()).isEqualTo(FailureAction.POSTPONE);
        assertThat(root.resolve("in")).doesNotExist();
    }

    @Test
    void ftpsHasTheOptionsOfCamelsOwn() throws Exception {
        context.addComponent("ftps", new ClaimedFtpsComponent());
        FtpsEndpoint endpoint = (FtpsEndpoint) context.getEndpoint(
                "ftps://h:990/in?implicit=true&ftpClient.dataTimeout=7&ftpClient.trustStore.file=trust.p12");
        assertThat(endpoint.getFtpsConfiguration().isImplicit()).isTrue();
        assertThat(endpoint.getFtpClientParameters()).containsEntry("dataTimeout", "7");
        assertThat(endpoint.getFtpClientTrustStoreParameters()).containsEntry("file", "trust.p12");
        assertThat(endpoint.getConfiguration().getDirectory()).isEqualTo("in");
        assertThat(context.getEndpoint("ftps://h/in").createProducer()).isInstanceOf(RemoteFileWriter.class);
    }

    @Test
    void leavesExchangesWithoutADeliveryToCamel() throws Exception {
        for (Kind kind : Kind.values()) {
            String uri = kind.uri(this, kind.name()) + "&fileName=x";
            context.createProducerTemplate().sendBody(uri, "one");
            context.createProducerTemplate().sendBody(uri, "two");
            assertThat(content(kind.name() + "/x")).isEqualTo("two");
        }
        assertThat(claims()).isZero();
    }

    private List<Delivery> deliveries(Destination destination, int exports) {
        IntStream.range(0, exports).forEach(i -> record(Integer.toString(i), "f.csv.gz"));
        return claim(destination, exports);
    }

    private List<Delivery> claim(Destination destination, int most) {
        ledger.start(destination);
        return ledger.deliveries.claim(destination, most);
    }

    private void record(String id, String... filenames) {
        Instant created = Instant.parse("2026-02-17T15:30:00.123Z");
        List<DownloadUrl> urls = Stream.of(filenames)
                .map(name -> new DownloadUrl(name, "https://store/" + id, 100L))
                .toList();
        ledger.record(new Export(
                id,
                "completed",
                "properties_export",
                100,
                "Complete",
                10L,
                100L,
                urls,
                created,
                created,
                Instant.now().plus(Duration.ofDays(7))));
    }

    /** Sends the file as a route with {@code expand=true} receives it. */
    private DeliveryException expanded(Delivery delivery, String uri) {
        ExportFile file = delivery.file();
        String name = file.safeName().replaceFirst("\\.gz$", "");
        Delivery other = delivery.of(file.as(name, name, 10, "00"));
        return send(other, uri, DeliveryFiles.inOtherForm(other, file, true, locations, false));
    }

    /** Sends the file as a route with {@code encryptTo} receives it. */
    private DeliveryException encrypted(Delivery delivery, String uri) {
        ExportFile file = delivery.file();
        String name = file.safeName() + ".pgp";
        Delivery other = delivery.of(file.as(name, name, 10, "00"));
        return send(other, uri, DeliveryFiles.inOtherForm(other, file, false, locations, false));
    }

    private DeliveryException send(Delivery delivery, String uri) {
        return send(delivery, uri, false);
    }

    private DeliveryException send(Delivery delivery, String uri, boolean overwrite) {
        return send(delivery, uri, new DeliveryFiles(delivery, locations, overwrite));
    }

    /** Null if it is delivered. */
    private DeliveryException send(Delivery delivery, String uri, DeliveryFiles files) {
        Exception failure = sendAnyhow(delivery, uri, files).getException();
        DeliveryException declared = ObjectHelper.getException(DeliveryException.class, failure);
        if (failure != null && declared == null) {
            throw new AssertionError(failure);
        }
        return declared;
    }

    private Exchange sendAnyhow(Delivery delivery, String uri) {
        return sendAnyhow(delivery, uri, new DeliveryFiles(delivery, locations, false));
    }

    private Exchange sendAnyhow(Delivery delivery, String uri, DeliveryFiles files) {
        synchronized (sent) {
            sent.add(files);
        }
        Map<String, Object> headers = new HashMap<>();
        headers.put(Exchange.FILE_NAME, delivery.file().uniqueName());
        headers.put(ExportHeaders.ID, delivery.file().exportId());
        headers.put(ExportHeaders.NAME, delivery.file().exportName());
        headers.put(ExportHeaders.CREATED_AT, delivery.file().createdAt().toString());
        headers.put(ExportHeaders.DELIVERY_ID, delivery.deliveryId());
        headers.put(ExportHeaders.ATTEMPT, delivery.attempt());
        return context.createProducerTemplate().send(uri, exchange -> {
            exchange.setProperty(DeliveryFiles.PROPERTY, files);
            exchange.getMessage().setHeaders(headers);
            exchange.getMessage().setBody("content of " + delivery.file().exportId());
        });
    }

    private long claims() {
        return database.jdbi().withHandle(handle -> handle.createQuery("SELECT count(*) FROM file_location")
                .mapTo(Long.class)
                .one());
    }

    private String content(String file) throws IOException {
        return Files.readString(root.resolve(file));
    }

    private List<String> names(String path) {
        try (Stream<Path> files = Files.list(root.resolve(path))) {
            return files.map(file -> file.getFileName().toString()).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Destination destination(String name) {
        return new Destination(name, new NamePattern("*"), false, true, RETRIES);
    }
}
