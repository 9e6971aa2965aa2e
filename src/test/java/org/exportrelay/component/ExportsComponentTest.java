package org.exportrelay.component;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.ResolveEndpointFailedException;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.model.dataformat.CsvDataFormat;
import org.apache.camel.quarkus.core.CamelRuntime;
import org.apache.camel.spi.CamelEvent;
import org.apache.camel.spi.CamelEvent.ExchangeSentEvent;
import org.apache.camel.support.EventNotifierSupport;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.NamePattern;
import org.exportrelay.delivery.RetryPolicy;
import org.exportrelay.ledger.DestinationControl;
import org.exportrelay.ledger.DestinationRegistry;
import org.exportrelay.ledger.Explanations;
import org.exportrelay.ledger.Progress;
import org.exportrelay.ledger.Replay;
import org.exportrelay.ledger.Status;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.records.RecordBatches;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxExport;
import org.exportrelay.testing.LocalServer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Routes that begin at {@code exports:}, beside the shipped ones, against the sandbox. */
@QuarkusTest
@QuarkusTestResource(SandboxResource.class)
class ExportsComponentTest {

    @Inject
    CamelContext context;

    @Inject
    Progress progress;

    @Inject
    LedgerDatabase database;

    @Inject
    FileCopies copies;

    @Inject
    DestinationRegistry destinations;

    @Inject
    DestinationControl control;

    @ConfigProperty(name = "relay.data-dir")
    Path dataDirectory;

    @Inject
    CamelRuntime runtime;

    Sandbox sandbox;

    /** As the commands do, since Camel does not start by itself. */
    @BeforeEach
    void startCamel() {
        if (!context.isStarted()) {
            runtime.start();
        }
    }

    @Test
    void shippedRoutesPutVerifiedFilesIntoTheArchive() throws Exception {
        Path archive = dataDirectory.resolve("archive");
        await().until(() -> delivered("archive") == SandboxResource.EXPORTS);
        for (SandboxExport export : sandbox.exports()) {
            assertThat(archive.resolve("properties_export_2026-02-17." + export.id() + ".csv.gz"))
                    .hasBinaryContent(sandbox.content(export.id(), 0));
        }
    }

