package org.exportrelay.component;

import java.time.Duration;
import org.apache.camel.Category;
import org.apache.camel.Consumer;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.UriEndpoint;
import org.apache.camel.spi.UriParam;
import org.apache.camel.spi.UriPath;
import org.apache.camel.support.ScheduledPollEndpoint;

/** Consume the events that the ledger records, such as parked deliveries and outages, to notify people and systems. */
@UriEndpoint(
        firstVersion = "0.2.0",
        scheme = "export-events",
        title = "Export Events",
        syntax = "export-events:name",
        consumerOnly = true,
        category = {Category.MONITORING},
        headersClass = EventHeaders.class)
public class ExportEventsEndpoint extends ScheduledPollEndpoint {

    @UriPath(description = "The name under which the ledger keeps how far the route has read. One route per name.")
    @Metadata(required = true)
    private String name;

    @UriParam(
            description =
                    "Which kinds of events, comma-separated, such as parked,destination-down. The default is all.")
    private String kinds;

    @UriParam(
            description = "Only events of these destinations, by name: a glob with * and ?. The default is all events,"
                    + " also those that concern no destination.")
    private String destination;

    @UriParam(
            javaType = "java.time.Duration",
            description = "Collects events for this time, beginning with the first one, and sends them as one list."
                    + " Without it, each event is sent when it happens.")
    private Duration digest;

    @UriParam(
            defaultValue = "json",
            description = "The body: json (an object as history --json prints it; with digest, a list) or text"
                    + " (a line for each event).")
    private EventPayload payload = EventPayload.json;

    @UriParam(
            defaultValue = "false",
            description =
                    "Also events that happened before the route first started, for as long as the ledger keeps them.")
    private boolean backfill;

    private EventFilter filter;

    public ExportEventsEndpoint(String uri, ExportEventsComponent component) {
        super(uri, component);
    }

    /**
     * @throws IllegalArgumentException if an option is out of its range
     */
    void check() {
        require(
                digest == null || digest.compareTo(Duration.ZERO) > 0,
                "digest=" + digest + ": write a duration such as 1h");
        require(
                destination == null || !destination.isEmpty(),
                "destination=" + destination + ": write a name, or a glob such as partner-*");
        try {
            filter = EventFilter.of(kinds, destination);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("export-events:" + name + ": kinds=" + kinds + ": " + e.getMessage());
        }
    }

    private void require(boolean holds, String rule) {
        if (!holds) {
            throw new IllegalArgumentException("export-events:" + name + ": " + rule);
        }
    }

    EventFilter filter() {
        return filter;
    }

    EventServices services() {
        return ((ExportEventsComponent) getComponent()).getServices();
    }

    @Override
    public Producer createProducer() {
        throw new UnsupportedOperationException(
                "export-events:" + name + " starts a route; messages cannot be sent to it");
    }

    @Override
    public Consumer createConsumer(Processor processor) throws Exception {
        ExportEventsConsumer consumer = new ExportEventsConsumer(this, processor);
        configureConsumer(consumer);
        return consumer;
    }

    public String getName() {
        return name;
    }

    public void setName(String name) {
        this.name = name;
    }

    public String getKinds() {
        return kinds;
    }

    public void setKinds(String kinds) {
        this.kinds = kinds;
    }

    public String getDestination() {
        return destination;
    }

    public void setDestination(String destination) {
        this.destination = destination;
    }

    public Duration getDigest() {
        return digest;
    }

    public void setDigest(Duration digest) {
        this.digest = digest;
    }

    public EventPayload getPayload() {
        return payload;
    }

    public void setPayload(EventPayload payload) {
        this.payload = payload;
    }

    public boolean isBackfill() {
        return backfill;
    }

    public void setBackfill(boolean backfill) {
        this.backfill = backfill;
    }
}
