package org.exportrelay.component;

import java.nio.file.InvalidPathException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.camel.Category;
import org.apache.camel.Consumer;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.UriEndpoint;
import org.apache.camel.spi.UriParam;
import org.apache.camel.spi.UriPath;
import org.apache.camel.support.ScheduledPollEndpoint;
import org.exportrelay.config.Durations;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.delivery.DeliveryWindow;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.NamePattern;
import org.exportrelay.delivery.RetryPolicy;
import org.exportrelay.pgp.Encrypting;
import org.exportrelay.pgp.PgpEncryption;
import org.exportrelay.records.ExpectedColumns;

/** Consume completed exports from the ledger, once per destination, until each is delivered. */
@UriEndpoint(
        firstVersion = "0.1.0",
        scheme = "exports",
        title = "Exports",
        syntax = "exports:destination",
        consumerOnly = true,
        category = {Category.FILE, Category.CLOUD},
        headersClass = ExportHeaders.class)
public class ExportsEndpoint extends ScheduledPollEndpoint implements Encrypting {

    private static final int MOST_PARALLEL = 256;
    private static final int LARGEST_BATCH = 100_000;

    @UriPath(description = "The destination's name: its own rows in the ledger. One route per name.")
    @Metadata(required = true)
    private String destination;

    @UriParam(defaultValue = "*", description = "Which exports, by name: a glob with * and ?.")
    private String name = "*";

    @UriParam(
            defaultValue = "link",
            description = "The body: link (JSON with a fresh URL), file (the verified local file), records"
                    + " (its rows, in batches, as they are asked for) or manifest (JSON of all files of an export"
                    + " that another destination has received).")
    private Payload payload = Payload.link;

    @UriParam(
            description = "With payload=manifest: the name of the destination whose files the manifest lists. The"
                    + " manifest of an export follows when the last of them has been delivered there.")
    private String of;

    @UriParam(
            defaultValue = "false",
            description =
                    "With payload=file: whether the route receives the file decompressed, under a name without .gz.")
    private boolean expand;

    @UriParam(
            defaultValue = "original",
            description =
                    "With payload=file: original (what the file contains) or jsonl (JSON Lines: one JSON object per"
                            + " record, decompressed, under a name that ends in .jsonl).")
    private Format format = Format.original;

    @UriParam(
            label = "security",
            description =
                    "With payload=file: the files of the recipients' OpenPGP public keys, comma-separated. The route"
                            + " receives the file encrypted to all of them, under a name that ends in .pgp.")
    private String encryptTo;

    @UriParam(
            label = "security",
            description =
                    "With encryptTo: the file of the OpenPGP secret key that signs the file. Without it, files are not"
                            + " signed.")
    private String signWith;

    @UriParam(label = "security", secret = true, description = "With signWith: the passphrase of the secret key.")
    private String signPassphrase;

    @UriParam(defaultValue = "1000", description = "Records per batch with payload=records, 1 to 100000.")
    private int batchSize = 1000;

    @UriParam(
            description = "The columns that the CSV header of each file must have, comma-separated, in this order. A"
                    + " delivery with another header is parked before the route runs. With payload=link, the file is"
                    + " then downloaded as well.")
    private String expectColumns;

    @UriParam(defaultValue = "1", description = "Deliveries in flight at once, 1 to 256.")
    private int parallel = 1;

    @UriParam(
            defaultValue = "true",
            description = "Also exports completed before the route existed, while they can still be downloaded.")
    private boolean backfill = true;

    @UriParam(
            defaultValue = "false",
            description = "Whether a delivery may replace a file that another delivery wrote under the same name. If"
                    + " false, it is parked instead, and nothing is written.")
    private boolean overwrite;

    @UriParam(
            defaultValue = "false",
            description = "Whether each message is a CloudEvent 1.0 in the binary content mode: ce_… headers for Kafka,"
                    + " ce-… for HTTP, cloudEvents_… for JMS and AMQP. Only with payload=link and manifest.")
    private boolean cloudEvents;

    @UriParam(
            description =
                    "When the destination receives deliveries: times of the day, each with days of the week if not"
                            + " daily, and a time zone, such as MON-FRI 22:00-06:00 Europe/Berlin. Otherwise they wait, and their"
                            + " files are kept. The default is any time.")
    private String window;

    @UriParam(description = "Attempts before a delivery is parked. The default is relay.delivery.max-attempts.")
    private Integer maxAttempts;

