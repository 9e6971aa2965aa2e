package org.exportrelay.routetest;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.exportrelay.config.Counts;
import org.exportrelay.destinations.KnownFaults.Fault;
import org.exportrelay.routetest.Observation.Kind;

/** Records what routes send during a test, and causes the faults of the test. Thread-safe. */
final class Recorder implements MessageRecorder {

    private static final int LONGEST_BODY = 1 << 20;

    private final FaultCatalog catalog;
    private List<PendingFault> faults = List.of();
    private Set<String> replaced = Set.of();
    private final Set<String> called = new HashSet<>();
    private final List<Observation> observations = new ArrayList<>();
    private final Set<String> places = new HashSet<>();

    Recorder(FaultCatalog catalog) {
        this.catalog = catalog;
    }

    /**
     * Begins a test: forgets the one before.
     *
     * @param beans that are replaced by recorders
     */
    synchronized void begin(List<GivenFault> given, Set<String> beans) {
        faults = given.stream().map(PendingFault::new).toList();
        replaced = beans;
        called.clear();
        observations.clear();
        places.clear();
    }

    @Override
    public synchronized boolean replaces(String bean) {
        if (replaced.contains(bean)) {
            called.add(bean);
        }
        return replaced.contains(bean);
    }

    /** The replaced beans that routes of the test call. */
    synchronized Set<String> called() {
        return Set.copyOf(called);
    }

    /** In their order. */
    synchronized List<Observation> observations() {
        return List.copyOf(observations);
    }

    /** Whether a fault that ends by itself has not ended. */
    synchronized boolean hasFaultsLeft() {
        return faults.stream().anyMatch(fault -> fault.left > 0 && fault.met);
    }

    /**
     * Reports the failures of the test that no message met, or fewer than were meant to: the test has not shown what
     * follows from them.
     *
     * @param file of the test
     */
    synchronized List<String> untested(Path file) {
        return faults.stream()
                .filter(fault -> !fault.met && fault.left != 0 || fault.left > 0)
                .map(fault -> file + ":" + fault.given.line() + ": " + fault.untested())
                .toList();
    }

    @Override
    public synchronized boolean has(String place) {
        return places.contains(place);
    }

    @Override
    public void refuse(Endpoint endpoint, String uri, String target) throws Exception {
        Optional<GivenFault> given = next(uri);
        if (given.isEmpty()) {
            return;
        }
        Optional<Fault> fault =
                catalog.find(EndpointPattern.scheme(uri), given.get().as());
        throw fault.isPresent()
                ? fault.get().at(endpoint, target)
                : new IllegalStateException("fail: line " + given.get().line() + ": " + uri + " cannot fail as '"
                        + given.get().as() + "'; write one of "
                        + String.join(", ", catalog.names(new EndpointPattern(uri))));
    }

    private synchronized Optional<GivenFault> next(String uri) {
        return faults.stream()
                .filter(fault -> fault.given.endpoint().matches(uri))
                .filter(PendingFault::meet)
                .map(fault -> fault.given)
                .findFirst();
    }

    @Override
    public void accept(Endpoint endpoint, String uri, String file, Exchange exchange) {
        CapturedBody body = CapturedBody.of(exchange);
        Map<String, String> values = new HashMap<>();
        exchange.getMessage().getHeaders().forEach((name, value) -> {
            if (value != null) {
                values.put(Expectation.HEADER + name, String.valueOf(value));
            }
        });
        values.put(Kind.MESSAGE.key(), uri);
        values.put("body", body.bytes().length > LONGEST_BODY ? "" : body.text());
        values.put("body.sha256", body.sha256());
        values.put("body.size", String.valueOf(body.bytes().length));
        if (body.records() >= 0) {
            values.put("records", String.valueOf(body.records()));
        }
        if (file != null) {
            values.put("file", file);
        }
        Map<String, String> facts = ExportFacts.of(exchange);
        if (facts.containsKey("export.name")) {
            values.put("export", facts.get("export.name"));
        }
        add(new Observation(Kind.MESSAGE, values, facts), file == null ? uri : uri + "/" + file);
    }

    /** Records a line that a route has logged. */
    void logged(String line, Exchange exchange) {
        add(new Observation(Kind.LOG, Map.of(Kind.LOG.key(), line), ExportFacts.of(exchange)), "");
    }

    private synchronized void add(Observation observation, String place) {
        observations.add(observation);
        places.add(place);
    }

    private static final class PendingFault {

        private static final int ENDLESS = -1;

        private final GivenFault given;
        private int left;
        /** A fault that no message has met says nothing about how long a test takes. */
        private boolean met;

        PendingFault(GivenFault given) {
            this.given = given;
            this.left = given.times().orElse(ENDLESS);
        }

        String untested() {
            String glob = given.endpoint().glob();
            return met
                    ? "only " + (given.times().getAsInt() - left) + " of "
                            + Counts.text(given.times().getAsInt(), "message", "messages") + " to " + glob
                            + " were sent and refused; write that number as times, or remove times"
                    : "no message was sent to " + glob + ", so this failure was not tested; correct the endpoint, or"
                            + " remove the entry";
        }

        /** Whether the fault is still there. */
        boolean meet() {
            if (left == 0) {
                return false;
            }
            met = true;
            left = left == ENDLESS ? ENDLESS : left - 1;
            return true;
        }
    }
}
