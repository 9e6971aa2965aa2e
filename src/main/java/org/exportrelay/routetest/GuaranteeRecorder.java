package org.exportrelay.routetest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;
import org.apache.camel.component.file.GenericFileEndpoint;
import org.apache.camel.component.file.GenericFileExist;
import org.apache.camel.component.file.GenericFileOperationFailedException;
import org.apache.camel.component.file.GenericFileProducer;
import org.apache.camel.model.ModelCamelContext;
import org.apache.camel.model.ProcessorDefinition;
import org.apache.camel.support.ExchangeHelper;
import org.apache.camel.support.LoggerHelper;
import org.exportrelay.component.ExportHeaders;
import org.exportrelay.routes.RouteHazards;
import org.exportrelay.routetest.GuaranteeJournal.Again;
import org.exportrelay.routetest.GuaranteeJournal.Entry;
import org.exportrelay.routetest.GuaranteeJournal.Kind;

/**
 * Servers on disk, which outlive the process: files are written step by step, as their endpoint does it, and the journal
 * has what was accepted. Before each step the process can be killed, and a message can be refused, break off half-way, or
 * be accepted without an acknowledgement. Which messages fail depends on the seed alone. Thread-safe.
 */
final class GuaranteeRecorder implements MessageRecorder {

    /** Share of the messages that fail. */
    private static final double FAULTS = 1.0 / 3;
    /** For one message in a round, which is to come to an end. */
    private static final int MOST_FAULTS = 3;
    /** Outages, each known to some kinds of endpoints: no delivery is parked for them. */
    private static final List<String> FAULT_NAMES =
            List.of("connection refused", "connection lost", "connection reset", "timeout", "disk full");
    /** Their transactions have a receipt of the delivery. */
    private static final Set<String> TRANSACTIONAL = Set.of("kafka-records", "table-records");

    private static final long LONGEST_WAIT_FOR_KILL_MILLIS = 30_000;

    /** When a message fails. */
    private enum When {
        NEVER,
        BEFORE,
        HALF_WAY,
        AFTERWARDS
    }

    private final FaultCatalog catalog;
    private final GuaranteeRound round;
    private final Set<String> replaced;
    private final Path directory;
    private final GuaranteeJournal journal;
    private final AtomicInteger steps = new AtomicInteger();
    private final Map<String, Integer> sends = new ConcurrentHashMap<>();
    private final Set<Path> written = ConcurrentHashMap.newKeySet();

    /**
     * @param replaced the beans whose place it takes
     * @param directory exists; for this recorder alone, in all rounds
     */
    GuaranteeRecorder(FaultCatalog catalog, GuaranteeRound round, Set<String> replaced, Path directory) {
        this.catalog = catalog;
        this.round = round;
        this.replaced = replaced;
        this.directory = directory;
        this.journal = journal(directory);
    }

    static GuaranteeJournal journal(Path directory) {
        return new GuaranteeJournal(directory.resolve("journal"));
    }

    /** The file by which a process asks to be killed. */
    static Path killRequest(Path directory) {
        return directory.resolve("kill");
    }

    /** How many so far in this round. */
    int steps() {
        return steps.get();
    }

    @Override
    public boolean replaces(String bean) {
        return replaced.contains(bean);
    }

    @Override
    public boolean has(String place) {
        return Files.exists(onDisk(place));
    }

    @Override
    public void refuse(Endpoint endpoint, String uri, String target) {
        // Decided in accept, which knows the delivery.
    }

    @Override
    public void accept(Endpoint endpoint, String uri, String file, Exchange exchange) throws Exception {
        Message message = new Message(endpoint, uri, file, exchange);
        When fault = draw(message);
        step();
        if (endpoint instanceof GenericFileEndpoint<?> files) {
            fail(fault == When.BEFORE, message);
            write(files, message, fault == When.HALF_WAY);
        } else {
            fail(fault == When.BEFORE || fault == When.HALF_WAY, message);
            byte[] body = CapturedBody.of(exchange).bytes();
            if (file != null) {
                Files.write(onDisk(message.target()), body);
            }
            message.accepted(again(message));
        }
        step();
        fail(fault == When.AFTERWARDS, message);
    }

    private static Again again(Message message) {
        if (message.file != null) {
            return Again.REPLACES;
        }
        if (TRANSACTIONAL.contains(EndpointPattern.scheme(message.uri))) {
            return Again.DROPPED;
        }
        return message.exchange.getMessage().getHeader(ExportHeaders.DELIVERY_ID) == null
                ? Again.UNKNOWN
                : Again.RECOGNIZABLE;
    }

