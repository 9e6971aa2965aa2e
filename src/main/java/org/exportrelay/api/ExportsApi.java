package org.exportrelay.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.inject.Inject;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelExecutionException;
import org.apache.camel.Exchange;
import org.apache.camel.FluentProducerTemplate;
import org.exportrelay.config.RelaySettings;

/** The calls of the API for download URLs; the list itself is read by the route {@code poll-exports}. Thread-safe. */
@Singleton
public class ExportsApi {

    private final CamelContext context;
    private final ObjectMapper json;
    private final UrlRequests requests;
    private final String exports;

    @Inject
    ExportsApi(
            CamelContext context,
            @Named("exportsJson") ObjectMapper json,
            UrlRequests requests,
            RelaySettings settings) {
        this.context = context;
        this.json = json;
        this.requests = requests;
        this.exports = settings.api().url() + "/v1/exports?httpClientConfigurer=%23bean:" + UrlRequests.NAME
                + "&skipRequestHeaders=true";
    }

    /**
     * One export with fresh URLs: {@code GET /v1/exports/{exportId}}. Each call counts towards the rate
     * limit, so callers use it only where no known URL will do.
     *
     * @throws ApiException if the API cannot be reached, refuses, or no longer has the export
     */
    public Export export(String exportId) throws ApiException {
        String answer = get(
                Exchange.HTTP_PATH,
                URLEncoder.encode(exportId, StandardCharsets.UTF_8).replace("+", "%20"));
        return read(exportId, answer);
    }

    /**
     * A page of the list of completed exports, as a poll reads it: {@code GET /v1/exports}.
     *
     * @param offset of its first export; 0 or more
     * @param limit most exports; 1 to 100
     * @throws ApiException if the API cannot be reached or refuses
     */
    ExportPage page(int offset, int limit) throws ApiException {
        String answer = get(Exchange.HTTP_QUERY, "status=completed&limit=" + limit + "&offset=" + offset);
        try {
            return json.readValue(answer, ExportPage.class);
        } catch (JsonProcessingException e) {
            throw ApiFailures.of(e, answer);
        }
    }

    /** Whether a request would be sent without a wait. */
    boolean mayRequestUrls() {
        return requests.isFree();
    }

    private String get(String header, String value) throws ApiException {
        try (FluentProducerTemplate template = context.createFluentProducerTemplate()) {
            String answer = template.to(exports)
                    .withHeader(header, value)
                    .withHeader(Exchange.HTTP_METHOD, "GET")
                    .request(String.class);
            return answer == null ? "" : answer;
        } catch (CamelExecutionException e) {
            throw ApiFailures.of(e.getCause());
        } catch (Exception e) {
            throw ApiFailures.of(e);
        }
    }

    /** Reads the answer as the only entry of a page, so that an export is read by one rule. */
    private Export read(String exportId, String answer) throws ApiException {
        try {
            JsonNode data = json.readTree(answer).path("data");
            if (!data.isObject()) {
                throw ApiFailures.nonsense("it has no object \"data\" for export " + exportId, answer);
            }
            JsonNode page =
                    json.createObjectNode().set("data", json.createArrayNode().add(data));
            ExportPage only = json.treeToValue(page, ExportPage.class);
            if (!only.rejected().isEmpty()) {
                throw ApiFailures.nonsense(only.rejected().get(0).reason(), answer);
            }
            return only.data().get(0);
        } catch (JsonProcessingException e) {
            throw ApiFailures.of(e, answer);
        }
    }
}
