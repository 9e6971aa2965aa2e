package org.exportrelay.api;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.util.Map;
import org.apache.camel.impl.DefaultCamelContext;
import org.exportrelay.config.RelaySettings;

/** What calls the API, in a plain Camel context in which only its beans are bound. */
public final class RelayApi implements AutoCloseable {

    private final DefaultCamelContext context = new DefaultCamelContext();
    private final ApiClock clock;
    private final RateBudget budget;
    private final UrlCipher cipher;
    private final ExportsApi exports;
    private final SignedUrls signedUrls;

    /**
     * @param settings with {@code relay.api.url} and {@code relay.api.key}
     */
    public RelayApi(RelaySettings settings) {
        this(settings, new ApiClock());
    }

    RelayApi(RelaySettings settings, ApiClock clock) {
        this(settings, clock, Map.of());
    }

    RelayApi(RelaySettings settings, ApiClock clock, Map<String, String> environment) {
        this.clock = clock;
        budget = new RateBudget(settings, clock);
        ApiKey key = new ApiKey(settings);
        cipher = new UrlCipher(key, ExportsJson.exportsJson());
        ApiClient client = new ApiClient(
                settings,
                key,
                budget,
                new ApiPause(),
                clock,
                new HttpConnections(settings, environment),
                new ApiMetrics(new SimpleMeterRegistry()));
        UrlRequests urlRequests = new UrlRequests(client);
        context.getRegistry().bind("exportsApi", client);
        context.getRegistry().bind(UrlRequests.NAME, urlRequests);
        context.start();
        exports = new ExportsApi(context, ExportsJson.exportsJson(), urlRequests, settings);
        signedUrls = new SignedUrls(exports, clock);
    }

    /** The Camel context, started. */
    public DefaultCamelContext context() {
        return context;
    }

    /** The API's time. */
    public ApiClock clock() {
        return clock;
    }

    /** What encrypts URLs with the API's key. */
    public UrlCipher urlCipher() {
        return cipher;
    }

    /** The share of the API's limits. */
    RateBudget budget() {
        return budget;
    }

    /** The calls by id. */
    public ExportsApi exports() {
        return exports;
    }

    /** The URLs seen so far: none. */
    public SignedUrls signedUrls() {
        return signedUrls;
    }

    @Override
    public void close() throws IOException {
        context.close();
    }
}