    /** As Camel's producers write a file: under a temporary name if there is one, and with regard to {@code fileExist}. */
    private void write(GenericFileEndpoint<?> files, Message message, boolean breaksOff) throws Exception {
        byte[] body = CapturedBody.of(message.exchange).bytes();
        Path target = onDisk(message.target());
        GenericFileExist exist = files.getFileExist() == null ? GenericFileExist.Override : files.getFileExist();
        if (Files.exists(target) && exist == GenericFileExist.Fail) {
            message.add(Kind.FINDING, message.where() + RouteHazards.REFUSED_REPETITION);
            throw new GenericFileOperationFailedException("File already exist: " + message.target());
        }
        if (Files.exists(target) && exist == GenericFileExist.Ignore) {
            if (Arrays.equals(Files.readAllBytes(target), body)) {
                message.accepted(Again.REPLACES);
            } else {
                message.add(Kind.FINDING, message.where() + RouteHazards.KEPT_PART);
            }
            return;
        }
        boolean isVisible = files.getTempFileName() == null;
        boolean isAppended = exist == GenericFileExist.Append;
        Path path = isVisible ? target : onDisk(message.uri + "/" + temporaryName(files, message.exchange));
        if (!isVisible && !written.add(path)) {
            message.add(Kind.FINDING, message.where() + RouteHazards.SHARED_TEMPORARY_NAME);
        }
        try {
            int half = body.length / 2;
            writeTo(path, Arrays.copyOf(body, half), isAppended ? StandardOpenOption.APPEND : null);
            if (isVisible && half > 0) {
                message.add(
                        Kind.HALF,
                        message.where() + (isAppended ? RouteHazards.APPENDED : ": " + RouteHazards.PARTIAL_FILE));
            }
            step();
            fail(breaksOff, message);
            writeTo(path, Arrays.copyOfRange(body, half, body.length), StandardOpenOption.APPEND);
            step();
            if (!isVisible) {
                Files.move(path, target, StandardCopyOption.ATOMIC_MOVE);
            }
        } finally {
            written.remove(path);
        }
        message.accepted(isAppended ? Again.ADDED : Again.REPLACES);
    }

    private static void writeTo(Path path, byte[] bytes, StandardOpenOption append) throws IOException {
        Files.write(
                path,
                bytes,
                StandardOpenOption.CREATE,
                append == null ? StandardOpenOption.TRUNCATE_EXISTING : append,
                StandardOpenOption.WRITE);
    }

    private static String temporaryName(GenericFileEndpoint<?> files, Exchange exchange) throws Exception {
        GenericFileProducer<?> producer = (GenericFileProducer<?>) files.createProducer();
        Exchange copy = ExchangeHelper.createCopy(exchange, true);
        return producer.createTempFileName(copy, producer.createFileName(copy));
    }

    /** Names at servers may be longer than those of files, and lead out of the directory. */
    private Path onDisk(String place) {
        return directory.resolve(UUID.nameUUIDFromBytes(stable(place).getBytes(StandardCharsets.UTF_8)) + ".file");
    }

    /** The same in all runs, also in the data directory, which the calm run has for itself. */
    private String stable(String place) {
        return place.replace(directory.getParent().toString(), "data");
    }

    /** The place where a kill comes. Other threads go on until it does. */
    private void step() throws IOException, InterruptedException {
        if (steps.incrementAndGet() == round.killAt()) {
            Files.createFile(killRequest(directory));
            Thread.sleep(LONGEST_WAIT_FOR_KILL_MILLIS);
        }
    }

    private When draw(Message message) {
        int send = sends.merge(message.key(), 1, Integer::sum);
        SplittableRandom random = round.random(message.key() + "#" + send);
        return round.number() == 0 || send > MOST_FAULTS || random.nextDouble() >= FAULTS
                ? When.NEVER
                : When.values()[random.nextInt(1, When.values().length)];
    }

    private void fail(boolean fails, Message message) throws Exception {
        if (!fails) {
            return;
        }
        message.add(Kind.FAULT, message.where());
        String scheme = EndpointPattern.scheme(message.uri);
        List<String> known = FAULT_NAMES.stream()
                .filter(name -> catalog.find(scheme, name).isPresent())
                .toList();
        String name = known.get(round.random(message.key()).nextInt(known.size()));
        throw catalog.find(scheme, name).orElseThrow().at(message.endpoint, message.target());
    }

    /** A message on its way to an endpoint, or to a bean. */
    private final class Message {

        private final Endpoint endpoint;
        private final String uri;
        private final String file;
        private final Exchange exchange;
        private final Map<String, String> facts;
        private final String part;

        Message(Endpoint endpoint, String uri, String file, Exchange exchange) {
            this.endpoint = endpoint;
            this.uri = stable(uri);
            this.file = file;
            this.exchange = exchange;
            this.facts = ExportFacts.of(exchange);
            this.part = file == null ? exchange.getProperty(ExchangePropertyKey.SPLIT_INDEX, "", String.class) : file;
        }

        String target() {
            return file == null ? uri : uri + "/" + file;
        }

        /** The same in all runs: ids of deliveries are not. */
        String key() {
            return uri + " " + part + " " + facts.get("export.file");
        }

        void accepted(Again again) {
            add(Kind.ACCEPTED, again.name(), where());
        }

        void add(Kind kind, String text) {
            add(kind, "", text);
        }

        private void add(Kind kind, String note, String text) {
            String numbered = file == null && !part.isEmpty() ? String.join(" ", numberedHeaders()) : "";
            journal.append(new Entry(kind, facts.getOrDefault("delivery.id", ""), uri, part, note, numbered, text));
        }

        /** The headers, other than those of the relay and of Camel, that have the number of the part. */
        private Set<String> numberedHeaders() {
            Predicate<String> hasNumber =
                    Pattern.compile("(?<!\\d)" + part + "(?!\\d)").asPredicate();
            return exchange.getMessage().getHeaders().keySet().stream()
                    .filter(name -> !ExportHeaders.has(name) && !name.startsWith("Camel"))
                    .filter(name -> hasNumber.test(exchange.getMessage().getHeader(name, "", String.class)))
                    .collect(Collectors.toCollection(TreeSet::new));
        }

        /** File and line of the step that sends it; the endpoint if that is not known. */
        String where() {
            String step = exchange.getExchangeExtension().getHistoryNodeId();
            ProcessorDefinition<?> definition =
                    step == null ? null : ((ModelCamelContext) exchange.getContext()).getProcessorDefinition(step);
            String source = LoggerHelper.getSourceLocation(definition);
            return source == null ? uri : source.replaceFirst("^file:(//)?", "");
        }
    }
}
