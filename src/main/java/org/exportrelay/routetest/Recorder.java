package org.exportrelay.routetest;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.exportrelay.destinations.KnownFaults.Fault;
import org.exportrelay.routetest.Observation.Kind;

/** Records what routes send during a test, and causes the faults of the test. Thread-safe. */
final class Recorder {

    private static final int LONGEST_BODY = 1 << 20;

    private final FaultCatalog catalog;
    private List<PendingFault> faults = List.of();
    private Set<String> replaced = Set.of();
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
        observations.clear();
        places.clear();
    }

    synchronized boolean isReplaced(String bean) {
        return replaced.contains(bean);
    }

    /** In their order. */
    synchronized List<Observation> observations() {
        return List.copyOf(observations);
    }

    /** Whether a fault that ends by itself has not ended. */
    synchronized boolean hasFaultsLeft() {
        return faults.stream().anyMatch(fault -> fault.left > 0 && fault.met);
    }

    /** Whether a message has been accepted under this name. */
    synchronized boolean has(String place) {
        return places.contains(place);
    }

    /**
     * Fails if the test has a fault for this endpoint.
     *
     * @param endpoint null for a bean
     * @param uri as {@link EndpointPattern#plain} has it
     * @param target what a fault names
     */
    void refuse(Endpoint endpoint, String uri, String target) throws Exception {
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

    /**
     * Records a message that an endpoint has accepted.
     *
     * @param file its name there; null if it has none
     */
    void accept(String uri, String file, Exchange exchange) {
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
