package org.exportrelay.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class RateLimitTest {

    private static final SandboxOptions THREE_A_MINUTE = SandboxOptions.defaults()
            .withExports(0)
            .withArrivalPeriod(Duration.ZERO)
            .withRequestsPerMinute(3)
            .withRequestsPerDay(5);

    private final MovableClock clock = new MovableClock(Instant.parse("2026-02-17T12:00:15.250Z"));

    @Test
    void statesTheDocumentedLimitsByDefault() throws Exception {
        try (Sandbox sandbox = Sandbox.start(SandboxOptions.defaults(), clock)) {
            assertThat(limits(new Caller(sandbox).get("/v1/account")))
                    .isEqualTo(List.of(60L, 59L, 1771329660L, 5000L, 4999L));
        }
    }

    @Test
    void refusesMoreThanTheMinutesRequestsUntilTheNextMinute() throws Exception {
        try (Sandbox sandbox = Sandbox.start(THREE_A_MINUTE, clock)) {
            Caller caller = new Caller(sandbox);
            for (long left = 2; left >= 0; left--) {
                HttpResponse<String> answer = caller.get("/v1/exports");
                assertThat(answer.statusCode()).isEqualTo(200);
                assertThat(limits(answer)).isEqualTo(List.of(3L, left, 1771329660L, 5L, left + 2));
            }

            HttpResponse<String> refused = caller.get("/v1/exports");

            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(refused.headers().firstValue("Retry-After")).hasValue("45");
            JsonNode error = Caller.error(refused);
            assertThat(error.get("code").asText()).isEqualTo("rate_limit_exceeded");
            assertThat(error.get("message").asText())
                    .isEqualTo("Too many requests. Please retry after the specified time.");
            assertThat(error.get("details").get("limit_type").asText()).isEqualTo("minute");
            assertThat(error.get("details").get("retry_after").intValue()).isEqualTo(45);
            assertThat(limits(refused)).isEqualTo(List.of(3L, 0L, 1771329660L, 5L, 2L));

            clock.advance(Duration.ofSeconds(45));
            assertThat(caller.get("/v1/exports").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void refusesMoreThanTheDaysRequestsUntilMidnight() throws Exception {
        try (Sandbox sandbox = Sandbox.start(THREE_A_MINUTE, clock)) {
            Caller caller = new Caller(sandbox);
            for (int i = 0; i < 5; i++) {
                clock.advance(Duration.ofMinutes(1));
                assertThat(caller.get("/v1/exports").statusCode()).isEqualTo(200);
            }
            clock.advance(Duration.ofMinutes(1));

            HttpResponse<String> refused = caller.get("/v1/account");

            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(Caller.error(refused).get("details").get("limit_type").asText())
                    .isEqualTo("day");
            long seconds =
                    Long.parseLong(refused.headers().firstValue("Retry-After").orElseThrow());
            assertThat(Caller.error(refused).get("details").get("retry_after").longValue())
                    .isEqualTo(seconds);

            clock.advance(Duration.ofSeconds(seconds));
            assertThat(caller.get("/v1/account").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void statesTheLimitsInErrorsAndChargesNothingWithoutAKey() throws Exception {
        try (Sandbox sandbox = Sandbox.start(THREE_A_MINUTE, clock)) {
            Caller caller = new Caller(sandbox);

            assertThat(limits(caller.send(caller.anonymous("/v1/exports")))).startsWith(3L, 3L);
            assertThat(limits(caller.get("/v1/exports?limit=0"))).startsWith(3L, 2L);
            assertThat(limits(caller.get("/nowhere"))).startsWith(3L, 1L);
        }
    }

    @Test
    void allowsNoMoreWhenRequestsAreConcurrent() throws Exception {
        RateLimit limit = new RateLimit(THREE_A_MINUTE, clock);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        List<Future<Boolean>> refusals = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            refusals.add(threads.submit(() -> limit.spend().refusal().isPresent()));
        }
        threads.shutdown();
        int granted = 0;
        for (Future<Boolean> refused : refusals) {
            granted += refused.get() ? 0 : 1;
        }

        assertThat(granted).isEqualTo(3);
    }

    private static List<Long> limits(HttpResponse<String> answer) {
        Map<String, List<String>> headers = answer.headers().map();
        return List.of(
                        "x-ratelimit-limit",
                        "x-ratelimit-remaining",
                        "x-ratelimit-reset",
                        "x-ratelimit-day-limit",
                        "x-ratelimit-day-remaining")
                .stream()
                .map(name -> Long.parseLong(headers.get(name).get(0)))
                .toList();
    }
}
