package org.exportrelay.component;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.inject.Inject;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.support.SynchronizationAdapter;
import org.apache.camel.util.IOHelper;
import org.exportrelay.component.ExportManifests.Manifest;
import org.exportrelay.component.FileCopies.Copy;
import org.exportrelay.delivery.DeliveredContent;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.download.FreshUrls;
import org.exportrelay.download.Spool;
import org.exportrelay.download.StoreHeaders;
import org.exportrelay.records.ExpectedColumns;
import org.exportrelay.records.FileFormat;
import org.exportrelay.records.RecordBatches;
import org.exportrelay.trace.RelaySpan;

/** Puts a delivery into an exchange: headers, and the body that the route asks for. Thread-safe. */
@Singleton
public class DeliveryExchanges {

    /** The exchange property that holds the {@link Delivery}, for what needs more than the headers. */
    public static final String DELIVERY = "ExportDelivery";
    /** The exchange property that holds the headers of the delivery's trace context; absent while tracing is off. */
    public static final String TRACE_HEADERS = "ExportTraceHeaders";

    private final Spool spool;
    private final FreshUrls urls;
    private final FileCopies copies;
    private final ExportManifests manifests;
    private final StoreHeaders headers;
    private final ObjectMapper json;

    @Inject
    DeliveryExchanges(
            Spool spool,
            FreshUrls urls,
            FileCopies copies,
            ExportManifests manifests,
            StoreHeaders headers,
            @Named("exportsJson") ObjectMapper json) {
        this.spool = spool;
        this.urls = urls;
        this.copies = copies;
        this.manifests = manifests;
        this.headers = headers;
        this.json = json;
    }

    /**
     * Sets headers and body.
     *
     * @param options what the route asks for
     * @param span of this attempt, whose context messages carry
     * @throws DeliveryException if there is nothing to deliver now, or the file is not what the route expects
     */
    Outgoing fill(Exchange exchange, Delivery claimed, BodyOptions options, RelaySpan span) throws DeliveryException {
        if (options.expectedColumns().isPresent()) {
            checkColumns(claimed, options.payload(), options.expectedColumns().get());
        }
        Content content = content(exchange, claimed, options);
        Delivery delivery = claimed.of(content.file());
        exchange.setProperty(DELIVERY, delivery);
        exchange.getMessage().setHeaders(ExportHeaders.of(delivery, options.payload()));
        Map<String, String> trace = span.headers();
        if (!trace.isEmpty()) {
            exchange.setProperty(TRACE_HEADERS, trace);
            exchange.getMessage().getHeaders().putAll(trace);
        }
        exchange.getMessage().setBody(content.body());
        return new Outgoing(delivery, content.delivered(), Handover.begin(exchange));
    }

    private Content content(Exchange exchange, Delivery delivery, BodyOptions options) throws DeliveryException {
        return switch (options.payload()) {
            case link -> Content.of(delivery.file(), link(delivery));
            case file -> file(exchange, delivery, options.form());
            case records -> Content.of(delivery.file(), records(exchange, delivery, options.batchSize()));
            case manifest -> {
                Manifest manifest = manifests.of(delivery, options.of());
                yield new Content(manifest.file(), Optional.of(manifest.content()), manifest.text());
            }
        };
    }

    private Content file(Exchange exchange, Delivery delivery, FileForm form) throws DeliveryException {
        Path verified = file(delivery);
        if (!form.changes(delivery.file().filename())) {
            return Content.of(delivery.file(), verified.toFile());
        }
        if (form.isJsonLines()) {
            requireRecords(delivery, "no records");
        }
        Copy copy = copies.write(delivery, verified, form);
        onDone(exchange, () -> copies.delete(copy));
        return new Content(copy.file(), Optional.of(copy.content()), copy.path().toFile());
    }

    private void checkColumns(Delivery delivery, Payload payload, ExpectedColumns expected) throws DeliveryException {
        String missing = "no header to compare with expectColumns";
        if (payload == Payload.link) {
            // Needs a URL as the link does, so that its delivery waits for no download and expires as a link.
            requireCsv(delivery, FileFormat.of(delivery.file().filename()).isCsv(), missing);
            headers.check(delivery.file(), expected);
            return;
        }
        Path file = file(delivery);
        requireRecords(delivery, missing);
        try {
            expected.check(file, delivery.file().filename());
        } catch (IOException e) {
            throw unreadable(delivery, file, e);
        }
    }

    private String link(Delivery delivery) throws DeliveryException {
        try {
            return json.writeValueAsString(LinkMessage.of(delivery.file(), urls.forLink(delivery.file())));
        } catch (JsonProcessingException e) {
            throw new DeliveryException(
                    FailureAction.PARK, "the link of " + delivery.file().safeName() + " cannot be written as JSON", e);
        }
    }

    private Path file(Delivery delivery) throws DeliveryException {
        Path file = spool.complete(delivery.file().fileId());
        if (!Files.isReadable(file)) {
            Optional<DeliveryException> failure = spool.failure(delivery.file().fileId(), null);
            if (failure.isPresent()) {
                throw failure.get();
            }
        }
        return file;
    }

    private RecordBatches records(Exchange exchange, Delivery delivery, int batchSize) throws DeliveryException {
        Path file = file(delivery);
        String name = delivery.file().filename();
        requireRecords(delivery, "no records");
        try {
            RecordBatches batches =
                    RecordBatches.open(file, name, batchSize, delivery.file().records());
            onDone(exchange, () -> IOHelper.close(batches));
            return batches;
        } catch (IOException e) {
            throw unreadable(delivery, file, e);
        }
    }

    private static void onDone(Exchange exchange, Runnable action) {
        exchange.getExchangeExtension().addOnCompletion(new SynchronizationAdapter() {
            @Override
            public void onDone(Exchange done) {
                action.run();
            }
        });
    }

    private static void requireRecords(Delivery delivery, String missing) throws DeliveryException {
        requireCsv(delivery, delivery.file().records() != null, missing);
    }

    private static void requireCsv(Delivery delivery, boolean isCsv, String missing) throws DeliveryException {
        if (!isCsv) {
            throw new DeliveryException(
                    FailureAction.PARK,
                    delivery.file().filename() + " is not a CSV file (.csv or .csv.gz) and has " + missing);
        }
    }

    private DeliveryException unreadable(Delivery delivery, Path file, IOException failure) {
        return spool.failure(delivery.file().fileId(), failure)
                .orElseGet(() -> new DeliveryException(
                        FailureAction.RETRY, file + " cannot be read (" + failure.getMessage() + ")", failure));
    }

    /**
     * What a route receives.
     *
     * @param file as it is called and how large it is there
     * @param delivered its size and checksum; empty if it is the verified file itself, or no file
     * @param body of the message
     */
    private record Content(ExportFile file, Optional<DeliveredContent> delivered, Object body) {

        static Content of(ExportFile file, Object body) {
            return new Content(file, Optional.empty(), body);
        }
    }
}
