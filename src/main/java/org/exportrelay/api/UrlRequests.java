package org.exportrelay.api;

import jakarta.inject.Inject;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import org.apache.camel.component.http.HttpClientConfigurer;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;

/** The requests for download URLs: {@link ApiClient} sends them within their own share of the budget. Thread-safe. */
@Singleton
@Named(UrlRequests.NAME)
final class UrlRequests implements HttpClientConfigurer {

    static final String NAME = "exportsApiForUrls";

    private final ApiClient client;

    @Inject
    UrlRequests(ApiClient client) {
        this.client = client;
    }

    @Override
    public void configureHttpClient(HttpClientBuilder builder) {
        client.configure(builder, Purpose.URLS);
    }

    /** Whether one would be sent without a wait. */
    boolean isFree() {
        return client.mayRequestUrls();
    }
}
