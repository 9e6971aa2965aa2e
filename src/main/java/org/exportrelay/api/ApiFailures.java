package org.exportrelay.api;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.camel.http.base.HttpOperationFailedException;
import org.exportrelay.api.ApiException.Kind;

/** The one place that says what a failed call to the API means and what to do about it. */
public final class ApiFailures {

    private static final int SHOWN_BYTES = 120;
    /** The query of a URL may be a credential. */
    private static final Pattern QUERY = Pattern.compile("\\?[^\\s\"'<>]*");

    private static final ObjectMapper JSON = ExportsJson.exportsJson();

    private ApiFailures() {}

    /** Tells any failure of a call, whatever threw it. */
    public static ApiException of(Throwable thrown) {
        return of(thrown, null);
    }

    /**
     * Tells any failure of a call.
     *
     * @param thrown by whatever
     * @param body the answer that could not be read; null if there is none
     */
    public static ApiException of(Throwable thrown, String body) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof ApiException known) {
                return known;
            }
            if (cause instanceof HttpOperationFailedException answered) {
                return answered(answered);
            }
            if (cause instanceof JacksonException json) {
                return new ApiException(
                        Kind.NONSENSE,
                        "the API's answer is not the documented JSON (" + json.getOriginalMessage() + "); it starts "
                                + firstBytes(body) + "; check that relay.api.url leads to the API itself",
                        null,
                        json);
            }
            if (cause instanceof IOException io) {
                return new ApiException(
                        Kind.UNAVAILABLE,
                        "the API cannot be reached (" + describe(io) + "); check relay.api.url and the network",
                        null,
                        io);
            }
        }
        return new ApiException(Kind.NONSENSE, "reading the API's answer failed (" + thrown + ")", null, thrown);
    }

    private static ApiException answered(HttpOperationFailedException failure) {
        int status = failure.getStatusCode();
        String said = said(failure);
        if (status == 400) {
            return failure(Kind.REFUSED, said, "this is a fault of the relay or its settings; report it", failure);
        }
        if (status == 401) {
            return failure(
                    Kind.REFUSED,
                    said,
                    "put a valid key into the environment variable DM_API_KEY and restart",
                    failure);
        }
        if (status == 403) {
            return failure(Kind.REFUSED, said, "give the key the scope to list exports", failure);
        }
        if (status == 404) {
            return failure(Kind.GONE, said, "check relay.api.url if this concerns the list", failure);
        }
        if (status == 429) {
            return failure(Kind.RATE_LIMITED, said, "the relay asks again when the limit allows", failure);
        }
        if (status >= 500) {
            return failure(Kind.UNAVAILABLE, said, "the relay asks again", failure);
        }
        return failure(Kind.NONSENSE, said, "check that relay.api.url leads to the API itself", failure);
    }

    private static ApiException failure(Kind kind, String said, String remedy, HttpOperationFailedException failure) {
        return new ApiException(
                kind, "the API answered " + said + "; " + remedy, retryAfter(failure.getResponseHeaders()), failure);
    }

    private static String said(HttpOperationFailedException failure) {
        try {
            JsonNode error = JSON.readTree(failure.getResponseBody()).path("error");
            if (error.path("code").isTextual()) {
                String request = error.path("request_id").asText("");
                return failure.getStatusCode() + " " + error.path("code").textValue() + " ("
                        + error.path("message").asText("no message") + (request.isEmpty() ? "" : ", request " + request)
                        + ")";
            }
        } catch (JacksonException | IllegalArgumentException notTheDocumentedBody) {
            return failure.getStatusCode() + " with a body that starts " + firstBytes(failure.getResponseBody());
        }
        return failure.getStatusCode() + " with a body that starts " + firstBytes(failure.getResponseBody());
    }

    /** The start of a body in quotes, without control characters. */
    static String firstBytes(String body) {
        if (body == null || body.isBlank()) {
            return "and ends with nothing";
        }
        String start = body.substring(0, Math.min(SHOWN_BYTES, body.length()));
        return '"'
                + QUERY.matcher(start)
                        .replaceAll("?…")
                        .replaceAll("\\p{Cntrl}+", " ")
                        .strip()
                + '"';
    }

    private static Duration retryAfter(Map<String, String> headers) {
        if (headers == null) {
            return null;
        }
        return headers.entrySet().stream()
                .filter(header -> "Retry-After".equalsIgnoreCase(header.getKey()))
                .map(Map.Entry::getValue)
                .filter(value -> value.matches("\\d{1,6}"))
                .findFirst()
                .map(value -> Duration.ofSeconds(Long.parseLong(value)))
                .orElse(null);
    }

    private static String describe(IOException failure) {
        String name = failure.getClass().getSimpleName();
        return failure.getMessage() == null ? name : name + ": " + failure.getMessage();
    }
}