    @UriParam(
            javaType = "java.time.Duration",
            description =
                    "Wait before the second attempt, doubled before each further one. The default is relay.delivery.retry-delay.")
    private Duration retryDelay;

    @UriParam(
            javaType = "java.time.Duration",
            description = "Longest wait between two attempts. The default is relay.delivery.max-retry-delay.")
    private Duration maxRetryDelay;

    /** Built from the options by {@link #check}. */
    private BodyOptions body;

    /** As {@link #window}. */
    private Optional<DeliveryWindow> deliveryWindow;

    public ExportsEndpoint(String uri, ExportsComponent component) {
        super(uri, component);
        // Polls again immediately after deliveries were started; further claims follow the end of deliveries.
        setGreedy(true);
    }

    /**
     * @throws IllegalArgumentException if an option is out of its range
     */
    void check() {
        require(parallel >= 1 && parallel <= MOST_PARALLEL, "parallel", parallel, "1 to " + MOST_PARALLEL);
        require(batchSize >= 1 && batchSize <= LARGEST_BATCH, "batchSize", batchSize, "1 to " + LARGEST_BATCH);
        require(maxAttempts == null || maxAttempts >= 1, "maxAttempts", maxAttempts, "1 or more");
        require(
                !cloudEvents || payload == Payload.link || payload == Payload.manifest,
                "cloudEvents",
                true,
                "payload=link with it, or remove it: the messages of payload=" + payload + " are not one event each");
        require(!name.isEmpty(), "name", name, "a glob such as properties_*");
        require(retryDelay == null || !retryDelay.isNegative(), "retryDelay", retryDelay, "a duration such as 5s");
        require(
                maxRetryDelay == null || retryDelay == null || maxRetryDelay.compareTo(retryDelay) >= 0,
                "maxRetryDelay",
                maxRetryDelay == null ? null : Durations.text(maxRetryDelay),
                "at least retryDelay");
        FileForm form = new FileForm(expand, format, createEncryption());
        require(!expand || payload == Payload.file, "expand", expand, "payload=file beside it");
        require(format == Format.original || payload == Payload.file, "format", format, "payload=file beside it");
        require(encryptTo == null || payload == Payload.file, "encryptTo", encryptTo, "payload=file beside it");
        checkManifest();
        body = new BodyOptions(payload, batchSize, form, expectedColumns(), of);
        deliveryWindow = deliveryWindow();
    }

    private Optional<DeliveryWindow> deliveryWindow() {
        try {
            return Optional.ofNullable(window).map(DeliveryWindow::parse);
        } catch (IllegalArgumentException e) {
            // Without the cause, since faults show the message of the root cause.
            throw new IllegalArgumentException("exports:" + destination + ": window=" + window + ": " + e.getMessage());
        }
    }

    private void checkManifest() {
        boolean isManifest = payload == Payload.manifest;
        require(
                !isManifest || of != null && !of.isBlank(),
                "payload",
                payload,
                "of=NAME beside it, with the destination whose files the manifest lists");
        require(isManifest || of == null, "of", of, "payload=manifest beside it");
        require(!destination.equals(of), "of", of, "another destination: one that receives the files");
        require(
                !isManifest || expectColumns == null,
                "expectColumns",
                expectColumns,
                "it at exports:" + of + ", which receives the files");
    }

    private Optional<PgpEncryption> createEncryption() {
        require(signWith == null || encryptTo != null, "signWith", signWith, "encryptTo beside it");
        require(
                signPassphrase == null || signPassphrase.isEmpty() || signWith != null,
                "signPassphrase",
                "…",
                "signWith beside it");
        if (encryptTo == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(PgpEncryption.of(encryptTo, signWith, signPassphrase));
        } catch (InvalidPathException e) {
            throw refused(
                    "encryptTo and signWith",
                    encryptTo + (signWith == null ? "" : ", " + signWith),
                    "the files of the keys, such as keys/partner.asc,keys/archive.asc");
        }
    }

    private Optional<ExpectedColumns> expectedColumns() {
        try {
            return Optional.ofNullable(expectColumns).map(ExpectedColumns::parse);
        } catch (IllegalArgumentException e) {
            throw refused("expectColumns", expectColumns, "the names of the CSV header, such as parcel_id,owner");
        }
    }

    private void require(boolean holds, String option, Object value, String rule) {
        if (!holds) {
            throw refused(option, value, rule);
        }
    }

