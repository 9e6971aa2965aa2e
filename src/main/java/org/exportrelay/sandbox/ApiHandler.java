package org.exportrelay.sandbox;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** Answers the API's requests: who asks, within which budget, what for, and what goes wrong. */
final class ApiHandler implements HttpHandler {

    private static final String EXPORTS = "/v1/exports";
    private static final String ACCOUNT = "/v1/account";

    private final ObjectMapper mapper = new ObjectMapper();
    private final AtomicLong lists = new AtomicLong();
    private final AtomicLong gets = new AtomicLong();

    private final Credentials credentials;
    private final RateLimit rateLimit;
    private final ExportCatalog catalog;
    private final ExportJson exportJson;
    private final Faults faults;
    private final InstantSource clock;
    private final Map<String, Object> account;

    ApiHandler(
            Credentials credentials,
            RateLimit rateLimit,
            ExportCatalog catalog,
            ExportJson exportJson,
            Faults faults,
            InstantSource clock,
            Map<String, Object> account) {
        this.credentials = credentials;
        this.rateLimit = rateLimit;
        this.catalog = catalog;
        this.exportJson = exportJson;
        this.faults = faults;
        this.clock = clock;
        this.account = account;
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
    public void handle(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        count(exchange.getRequestMethod(), path);
        Reply reply = limited(exchange, path);
        String requestId = exchange.getRequestHeaders().getFirst("X-Request-Id");
        (requestId == null ? reply : reply.with("X-Request-Id", requestId)).sendTo(exchange);
    }

    private void count(String method, String path) {
        if (!method.equals("GET")) {
            return;
        }
        if (path.equals(EXPORTS)) {
            lists.incrementAndGet();
        } else if (exportId(path).isPresent()) {
            gets.incrementAndGet();
        }
    }

    /** The answer with the budget's headers, which every answer carries. */
    private Reply limited(HttpExchange exchange, String path) {
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        Optional<ErrorBody> stranger = credentials.refusal(authorization);
        if (stranger.isPresent()) {
            return error(stranger.get()).with(rateLimit.look().headers());
        }
        RateLimit.State budget = rateLimit.spend();
        Reply reply = budget.refusal().map(this::error).orElseGet(() -> faulty(exchange, path));
        Map<String, String> headers = new LinkedHashMap<>(budget.headers());
        headers.putAll(reply.headers());
        return reply.with(headers);
    }

    private Reply faulty(HttpExchange exchange, String path) {
        return switch (faults.ofApi(path.equals(EXPORTS))) {
            case NONE -> answer(exchange, path, 0);
            case RATE_LIMITED -> rateLimitedByOthers();
            case INTERNAL_ERROR -> error(ErrorBody.internal());
            case CUT_BODY -> answer(exchange, path, 0).sent(Reply.Sending.CUT);
            case STALL -> answer(exchange, path, 0).sent(Reply.Sending.STALLED);
            case SHIFTED_PAGE -> answer(exchange, path, faults.shift());
        };
    }

    private Reply answer(HttpExchange exchange, String path, int shift) {
        Optional<String> exportId = exportId(path);
        if (!path.equals(EXPORTS) && !path.equals(ACCOUNT) && exportId.isEmpty()) {
            return error(ErrorBody.notFound("There is nothing at " + path));
        }
        if (!exchange.getRequestMethod().equals("GET")) {
            return error(ErrorBody.methodNotAllowed(exchange.getRequestMethod()))
                    .with("Allow", "GET");
        }
        if (path.equals(ACCOUNT)) {
            return json(200, Map.of("data", account));
        }
        return exportId.map(this::export)
                .orElseGet(() -> list(QueryString.parse(exchange.getRequestURI().getRawQuery()), shift));
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
                .orElseGet(() -> error(ErrorBody.notFound("There is no export " + id)));
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