    @Test
    void linkBodiesAreTheDocumentedFieldsWithAUrlThatWorks() throws Exception {
        Queue<Exchange> received = receive("links", "");
        await().until(() -> received.size() == SandboxResource.EXPORTS);
        Exchange exchange = received.peek();
        JsonNode link = new ObjectMapper().readTree(exchange.getMessage().getBody(String.class));
        assertThat(link.fieldNames())
                .toIterable()
                .containsExactly(
                        "export_id",
                        "name",
                        "filename",
                        "url",
                        "size",
                        "record_count",
                        "created_at",
                        "updated_at",
                        "expires_at");
        HttpResponse<byte[]> file = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(link.path("url").textValue()))
                                .build(),
                        HttpResponse.BodyHandlers.ofByteArray());
        assertThat(file.body()).hasSize(link.path("size").intValue());

        Map<String, Object> headers = exchange.getMessage().getHeaders();
        assertThat(headers)
                .containsKeys(
                        "ExportId",
                        "ExportName",
                        "ExportFile",
                        "ExportSize",
                        "ExportRecordCount",
                        "ExportCreatedAt",
                        "ExportExpiresAt",
                        "ExportDestination",
                        "ExportAttempt",
                        "ExportDeliveryId",
                        "CamelFileName")
                .doesNotContainKey("ExportSha256");
        assertThat(headers.get("ExportDestination")).isEqualTo("links");
        assertThat(headers.get("ExportCreatedAt"))
                .asString()
                .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
        assertThat(headers.toString()).doesNotContain("X-Goog").doesNotContain(sandbox.key());
    }

    @Test
    void fileBodiesAreTheVerifiedLocalFile() throws Exception {
        Queue<String> checked = new ConcurrentLinkedQueue<>();
        route("files", "&payload=file", exchange -> {
            byte[] bytes =
                    Files.readAllBytes(exchange.getMessage().getBody(File.class).toPath());
            assertThat(HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)))
                    .isEqualTo(exchange.getMessage().getHeader("ExportSha256"));
            checked.add(exchange.getMessage().getHeader("CamelFileName", String.class));
        });
        await().until(() -> delivered("files") == SandboxResource.EXPORTS);
        assertThat(checked).hasSize(SandboxResource.EXPORTS).doesNotHaveDuplicates();
    }

    /** Each attempt has a copy of its own. */
    @ParameterizedTest
    @ValueSource(strings = {"expand=true", "format=jsonl", "expand=true&format=jsonl"})
    void fileBodiesHaveTheFormThatTheRouteAsksForInEveryAttempt(String options) throws Exception {
        String name = options.replaceAll("[=&]", "-");
        boolean isJson = options.contains("jsonl");
        Map<String, String> delivered = new ConcurrentHashMap<>();
        Set<String> failed = ConcurrentHashMap.newKeySet();
        Set<Path> copies = ConcurrentHashMap.newKeySet();
        route(name, "&payload=file&" + options, exchange -> {
            Path body = exchange.getMessage().getBody(File.class).toPath();
            copies.add(body);
            byte[] bytes = Files.readAllBytes(body);
            Map<String, Object> headers = exchange.getMessage().getHeaders();
            String id = (String) headers.get("ExportId");
            if (failed.add(id)) {
                throw new IllegalStateException("the first attempt");
            }
            assertThat(headers)
                    .containsEntry("ExportSize", (long) bytes.length)
                    .containsEntry("ExportSha256", sha256(bytes))
                    .containsEntry("ExportFile", "properties_export_2026-02-17." + (isJson ? "jsonl" : "csv"))
                    .containsEntry(
                            "CamelFileName", "properties_export_2026-02-17." + id + (isJson ? ".jsonl" : ".csv"));
            assertThat(expanded(id, isJson)).isEqualTo(new String(bytes, UTF_8));
            delivered.put((String) headers.get("ExportDeliveryId"), sha256(bytes) + " " + bytes.length);
        });
        await().until(() -> delivered(name) == SandboxResource.EXPORTS);
        assertThat(copies).hasSize(2 * SandboxResource.EXPORTS).allSatisfy(copy -> assertThat(copy)
                .doesNotExist());
        Map<String, String> inLedger = database.jdbi().withHandle(handle -> handle.createQuery(
                        "SELECT delivery_id, sha256 || ' ' || bytes AS content FROM delivery WHERE destination = :name")
                .bind("name", name)
                .collectRows(Collectors.toMap(
                        row -> row.getColumn("delivery_id", String.class),
                        row -> row.getColumn("content", String.class))));
        assertThat(inLedger).isEqualTo(delivered);
    }

    @ParameterizedTest
    @ValueSource(strings = {"expand=true", "format=jsonl"})
    void deliversNothingOfAFileThatHasChangedOnTheDisk(String form) throws Exception {
        String name = "damaged-" + form.replace('=', '-');
        await().until(() -> delivered("archive") == SandboxResource.EXPORTS);
        Map<Path, byte[]> verified = new ConcurrentHashMap<>();
        try {
            route(name, "&payload=file&maxAttempts=2&" + form, exchange -> {
                Delivery delivery = exchange.getProperty(DeliveryExchanges.DELIVERY, Delivery.class);
                Path file = exchange.getMessage()
                        .getBody(File.class)
                        .toPath()
                        .resolveSibling(Long.toString(delivery.file().fileId()));
                assertThat(verified.put(file, Files.readAllBytes(file))).isNull();
                try (OutputStream other = new GZIPOutputStream(Files.newOutputStream(file))) {
                    other.write("id\n1\n".getBytes(UTF_8));
                }
                throw new IllegalStateException("the first attempt");
            });
            await().until(() -> count(name, DeliveryState.PARKED) == SandboxResource.EXPORTS);
            assertThat(verified).hasSize(SandboxResource.EXPORTS);
            assertThat(errors(name)).allMatch(error -> error.contains("is no longer the file that was verified"));
        } finally {
            // Other tests read the same files.
            for (Map.Entry<Path, byte[]> file : verified.entrySet()) {
                Files.write(file.getKey(), file.getValue());
            }
        }
    }

    /** The second attempt finds the damage, with each sign that it may have. */
    @ParameterizedTest
    @CsvSource({
        "x.csv.gz, expand=true, flipped",
        "x.csv.gz, expand=true, truncated",
        "x.csv.gz, format=jsonl, flipped",
        "x.csv.gz, format=jsonl, truncated",
        "x.csv, format=jsonl, flipped",
        "x.csv, format=jsonl, truncated",
        "x.csv, format=jsonl, not UTF-8"
    })
    void aDamagedFileIsNoLongerTheOneThatWasVerified(String filename, String form, String damage) throws Exception {
        byte[] csv = "id,city\n1,Graz\n2,Wien\n".getBytes(UTF_8);
        ByteArrayOutputStream stored = new ByteArrayOutputStream();
        try (OutputStream content = filename.endsWith(".gz") ? new GZIPOutputStream(stored) : stored) {
            content.write(csv);
        }
        byte[] verified = stored.toByteArray();
        Path file = Files.write(dataDirectory.resolve("verified"), verified);
        ExportFile exportFile = new ExportFile(
                Long.MAX_VALUE,
                "e1",
                null,
                filename,
                1,
                filename,
                (long) verified.length,
                sha256(verified),
                2L,
                2L,
                null,
                null,
                null);
        Delivery delivery = new Delivery("damaged", "x", 1, 1, 0, "claim", exportFile);
        FileForm fileForm = new FileForm(
                form.equals("expand=true"),
                form.equals("format=jsonl") ? Format.jsonl : Format.original,
                Optional.empty());
        copies.delete(copies.write(delivery, file, fileForm));

        byte[] damaged = verified.clone();
        // Of a CSV file, a digit of its last record.
        damaged[verified.length - 7] ^= (byte) (damage.equals("not UTF-8") ? 0x80 : 1);
        Files.write(file, damage.equals("truncated") ? Arrays.copyOf(verified, verified.length - 9) : damaged);
        assertThatThrownBy(() -> copies.write(delivery, file, fileForm))
                .isInstanceOf(DeliveryException.class)
                .hasMessageContaining("is no longer the file that was verified; check the disk");
    }

    @Test
    void aLinkWithExpectColumnsExpiresAsAnyOtherWhileItsDestinationIsAway() throws Exception {
        await().until(() -> delivered("archive") == SandboxResource.EXPORTS);
        String name = "expected-links";
        AtomicInteger attempts = new AtomicInteger();
        route(name, "&payload=link&expectColumns=RAW(" + SandboxResource.HEADER + ")", exchange -> {
            attempts.incrementAndGet();
            throw new DeliveryException(FailureAction.OUTAGE, "the broker is away");
        });
        await().until(() -> attempts.get() > 0);
        context.getRouteController().stopRoute(name);
        await().until(() -> count(name, DeliveryState.IN_PROGRESS) == 0);

        assertThat(progress.expiring()).containsKey(name);
        assertThat(progress.atRisk(Duration.ofDays(365)))
                .filteredOn(risk -> risk.destination().equals(name))
                .singleElement()
                .satisfies(risk -> assertThat(risk.deliveries()).isEqualTo(SandboxResource.EXPORTS));
        List<Status.Row> rows = new Status(database).expiring(name, 10);
        assertThat(rows).hasSize(SandboxResource.EXPORTS).allMatch(Status.Row::isExpiring);
        assertThat(new Explanations(database, Clock.systemUTC()).of(rows.get(0).deliveryId()))
                .singleElement()
                .satisfies(explanation -> assertThat(explanation.deliveries())
                        .singleElement()
                        .satisfies(delivery -> assertThat(delivery.loss())
                                .startsWith("The delivery expires at ")
                                .endsWith(", unless it is made before.")));
    }

    @Test
    void manifestBodiesListTheFilesOfEachExportAsTheyWereDelivered() throws Exception {
        Queue<Exchange> received = receive("archive-manifest", "&payload=manifest&of=archive&cloudEvents=true");
        await().until(() ->
                received.size() == SandboxResource.EXPORTS && delivered("archive-manifest") == SandboxResource.EXPORTS);
        Exchange exchange = received.peek();
        String text = exchange.getMessage().getBody(String.class);
        JsonNode manifest = new ObjectMapper().readTree(text);
        String id = manifest.path("export_id").textValue();
        assertThat(exchange.getMessage().getHeaders())
                .containsEntry(Exchange.FILE_NAME, "properties_export." + id + ".manifest.json")
                .containsEntry(Exchange.CONTENT_TYPE, "application/json")
                .containsEntry(ExportHeaders.ID, id)
                .containsEntry(ExportHeaders.FILE, "properties_export.manifest.json")
                .containsEntry(ExportHeaders.SIZE, (long) text.length())
                .containsEntry(ExportHeaders.SHA256, sha256(text.getBytes(UTF_8)))
                .containsEntry("ce_type", "org.exportrelay.export.delivered");
        JsonNode file = manifest.path("files").get(0);
        Path delivered =
                dataDirectory.resolve("archive").resolve(file.path("name").textValue());
        assertThat(file.path("location").textValue()).isEqualTo("file:" + delivered.toRealPath());
        assertThat(file.path("size").longValue()).isEqualTo(Files.size(delivered));
        assertThat(file.path("sha256").textValue()).isEqualTo(sha256(Files.readAllBytes(delivered)));
        assertThat(manifest.path("files")).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "expand=true",
                "payload=records&expand=true",
                "format=jsonl",
                "payload=link&format=jsonl",
                "encryptTo=partner.asc",
                "payload=records&encryptTo=partner.asc"
            })
    void refusesAFormOfAFileWhereTheBodyIsNone(String options) {
        assertThatThrownBy(() -> context.getEndpoint("exports:x?" + options))
                .rootCause()
                .hasMessageContaining("write payload=file beside it");
    }

    private String expanded(String exportId, boolean isJson) throws IOException {
        byte[] compressed = sandbox.content(exportId, 0);
        if (isJson) {
            Path file = Files.write(Files.createTempFile("expected", ".gz"), compressed);
            StringBuilder lines = new StringBuilder();
            try (RecordBatches batches = RecordBatches.open(file, "x.csv.gz", 100, null)) {
                batches.forEachRemaining(
                        batch -> batch.forEach(row -> lines.append(row).append('\n')));
            } finally {
                Files.delete(file);
            }
            return lines.toString();
        }
        try (InputStream csv = new GZIPInputStream(new ByteArrayInputStream(compressed))) {
            return new String(csv.readAllBytes(), UTF_8);
        }
    }

    private static String sha256(byte[] bytes) throws NoSuchAlgorithmException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    @Test
    void dataFormatsOfTheGuideWorkInARoute() throws Exception {
        Map<String, String> received = new ConcurrentHashMap<>();
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:formats-csv")
                        .marshal(new CsvDataFormat(";"))
                        .process(exchange ->
                                received.put("csv", exchange.getMessage().getBody(String.class)));
                from("direct:formats-gzip")
                        .marshal()
                        .gzipDeflater()
                        .unmarshal()
                        .gzipDeflater()
                        .process(exchange ->
                                received.put("gzip", exchange.getMessage().getBody(String.class)));
                from("direct:formats-zip")
                        .marshal()
                        .zipDeflater()
                        .unmarshal()
                        .zipDeflater()
                        .process(exchange ->
                                received.put("zip", exchange.getMessage().getBody(String.class)));
            }
        });
        try (ProducerTemplate template = context.createProducerTemplate()) {
            template.sendBody("direct:formats-csv", List.of(Map.of("id", "1"), Map.of("id", "2;3")));
            template.sendBody("direct:formats-gzip", "parcel_id");
            template.sendBody("direct:formats-zip", "owner");
        }
        assertThat(received)
                .containsEntry("csv", "1\r\n\"2;3\"\r\n")
                .containsEntry("gzip", "parcel_id")
                .containsEntry("zip", "owner");
    }

    @ParameterizedTest
    @EnumSource(
            value = Payload.class,
            names = {"link", "file", "records"})
    void parksAnotherHeaderBeforeItsRouteRunsAndReplayDeliversUnderTheRightOne(Payload payload) throws Exception {
        String name = "columns-" + payload;
        AtomicInteger received = new AtomicInteger();
        route(name, "&payload=" + payload + "&expectColumns=parcel_id,owner", exchange -> received.incrementAndGet());
        await().until(() -> count(name, DeliveryState.PARKED) == SandboxResource.EXPORTS);
        assertThat(received).hasValue(0);
        assertThat(errors(name))
                .hasSize(1)
                .allMatch(error -> error.contains("; received " + SandboxResource.HEADER)
                        && error.contains(
                                "; expected parcel_id,owner; correct expectColumns or the export, then replay")
                        && !error.contains("\n"));

        context.getRouteController().stopRoute(name);
        context.removeRoute(name);
        route(name, "&payload=" + payload + "&expectColumns=RAW(" + SandboxResource.HEADER + ")", exchange -> {
            assertThat(exchange.getMessage().getBody()).isNotNull();
            received.incrementAndGet();
        });
        Replay.Choice parked = new Replay.Choice(null, name, null, Set.of(DeliveryState.PARKED));
        assertThat(new Replay(database, Clock.systemUTC()).replay(parked, "test"))
                .isEqualTo(SandboxResource.EXPORTS);
        await().until(() -> delivered(name) == SandboxResource.EXPORTS);
        assertThat(received).hasValue(SandboxResource.EXPORTS);
    }

    @Test
    void theAnswerOfAWebhookChangesNeitherTheNameOfAFileNorWhatIsRecorded() throws Exception {
        Path folder = dataDirectory.resolve("after-webhook");
        try (LocalServer server = new LocalServer()) {
            server.answer("/hook", answer -> {
                Map.of(
                                "ExportFile", "../evil.csv",
                                "ExportId", "another",
                                "exportdeliveryid", "another",
                                "ExportDestination", "another",
                                "CamelFileName", "../evil.csv")
                        .forEach(answer.getResponseHeaders()::set);
                answer.sendResponseHeaders(200, -1);
            });
            context.addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from("exports:after-webhook?delay=100")
                            .to("http://127.0.0.1:" + server.port() + "/hook?httpMethod=POST")
                            .to(folder.toUri() + "?fileName=${header.ExportId}-${header.ExportFile}")
                            .to(folder.toUri().toString());
                }
            });
            await().until(() -> delivered("after-webhook") == SandboxResource.EXPORTS);
        }
        for (SandboxExport export : sandbox.exports()) {
            assertThat(folder.resolve(export.id() + "-properties_export_2026-02-17.csv.gz"))
                    .exists();
            assertThat(folder.resolve("properties_export_2026-02-17." + export.id() + ".csv.gz"))
                    .exists();
        }
        assertThat(dataDirectory.resolve("evil.csv")).doesNotExist();
        assertThat(delivered("another")).isZero();
    }

    @Test
    void aSpoolThatCannotBeReadForAWhileIsNoFaultOfTheDeliveryAndNoFileIsLost() throws Exception {
        Path spool = dataDirectory.resolve("spool");
        Path away = dataDirectory.resolve("spool-away");
        AtomicBoolean isAway = new AtomicBoolean();
        Queue<Long> sizes = new ConcurrentLinkedQueue<>();
        route("unreadable", "&payload=file", exchange -> {
            if (isAway.compareAndSet(false, true)) {
                Files.move(spool, away);
                // As a file system that is away, it neither has the files nor proves that they are gone.
                Files.createSymbolicLink(spool, spool);
            }
            sizes.add(Files.size(exchange.getMessage().getBody(File.class).toPath()));
        });
        await().until(() -> {
            long retrying = count("unreadable", DeliveryState.RETRYING);
            return retrying > 0 && retrying + delivered("unreadable") == SandboxResource.EXPORTS;
        });
        Files.delete(spool);
        Files.move(away, spool);
        await().atMost(Duration.ofSeconds(40)).until(() -> delivered("unreadable") == SandboxResource.EXPORTS);
        assertThat(countedAttempts("unreadable"))
                .as("the attempts that were accepted")
                .isEqualTo(SandboxResource.EXPORTS);
        assertThat(sizes).hasSize(SandboxResource.EXPORTS);
    }

    @Test
    void recordBodiesAreBatchesThatSplitHandsOnOneByOne() throws Exception {
        Queue<List<?>> batches = new ConcurrentLinkedQueue<>();
        Queue<String> first = new ConcurrentLinkedQueue<>();
        context.addRoutes(splitting("records", batch -> {
            batches.add(batch.getMessage().getBody(List.class));
            if (batch.getProperty(Exchange.SPLIT_INDEX, Integer.class) == 0) {
                first.add(batch.getContext()
                        .resolveLanguage("simple")
                        .createExpression("${body[0][id]}")
                        .evaluate(batch, String.class));
            }
        }));
        await().until(() -> delivered("records") == SandboxResource.EXPORTS);
        // 100, 101 … 104 records in batches of 40.
        assertThat(batches).hasSize(3 * SandboxResource.EXPORTS).allMatch(batch -> batch.size() <= 40);
        assertThat(batches.stream().mapToInt(List::size).sum()).isEqualTo(510);
        assertThat(first).hasSize(SandboxResource.EXPORTS).allMatch(id -> id.matches("\\d+"));
    }

    @Test
    void aBatchThatFailsFailsTheDelivery() throws Exception {
        context.addRoutes(splitting("failing-records", batch -> {
            if (batch.getProperty(Exchange.SPLIT_INDEX, Integer.class) == 1) {
                throw new IllegalStateException("the warehouse is closed");
            }
        }));
        await().until(() -> count("failing-records", DeliveryState.PARKED) == SandboxResource.EXPORTS);
    }

    private static RouteBuilder splitting(String destination, org.apache.camel.Processor batch) {
        return new RouteBuilder() {
            @Override
            public void configure() {
                from("exports:" + destination + "?delay=100&payload=records&batchSize=40")
                        .routeId(destination)
                        .split(body())
                        .streaming()
                        .stopOnException()
                        .process(batch)
                        .process(Handover::mark);
            }
        };
    }

    @Test
    void aFailingDestinationIsRetriedUnderTheSameIdAndParkedWithoutTouchingOthers() throws Exception {
        Map<String, AtomicInteger> attempts = new ConcurrentHashMap<>();
        route("failing", "", exchange -> {
            attempts.computeIfAbsent(
                            exchange.getMessage().getHeader("ExportDeliveryId", String.class),
                            id -> new AtomicInteger())
                    .incrementAndGet();
            throw new IllegalStateException("the partner is closed https://store/x?sig=s3cret");
        });
        await().until(() -> count("failing", DeliveryState.PARKED) == SandboxResource.EXPORTS);
        assertThat(attempts).hasSize(SandboxResource.EXPORTS);
        assertThat(attempts.values()).allMatch(count -> count.get() == 3);
        assertThat(progress.undeliveredSince(
                        List.of("failing"), List.of(), progress.now().minusSeconds(60)))
                .allMatch(trouble -> trouble.error().contains("the partner is closed"))
                .noneMatch(trouble -> trouble.error().contains("s3cret"));
        await().until(() -> delivered("archive") == SandboxResource.EXPORTS);
    }

    @Test
    void retriesOfARouteOverrideTheSettings() throws Exception {
        route("once", "&maxAttempts=1", exchange -> {
            throw new IllegalStateException("no");
        });
        await().until(() -> count("once", DeliveryState.PARKED) == SandboxResource.EXPORTS);
        assertThat(progress.undeliveredSince(
                        List.of("once"), List.of(), progress.now().minusSeconds(60)))
                .allMatch(delivery -> delivery.attempts() == 1);
    }

    @Test
    void deliversAsManyAtOnceAsParallelSays() throws Exception {
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        route("parallel", "&parallel=3", exchange -> {
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
            await().until(() -> most.get() >= 3);
            now.decrementAndGet();
        });
        await().until(() -> delivered("parallel") == SandboxResource.EXPORTS);
        assertThat(most.get()).isEqualTo(3);
    }

    @Test
    void aSuspendedRouteClaimsNothingAndItsDeliveriesWait() throws Exception {
        Set<String> received = ConcurrentHashMap.newKeySet();
        context.addRoutes(builder("suspended", "", false, exchange -> received.add(exchange.getExchangeId())));
        context.getRouteController().startRoute("suspended");
        context.getRouteController().suspendRoute("suspended");
        int before = received.size();
        await().during(Duration.ofSeconds(2)).until(() -> received.size() == before);
        context.getRouteController().resumeRoute("suspended");
        await().until(() -> delivered("suspended") == SandboxResource.EXPORTS);

        context.getRouteController().stopRoute("suspended");
        context.getRouteController().startRoute("suspended");
        await().during(Duration.ofSeconds(2)).until(() -> received.size() == SandboxResource.EXPORTS);
    }

    @ParameterizedTest
    @EnumSource(names = {"SKIPPED", "PARKED"})
    void whatIsNotAcceptedAfterAPauseKeepsNoOtherWaiting(DeliveryState end) throws Exception {
        String name = "ramp-" + end.text();
        RetryPolicy retries = new RetryPolicy(1, Duration.ofSeconds(1), Duration.ofSeconds(1));
        destinations.start(new Destination(name, new NamePattern("*"), false, true, retries));
        destinations.stop(name);
        control.pause(name, "test", null);
        AtomicInteger inFlight = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("exports:" + name + "?delay=100&parallel=4&maxAttempts=1")
                        .routeId(name)
                        .process(exchange -> {
                            most.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
                            Thread.sleep(500);
                            inFlight.decrementAndGet();
                            if (end == DeliveryState.PARKED) {
                                throw new IllegalStateException("a bad row");
                            }
                        });
            }
        });
        await().during(Duration.ofSeconds(1)).until(() -> most.get() == 0);
        control.resume(name, "ops");
        await().atMost(Duration.ofSeconds(30)).until(() -> count(name, end) == SandboxResource.EXPORTS);
        assertThat(most).hasValueGreaterThan(1);
    }

    @ParameterizedTest
    @ValueSource(classes = {OutOfMemoryError.class, StackOverflowError.class, NoClassDefFoundError.class})
    void anErrorInARouteEndsNoThreadForGood(Class<? extends Error> type) throws Exception {
        Error error = type.getConstructor().newInstance();
        AtomicInteger thrown = new AtomicInteger();
        String name = "error-" + type.getSimpleName();
        route(name, "&parallel=1", exchange -> {
            if (thrown.incrementAndGet() <= 2) {
                throw error;
            }
        });
        await().until(() -> delivered(name) == SandboxResource.EXPORTS);
    }

    @Test
    void takesOnlyTheNamesAsked() throws Exception {
        Queue<Exchange> received = receive("people", "&name=people_*");
        await().during(Duration.ofSeconds(2)).until(received::isEmpty);
    }

    @Test
    void theKeyIsInNoMessageOfThePoll() throws Exception {
        Queue<String> headers = new ConcurrentLinkedQueue<>();
        context.getManagementStrategy().addEventNotifier(new EventNotifierSupport() {
            @Override
            public void notify(CamelEvent event) {
                if (event instanceof ExchangeSentEvent sent
                        && sent.getEndpoint().getEndpointUri().startsWith("http")) {
                    headers.add(sent.getExchange().getMessage().getHeaders().toString());
                }
            }
        });
        long before = sandbox.listRequests();
        context.getRouteController().stopRoute("poll-exports");
        context.getRouteController().startRoute("poll-exports");
        await().until(() -> sandbox.listRequests() > before && !headers.isEmpty());
        assertThat(headers).allMatch(text -> !text.contains("Authorization") && !text.contains(sandbox.key()));
    }

    @Test
    void refusesUnknownAndWrongOptionsWithTheRemedy() {
        assertThatThrownBy(() -> context.getEndpoint("exports:x?paralel=2"))
                .isInstanceOf(ResolveEndpointFailedException.class)
                .hasMessageContaining("paralel");
        assertThatThrownBy(() -> context.getEndpoint("exports:x?parallel=0"))
                .rootCause()
                .hasMessageContaining("write 1 to 256");
        assertThatThrownBy(() -> context.getEndpoint("exports:x?window=RAW(22:00-06:00 Europe/Berln)"))
                .rootCause()
                .hasMessage(
                        "exports:x: window=22:00-06:00 Europe/Berln: not a time zone; write Europe/Berlin, if that is"
                                + " meant");
        assertThatThrownBy(() -> context.getEndpoint("exports:x?payload=file&cloudEvents=true"))
                .rootCause()
                .hasMessageContaining("write payload=link with it");
        assertThatThrownBy(() -> context.getEndpoint("exports:x?expectColumns="))
                .rootCause()
                .hasMessageContaining("exports:x: expectColumns=: write the names of the CSV header");
        assertThatThrownBy(() -> context.getEndpoint("exports:x?payload=manifest"))
                .rootCause()
                .hasMessageContaining("exports:x: payload=manifest: write of=NAME beside it, with the destination");
        assertThatThrownBy(() -> context.getEndpoint("exports:x?payload=file&of=y"))
                .rootCause()
                .hasMessageContaining("exports:x: of=y: write payload=manifest beside it");
        assertThatThrownBy(() -> context.getEndpoint("exports:x?payload=manifest&of=x"))
                .rootCause()
                .hasMessageContaining("exports:x: of=x: write another destination");
        assertThatThrownBy(() -> context.getEndpoint("exports:x?payload=manifest&of=y&expectColumns=a"))
                .rootCause()
                .hasMessageContaining("exports:x: expectColumns=a: write it at exports:y, which receives the files");
        assertThatThrownBy(() -> context.getEndpoint("exports:a b"))
                .rootCause()
                .hasMessageContaining("not a destination's name");
    }

    private Queue<Exchange> receive(String destination, String options) throws Exception {
        Queue<Exchange> received = new ConcurrentLinkedQueue<>();
        route(destination, options, exchange -> received.add(exchange.copy()));
        return received;
    }

    private void route(String destination, String options, org.apache.camel.Processor processor) throws Exception {
        context.addRoutes(builder(destination, options, true, processor));
    }

    private static RouteBuilder builder(
            String destination, String options, boolean starts, org.apache.camel.Processor processor) {
        return new RouteBuilder() {
            @Override
            public void configure() {
                from("exports:" + destination + "?delay=100" + options)
                        .routeId(destination)
                        .autoStartup(starts)
                        .process(processor)
                        .process(Handover::mark);
            }
        };
    }

    private long countedAttempts(String destination) {
        return database.jdbi().withHandle(handle -> handle.createQuery(
                        "SELECT sum(attempts) FROM delivery WHERE destination = :destination")
                .bind("destination", destination)
                .mapTo(Long.class)
                .one());
    }

    private Set<String> errors(String destination) {
        return database.jdbi().withHandle(handle -> handle.createQuery(
                        "SELECT DISTINCT last_error FROM delivery WHERE destination = :destination")
                .bind("destination", destination)
                .mapTo(String.class)
                .set());
    }

    private long delivered(String destination) {
        return count(destination, DeliveryState.DELIVERED);
    }

    private long count(String destination, DeliveryState state) {
        return progress.byState(List.of(destination)).getOrDefault(state, 0L);
    }
}
