package org.exportrelay.sandbox;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** Answers the API's requests: checks the credentials, spends the budget, adds the faults. */
final class ApiHandler implements Site {

    private static final String EXPORTS = "/v1/exports";
    private static final String ACCOUNT = "/v1/account";
    private static final String AUTHORIZATION = "Authorization";

    private final ObjectMapper mapper = new ObjectMapper();
    private final AtomicLong lists = new AtomicLong();
    private final AtomicLong gets = new AtomicLong();

    private final Credentials credentials;
    private final RateLimit rateLimit;
    private final ExportCatalog catalog;
    private final ExportJson exportJson;
    private final Faults faults;
    private final ConfiguredError configuredError;
    private final InstantSource clock;

    ApiHandler(
            Credentials credentials,
            RateLimit rateLimit,
            ExportCatalog catalog,
            ExportJson exportJson,
            Faults faults,
            ConfiguredError configuredError,
            InstantSource clock) {
        this.credentials = credentials;
        this.rateLimit = rateLimit;
        this.catalog = catalog;
        this.exportJson = exportJson;
        this.faults = faults;
        this.configuredError = configuredError;
        this.clock = clock;
    }

    /** List requests received, however they were answered. */
    long lists() {
        return lists.get();
    }

    /** Requests for one export received, however they were answered. */
    long gets() {
        return gets.get();
    }

    @Override
    public Reply answer(Request request) {
        count(request);
        Reply reply = limited(request);
        return request.header("X-Request-Id")
                .map(id -> reply.with("X-Request-Id", id))
                .orElse(reply);
    }

    /** In the API's own shape, as its documentation promises; costs nothing. */
    @Override
    public Reply malformedUrl() {
        return free(DocumentedError.INVALID_REQUEST.body("The request or its URL is malformed"));
    }

    @Override
    public Reply internalError() {
        return free(DocumentedError.INTERNAL_ERROR.body());
    }

    private void count(Request request) {
        if (!request.method().equals("GET")) {
            return;
        }
        if (request.path().equals(EXPORTS)) {
            lists.incrementAndGet();
        } else if (exportId(request.path()).isPresent()) {
            gets.incrementAndGet();
        }
    }

    /** The answer with the headers of the budget, which every answer has. */
    private Reply limited(Request request) {
        Optional<ErrorBody> refusal = credentials.refusal(request.header(AUTHORIZATION));
        if (refusal.isPresent()) {
            return free(refusal.get());
        }
        Optional<DocumentedError> configured = configuredError.next();
        if (configured.isPresent() && configured.get().status() == 401) {
            return free(configured.get().body());
        }
        RateLimit.State budget = rateLimit.spend(configured);
        Reply reply = budget.refusal()
                .or(() -> configured.map(DocumentedError::body))
                .map(this::error)
                .orElseGet(() -> faulty(request));
        Map<String, String> headers = new LinkedHashMap<>(budget.headers());
        headers.putAll(reply.headers());
        return reply.with(headers);
    }

    /** An error that spends no request. */
    private Reply free(ErrorBody error) {
        return error(error).with(rateLimit.current().headers());
    }

    private Reply faulty(Request request) {
        return switch (faults.ofApi(request.path().equals(EXPORTS))) {
            case NONE -> answer(request, 0);
            case RATE_LIMITED -> rateLimitedByOthers();
            case INTERNAL_ERROR -> error(DocumentedError.INTERNAL_ERROR.body());
            case CUT_BODY -> answer(request, 0).sent(Reply.Sending.CUT);
            case STALL -> answer(request, 0).sent(Reply.Sending.STALLED);
            case SHIFTED_PAGE -> answer(request, faults.shift());
        };
    }

    private Reply answer(Request request, int shift) {
        String path = request.path();
        Optional<String> exportId = exportId(path);
        if (!path.equals(EXPORTS) && !path.equals(ACCOUNT) && exportId.isEmpty()) {
            return error(DocumentedError.NOT_FOUND.body("There is nothing at " + path));
        }
        if (!request.method().equals("GET")) {
            return error(ErrorBody.methodNotAllowed(request.method())).with("Allow", "GET");
        }
        if (path.equals(ACCOUNT)) {
            boolean oauth = credentials.isOauth(request.header(AUTHORIZATION));
            return json(200, Map.of("data", Account.json(oauth, clock.instant())));
        }
        return exportId.map(this::export).orElseGet(() -> list(request.query(), shift));
    }

    private Reply list(QueryString parameters, int shift) {
        List<ListQuery.Issue> issues = new ArrayList<>();
        ListQuery query = ListQuery.parse(parameters, issues);
        if (!issues.isEmpty()) {
            return error(ErrorBody.validation(issues));
        }
        Instant now = clock.instant();
        // Mirrored at 0, so that the first page can be off as well.
        long offset = Math.abs(Math.min(query.offset(), Integer.MAX_VALUE) + shift);
        ExportCatalog.Page page = catalog.page(query.status(), offset, query.limit(), now);
        Map<String, Object> pagination = new LinkedHashMap<>();
        pagination.put("limit", query.limit());
        pagination.put("offset", query.offset());
        pagination.put("total", page.total());
        pagination.put("has_more", page.hasMore());
        Map<String, Object> body = new LinkedHashMap<>();
        body.put(
                "data",
                page.exports().stream()
                        .map(export -> exportJson.of(export, now))
                        .toList());
        body.put("pagination", pagination);
        return json(200, body);
    }

    private Reply export(String id) {
        return catalog.byId(id)
                .map(export -> json(200, Map.of("data", exportJson.of(export, clock.instant()))))
                .orElseGet(() -> error(DocumentedError.NOT_FOUND.body("There is no export " + id)));
    }

    private Reply rateLimitedByOthers() {
        String reset = Long.toString(clock.instant().getEpochSecond() + 1);
        return error(ErrorBody.rateLimited("minute", 1))
                .with(Map.of("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", reset));
    }

    private Reply error(ErrorBody error) {
        Reply reply = json(error.status(), error.json());
        Object retryAfter = error.details().get("retry_after");
        return retryAfter == null ? reply : reply.with("Retry-After", retryAfter.toString());
    }

    private Reply json(int status, Map<String, Object> body) {
        try {
            return Reply.of(status, "application/json; charset=utf-8", mapper.writeValueAsBytes(body));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("maps of text and numbers are always JSON", e);
        }
    }

    private static Optional<String> exportId(String path) {
        String id = path.startsWith(EXPORTS + "/") ? path.substring(EXPORTS.length() + 1) : "";
        return id.isEmpty() || id.contains("/") ? Optional.empty() : Optional.of(id);
    }
}
