package org.exportrelay.routetest;

import java.time.Duration;
import java.util.Set;
import org.apache.camel.Endpoint;
import org.apache.camel.spi.EndpointStrategy;
import org.apache.camel.support.ScheduledPollEndpoint;
import org.exportrelay.component.ExportEventsEndpoint;
import org.exportrelay.component.ExportsEndpoint;
import org.exportrelay.component.HandoverEndpoints;

/**
 * Replaces each endpoint that leaves the process, however a route names it, by one that records. Camel asks for each
 * endpoint that it creates. The endpoints at which routes begin keep their options, but do not wait.
 */
final class RecordingEndpoints implements EndpointStrategy {

    /** They begin or join routes within the process. */
    private static final Set<String> IN_PROCESS = Set.of(
            "disruptor", "export-events", "exports", "mock", "quartz", "ref", "scheduler", "seda", "stub", "timer");

    private static final Duration RETRY_DELAY = Duration.ofMillis(1);
    private static final Duration LONGEST_RETRY_DELAY = Duration.ofMillis(5);
    private static final long POLL_MILLIS = 10;

    private static final Set<String> BEANS = Set.of("bean", "class");

    private final MessageRecorder recorder;
    private final RecordedBeans beans;
    private final String apiUrl;

    /**
     * @param beans that are replaced
     * @param apiUrl of the simulated API, to which routes do send
     */
    RecordingEndpoints(MessageRecorder recorder, RecordedBeans beans, String apiUrl) {
        this.recorder = recorder;
        this.beans = beans;
        this.apiUrl = apiUrl;
    }

    @Override
    public Endpoint registerEndpoint(String uri, Endpoint endpoint) {
        if (endpoint instanceof ScheduledPollEndpoint polling && isInProcess(uri)) {
            polling.setInitialDelay(0);
            polling.setDelay(POLL_MILLIS);
        }
        if (endpoint instanceof ExportsEndpoint exports) {
            exports.setRetryDelay(RETRY_DELAY);
            exports.setMaxRetryDelay(LONGEST_RETRY_DELAY);
        }
        if (endpoint instanceof ExportEventsEndpoint events && events.getDigest() != null) {
            events.setDigest(RETRY_DELAY);
        }
        String plain = EndpointPattern.plain(uri);
        if (BEANS.contains(EndpointPattern.scheme(plain))) {
            return new RecordedBeanEndpoint(endpoint, plain.substring(plain.indexOf(':') + 1), beans);
        }
        return isInProcess(uri) || uri.startsWith(apiUrl) || !HandoverEndpoints.accept(uri)
                ? endpoint
                : new RecordingEndpoint(endpoint, recorder);
    }

    private static boolean isInProcess(String uri) {
        return IN_PROCESS.contains(EndpointPattern.scheme(uri));
    }
}
