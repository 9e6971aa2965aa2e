package org.exportrelay.component;

import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.regex.Pattern;
import org.apache.camel.Endpoint;
import org.apache.camel.spi.ExecutorServiceManager;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.annotations.Component;
import org.apache.camel.support.DefaultComponent;

/** The Camel component {@code exports:}, where every route to a destination begins. */
@Component("exports")
public class ExportsComponent extends DefaultComponent {

    private static final Pattern DESTINATION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

    @Metadata(label = "advanced", autowired = true, description = "The relay's ledger and spool")
    private DeliveryServices services;

    /** A thread for each delivery in flight, of whichever destination, and none while there is none. */
    private ExecutorService threads;

    private ScheduledExecutorService scheduler;

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        ExecutorServiceManager executors = getCamelContext().getExecutorServiceManager();
        threads = executors.newCachedThreadPool(this, "exports");
        scheduler = executors.newSingleThreadScheduledExecutor(this, "exports-poll");
    }

    @Override
    protected void doStop() throws Exception {
        // Null in a context that only checked the routes and never started.
        if (scheduler != null) {
            ExecutorServiceManager executors = getCamelContext().getExecutorServiceManager();
            executors.shutdownNow(scheduler);
            executors.shutdown(threads);
        }
        super.doStop();
    }

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) throws Exception {
        if (!DESTINATION.matcher(remaining).matches()) {
            throw new IllegalArgumentException(
                    "exports:" + remaining + ": not a destination's name; write letters, digits,"
                            + " '.', '_' and '-', beginning with a letter or digit, at most 100");
        }
        ExportsEndpoint endpoint = new ExportsEndpoint(uri, this);
        endpoint.setDestination(remaining);
        setProperties(endpoint, parameters);
        endpoint.check();
        return endpoint;
    }

    ExecutorService getThreads() {
        return threads;
    }

    ScheduledExecutorService getScheduler() {
        return scheduler;
    }

    public DeliveryServices getServices() {
        return services;
    }

    public void setServices(DeliveryServices services) {
        this.services = services;
    }
}
