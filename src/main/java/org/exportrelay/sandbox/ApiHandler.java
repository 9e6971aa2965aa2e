package org.exportrelay.sandbox;

import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** Answers the API's requests: checks the credentials, spends the budget, adds the faults. */
final class ApiHandler implements Site {

    private final AtomicLong lists = new AtomicLong();
    private final AtomicLong gets = new AtomicLong();

    private final Credentials credentials;
    private final RateLimit rateLimit;
    private final ApiResources resources;
    private final Faults faults;
    private final ConfiguredError configuredError;
    private final InstantSource clock;

    ApiHandler(
            Credentials credentials,
            RateLimit rateLimit,
            ApiResources resources,
            Faults faults,
            ConfiguredError configuredError,
            InstantSource clock) {
        this.credentials = credentials;
        this.rateLimit = rateLimit;
        this.resources = resources;
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
        if (ApiResources.isList(request)) {
            lists.incrementAndGet();
        } else if (ApiResources.isExport(request)) {
            gets.incrementAndGet();
        }
    }

    /** The answer with the headers of the budget, which every answer has. */
    private Reply limited(Request request) {
        Optional<String> authorization = request.header("Authorization");
        Optional<ErrorBody> refusal = credentials.refusal(authorization);
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
                .map(ApiReply::error)
                .orElseGet(() -> faulty(request, credentials.isOauth(authorization)));
        Map<String, String> headers = new LinkedHashMap<>(budget.headers());
        headers.putAll(reply.headers());
        return reply.with(headers);
    }

    /** An error that spends no request. */
    private Reply free(ErrorBody error) {
        return ApiReply.error(error).with(rateLimit.current().headers());
    }

    private Reply faulty(Request request, boolean oauth) {
        return switch (faults.ofApi(ApiResources.isList(request))) {
            case NONE -> resources.answer(request, oauth, 0);
            case RATE_LIMITED -> rateLimitedByOthers();
            case INTERNAL_ERROR -> ApiReply.error(DocumentedError.INTERNAL_ERROR.body());
            case CUT_BODY -> resources.answer(request, oauth, 0).sent(Reply.Sending.CUT);
            case STALL -> resources.answer(request, oauth, 0).sent(Reply.Sending.STALLED);
            case SHIFTED_PAGE -> resources.answer(request, oauth, faults.shift());
        };
    }

    private Reply rateLimitedByOthers() {
        String reset = Long.toString(clock.instant().getEpochSecond() + 1);
        return ApiReply.error(ErrorBody.rateLimited("minute", 1))
                .with(Map.of("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", reset));
    }
}