    private IllegalArgumentException refused(String option, Object value, String rule) {
        return new IllegalArgumentException("exports:" + destination + ": " + option + "=" + value + ": write " + rule);
    }

    Destination asDestination() {
        return new Destination(
                destination, new NamePattern(name), body.needsFile(), backfill, retries(), deliveryWindow, null, of);
    }

    /** The route's own retries; the settings' where it has none of its own, in whole or in part. */
    private RetryPolicy retries() {
        RelaySettings.Delivery defaults = services().retryDefaults();
        Duration first = retryDelay == null ? defaults.retryDelay() : retryDelay;
        Duration longest = maxRetryDelay == null ? defaults.maxRetryDelay() : maxRetryDelay;
        return new RetryPolicy(
                maxAttempts == null ? defaults.maxAttempts() : maxAttempts, first, Durations.longer(first, longest));
    }

    BodyOptions body() {
        return body;
    }

    @Override
    public Optional<PgpEncryption> encryption() {
        return body.form().encryption();
    }

    DeliveryServices services() {
        return ((ExportsComponent) getComponent()).getServices();
    }

    /** In which the deliveries of all destinations are made. */
    ExecutorService threads() {
        return ((ExportsComponent) getComponent()).getThreads();
    }

    /** Of all consumers: nothing that runs there waits for a delivery. */
    ScheduledExecutorService scheduler() {
        return ((ExportsComponent) getComponent()).getScheduler();
    }

    @Override
    public Producer createProducer() {
        throw new UnsupportedOperationException(
                "exports:" + destination + " starts a route; messages cannot be sent to it");
    }

    @Override
    public Consumer createConsumer(Processor processor) throws Exception {
        ExportsConsumer consumer = new ExportsConsumer(this, processor);
        configureConsumer(consumer);
        return consumer;
    }

    public String getDestination() {
        return destination;
    }

    public void setDestination(String destination) {
        this.destination = destination;
    }

    public String getName() {
        return name;
    }

    public void setName(String name) {
        this.name = name;
    }

    public Payload getPayload() {
        return payload;
    }

    public void setPayload(Payload payload) {
        this.payload = payload;
    }

    public String getOf() {
        return of;
    }

    public void setOf(String of) {
        this.of = of;
    }

    public boolean isExpand() {
        return expand;
    }

    public void setExpand(boolean expand) {
        this.expand = expand;
    }

    public Format getFormat() {
        return format;
    }

    public void setFormat(Format format) {
        this.format = format;
    }

    public String getEncryptTo() {
        return encryptTo;
    }

    public void setEncryptTo(String encryptTo) {
        this.encryptTo = encryptTo;
    }

    public String getSignWith() {
        return signWith;
    }

    public void setSignWith(String signWith) {
        this.signWith = signWith;
    }

    public String getSignPassphrase() {
        return signPassphrase;
    }

    public void setSignPassphrase(String signPassphrase) {
        this.signPassphrase = signPassphrase;
    }

    public int getBatchSize() {
        return batchSize;
    }

    public void setBatchSize(int batchSize) {
        this.batchSize = batchSize;
    }

    public String getExpectColumns() {
        return expectColumns;
    }

    public void setExpectColumns(String expectColumns) {
        this.expectColumns = expectColumns;
    }

    public int getParallel() {
        return parallel;
    }

    public void setParallel(int parallel) {
        this.parallel = parallel;
    }

    public boolean isBackfill() {
        return backfill;
    }

    public void setBackfill(boolean backfill) {
        this.backfill = backfill;
    }

    public boolean isOverwrite() {
        return overwrite;
    }

    public void setOverwrite(boolean overwrite) {
        this.overwrite = overwrite;
    }

    public boolean isCloudEvents() {
        return cloudEvents;
    }

    public void setCloudEvents(boolean cloudEvents) {
        this.cloudEvents = cloudEvents;
    }

    public String getWindow() {
        return window;
    }

    public void setWindow(String window) {
        this.window = window;
    }

    public Integer getMaxAttempts() {
        return maxAttempts;
    }

    public void setMaxAttempts(Integer maxAttempts) {
        this.maxAttempts = maxAttempts;
    }

    public Duration getRetryDelay() {
        return retryDelay;
    }

    public void setRetryDelay(Duration retryDelay) {
        this.retryDelay = retryDelay;
    }

    public Duration getMaxRetryDelay() {
        return maxRetryDelay;
    }

    public void setMaxRetryDelay(Duration maxRetryDelay) {
        this.maxRetryDelay = maxRetryDelay;
    }
}
