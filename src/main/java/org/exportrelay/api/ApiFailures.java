package org.exportrelay.api;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.util.regex.Pattern;
import org.apache.camel.http.base.HttpOperationFailedException;
import org.apache.camel.util.ObjectHelper;
import org.exportrelay.api.ApiException.Kind;
import org.exportrelay.config.TrustedCertificates;

/**
 * The one place that decides what a failed call to the API means and what to do about it. Answers are
 * quoted without keys, URL queries and control characters, and only their beginning. Stateless.
 */
public final class ApiFailures {

    private static final int SHOWN_CHARACTERS = 200;
    private static final Pattern KEY = Pattern.compile("dm_(?:sk|at)_live_\\w*");
    /** A URL behind its host, which may be signed; also with the slashes that JSON may escape. */
    private static final Pattern URL_TAIL =
            Pattern.compile("(https?:(?:\\\\?/){2}[^\\s\"'<>/?\\\\]*)[/?\\\\][^\\s\"'<>]*", Pattern.CASE_INSENSITIVE);

    private static final ObjectMapper JSON = ExportsJson.exportsJson();

    private ApiFailures() {}

    /** Whether the answer refuses every request until the operator or the vendor acts. */
    static boolean isRefusal(int status) {
        return status == 400 || status == 401 || status == 402 || status == 403;
    }

    /** Describes a failed call by whatever it threw. */
    public static ApiException of(Throwable thrown) {
        return of(thrown, null);
    }

    /**
     * Describes a failed call.
     *
     * @param thrown by the call or by the reading of its answer
     * @param body the answer that could not be read; null if there is none
     */
    public static ApiException of(Throwable thrown, String body) {
        for (Throwable cause : ObjectHelper.createExceptionIterable(thrown)) {
            if (cause instanceof ApiException known) {
                return known;
            }
            if (cause instanceof HttpOperationFailedException answered) {
                return answered(answered);
            }
            if (cause instanceof StreamConstraintsException limit) {
                return new ApiException(
                        Kind.NONSENSE,
                        "the API's answer is beyond a limit of the relay ("
                                + quoted(limit.getOriginalMessage().replaceFirst(", from `[^`]*`", ""))
                                + "); report it to the vendor",
                        null);
            }
            if (cause instanceof JacksonException json) {
                return nonsense(
                        json instanceof JsonMappingException
                                ? "it does not have the documented fields"
                                : quoted(json.getOriginalMessage()),
                        body);
            }
            if (cause instanceof ApiPausedException paused) {
                return new ApiException(Kind.RATE_LIMITED, paused.getMessage(), paused);
            }
            if (cause instanceof UnusableAnswerException unusable) {
                return new ApiException(Kind.NONSENSE, unusable.getMessage(), unusable);
            }
            if (cause instanceof IOException io) {
                return new ApiException(
                        Kind.UNAVAILABLE,
                        "the API cannot be reached (" + describe(io) + "); check relay.api.url and the network",
                        io);
            }
        }
        return new ApiException(
                Kind.NONSENSE, "reading the API's answer failed (" + quoted(String.valueOf(thrown)) + ")", thrown);
    }

    /** An answer that is no JSON, or other JSON than documented; Jackson's own message would quote values. */
    static ApiException nonsense(String problem, String body) {
        return new ApiException(
                Kind.NONSENSE,
                "the API's answer is not the documented JSON (" + problem + "); it starts with " + start(body)
                        + "; check that relay.api.url leads to the API itself",
                null);
    }

    private static ApiException answered(HttpOperationFailedException failure) {
        int status = failure.getStatusCode();
        return switch (status) {
            case 400 -> failure(
                    Kind.REFUSED, failure, "the relay or its settings are at fault; report it to the relay's project");
            case 401 -> failure(
                    Kind.REFUSED,
                    failure,
                    "put a valid key into the environment variable DM_API_KEY and restart, or into relay.api.key-file");
            case 402 -> failure(
                    Kind.REFUSED,
                    failure,
                    "the key is valid, but a limit of the plan is reached; raise the plan with the vendor or wait for"
                            + " its next billing cycle");
            case 403 -> failure(Kind.REFUSED, failure, "give the key the scope to list exports");
            case 404 -> failure(Kind.GONE, failure, "check relay.api.url if this concerns the list");
            case 422 -> failure(
                    Kind.REFUSED,
                    failure,
                    "the key and relay.api.url are right, but the API cannot carry out this request; report it to the"
                            + " vendor with the request's id");
            case 429 -> failure(Kind.RATE_LIMITED, failure, "the relay tries again when the limit allows");
            default -> other(failure);
        };
    }

    private static ApiException other(HttpOperationFailedException failure) {
        int status = failure.getStatusCode();
        if (TransientStatus.is(status)) {
            return failure(Kind.UNAVAILABLE, failure, "the relay tries again");
        }
        if (status >= 300 && status < 400 && failure.getRedirectLocation() != null) {
            return new ApiException(
                    Kind.NONSENSE,
                    "the API answered " + status + " with a redirect to " + origin(failure.getRedirectLocation())
                            + ", which the relay does not follow, since the key would go there; set relay.api.url to"
                            + " the API's own address",
                    failure);
        }
        return failure(Kind.NONSENSE, failure, "check that relay.api.url leads to the API itself");
    }

    /** Scheme, host and port of a redirect's target; its path and query may be credentials. */
    private static String origin(String location) {
        try {
            URI target = URI.create(location.strip());
            if (target.getHost() == null) {
                return "another path of the same host";
            }
            return (target.getScheme() == null ? "" : target.getScheme() + ":") + "//" + target.getHost()
                    + (target.getPort() == -1 ? "" : ":" + target.getPort());
        } catch (IllegalArgumentException notAUrl) {
            return "an address that is not a URL";
        }
    }

    private static ApiException failure(Kind kind, HttpOperationFailedException failure, String action) {
        return new ApiException(kind, "the API answered " + answer(failure) + "; " + action, failure);
    }

    private static String answer(HttpOperationFailedException failure) {
        JsonNode error = error(failure.getResponseBody());
        if (!error.path("code").isTextual()) {
            return failure.getStatusCode() + " with a body that starts with " + start(failure.getResponseBody());
        }
        String request = error.path("request_id").asText("");
        return failure.getStatusCode() + " " + quoted(error.path("code").textValue()) + " ("
                + quoted(error.path("message").asText("no message"))
                + (request.isEmpty() ? "" : ", request " + quoted(request)) + ")";
    }

    private static JsonNode error(String body) {
        try {
            return JSON.readTree(body == null ? "" : body).path("error");
        } catch (JacksonException notTheDocumentedBody) {
            return JSON.createObjectNode();
        }
    }

    private static String start(String body) {
        return body == null || body.isBlank() ? "nothing" : '"' + quoted(body) + '"';
    }

    private static String quoted(String text) {
        String start = text.substring(0, Math.min(SHOWN_CHARACTERS, text.length()));
        String masked = KEY.matcher(URL_TAIL.matcher(start).replaceAll("$1/…")).replaceAll("…");
        return masked.replaceAll("\\p{Cntrl}+", " ").strip();
    }

    private static String describe(IOException failure) {
        String name = failure.getClass().getSimpleName();
        String text = failure.getMessage() == null ? name : name + ": " + quoted(failure.getMessage());
        return text + TrustedCertificates.hint(failure);
    }
}
