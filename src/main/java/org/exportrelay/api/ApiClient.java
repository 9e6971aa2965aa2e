package org.exportrelay.api;

import jakarta.inject.Inject;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.apache.camel.component.http.HttpClientConfigurer;
import org.apache.hc.client5.http.classic.ExecChain;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpStatus;
import org.apache.hc.core5.http.ProtocolException;
import org.apache.hc.core5.http.io.support.ClassicRequestBuilder;
import org.apache.hc.core5.util.Timeout;
import org.exportrelay.config.Durations;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.log.LogEvent;
import org.jboss.logging.Logger;

/**
 * Sends every request to the API, whichever route or class makes it, with the bearer key, within the
 * rate budget and the timeouts, and again after a failure that may pass. Routes refer to it as {@code
 * #bean:exportsApi} in {@code httpClientConfigurer}, so that the key never becomes part of a Camel
 * message.
 *
 * <p>What {@link TransientStatus} lists, timeouts, resets and cut bodies are tried again by a
 * {@link RetrySchedule}. Any other answer is returned to the caller. Thread-safe.
 */
@Singleton
@Named("exportsApi")
public final class ApiClient implements HttpClientConfigurer {

    private static final Logger LOG = Logger.getLogger(ApiClient.class);
    private static final Duration LONGEST_TURN = Duration.ofSeconds(65);
    private static final Duration PAUSE_AFTER_REFUSAL = Duration.ofMinutes(5);

    private final RelaySettings.Api settings;
    private final ApiKey key;
    private final RateBudget budget;
    private final ApiPause pause;
    private final ApiClock clock;
    private final HttpConnections connections;
    private final ApiMetrics metrics;
    private final AnswerReader reader;
    private final PageLimit pageLimit = new PageLimit();

    @Inject
    ApiClient(
            RelaySettings settings,
            ApiKey key,
            RateBudget budget,
            ApiPause pause,
            ApiClock clock,
            HttpConnections connections,
            ApiMetrics metrics) {
        this.settings = settings.api();
        this.key = key;
        this.budget = budget;
        this.pause = pause;
        this.clock = clock;
        this.connections = connections;
        this.metrics = metrics;
        this.reader = new AnswerReader(this.settings.timeout());
    }

    @Override
    public void configureHttpClient(HttpClientBuilder builder) {
        configure(builder, Purpose.LIST);
    }

    void configure(HttpClientBuilder builder, Purpose purpose) {
        Timeout timeout = Timeout.of(settings.timeout());
        connections.applyTo(builder, timeout);
        builder.setRetryStrategy(new StaleConnectionRetry())
                .disableRedirectHandling()
                .disableCookieManagement()
                .setUserAgent("export-relay")
                .setDefaultRequestConfig(RequestConfig.custom()
                        .setConnectionRequestTimeout(timeout)
                        .setConnectTimeout(timeout)
                        .setResponseTimeout(timeout)
                        .build())
                .addExecInterceptorFirst(
                        "exports-api", (request, scope, chain) -> call(purpose, request, scope, chain));
    }

    private ClassicHttpResponse call(
            Purpose purpose, ClassicHttpRequest request, ExecChain.Scope scope, ExecChain chain)
            throws IOException, HttpException {
        checkOrigin(request);
        RetrySchedule retries = new RetrySchedule();
        while (true) {
            awaitTurn(purpose);
            Optional<String> sent = key.current();
            ClassicHttpRequest limited = authorized(scope.originalRequest, sent);
            limited.setPath(pageLimit.applyTo(limited.getPath()));
            Duration wait;
            try {
                ClassicHttpResponse response = read(limited, scope, chain);
                metrics.answered(request.getPath(), response.getCode());
                Optional<Duration> retry = judge(response, sent, retries);
                if (retry.isEmpty()) {
                    return response;
                }
                wait = retry.get();
            } catch (AnswerTooLargeException e) {
                metrics.failed(request.getPath());
                if (!pageLimit.reduce(limited.getPath(), AnswerReader.LARGEST_ANSWER)) {
                    throw e;
                }
                wait = Duration.ZERO;
            } catch (IOException e) {
                metrics.failed(request.getPath());
                wait = judge(e, retries);
            }
            pause.await(wait);
        }
    }

    private ClassicHttpResponse read(ClassicHttpRequest request, ExecChain.Scope scope, ExecChain chain)
            throws IOException, HttpException {
        String target = request.getPath();
        ClassicHttpResponse response = reader.read(chain.proceed(request, scope), PageLimit.isSingle(target), scope);
        if (response.getCode() < HttpStatus.SC_REDIRECTION && response.getEntity() != null) {
            pageLimit.read(target, response.getEntity().getContentLength(), AnswerReader.LARGEST_ANSWER);
        }
        return response;
    }

    /** Waits for the rate limit, but not for hours: then no request is sent at all, and the log has the reason. */
    private void awaitTurn(Purpose purpose) throws IOException {
        Optional<String> paused = pause.reason(purpose);
        if (paused.isPresent()) {
            throw new ApiPausedException(paused.get());
        }
        for (Duration turn = budget.spendOrWait(purpose); !turn.isZero(); turn = budget.spendOrWait(purpose)) {
            // Checked each time: meanwhile others may have spent what was left of the day.
            if (turn.compareTo(LONGEST_TURN) > 0) {
                if (purpose == Purpose.URLS && budget.waiting(Purpose.LIST).compareTo(LONGEST_TURN) <= 0) {
                    pause.beginForUrls(turn, "their share of the relay's rate limit is used up; polls continue");
                } else {
                    pause.begin(turn, "the relay's share of its rate limit is used up");
                }
                throw new ApiPausedException(pause.reason(purpose).orElse("the rate limit is used up"));
            }
            pause.await(turn);
        }
    }

    /** Whether a request for a download URL would be sent without a wait, or would begin a pause, which is logged. */
    boolean mayRequestUrls() {
        if (pause.reasonForUrls().isPresent()) {
            return false;
        }
        Duration turn = budget.waiting(Purpose.URLS);
        return turn.isZero() || turn.compareTo(LONGEST_TURN) > 0;
    }

    /** Learns from an answer; returns how long to wait before the next attempt, if one is due. */
    private Optional<Duration> judge(ClassicHttpResponse response, Optional<String> sent, RetrySchedule retries) {
        int status = response.getCode();
        if (status < HttpStatus.SC_REDIRECTION) {
            clock.observe(response);
            pause.end();
        }
        budget.observe(response);
        if (status == HttpStatus.SC_UNAUTHORIZED && !key.current().equals(sent)) {
            LogEvent.API_KEY_REPLACED
                    .on(LOG)
                    .info("the API refused the key, which has been replaced meanwhile; trying again with the new one");
            return retries.immediately();
        }
        if (ApiFailures.isRefusal(status)) {
            pause.refused(PAUSE_AFTER_REFUSAL, "it refused the last request with " + status, () -> !key.current()
                    .equals(sent));
        }
        if (!TransientStatus.is(status)) {
            return Optional.empty();
        }
        Optional<Duration> wait = retries.next(RetryAfter.of(response, clock.instant()));
        wait.ifPresent(delay -> logRetry("the API answered " + status, delay));
        return wait;
    }

    /** Returns how long to wait before the next attempt, or throws the failure if none is due. */
    private Duration judge(IOException failure, RetrySchedule retries) throws IOException {
        boolean isFinal = failure instanceof UnusableAnswerException
                || failure instanceof ProxyRefusedException refused && !refused.isTransient();
        Optional<Duration> wait = isFinal ? Optional.empty() : retries.next(Optional.empty());
        if (wait.isEmpty() || pause.isStopping() || Thread.currentThread().isInterrupted()) {
            throw failure;
        }
        logRetry("the API cannot be reached (" + failure.getMessage() + ")", wait.get());
        return wait.get();
    }

    private static void logRetry(String failure, Duration wait) {
        Duration shown = Duration.ofSeconds(Math.max(1, wait.toSeconds()));
        LogEvent.API_RETRYING.on(LOG).infof("%s; trying again in %s", failure, Durations.text(shown));
    }

    /** The key goes to the API's own origin, whatever URL a route has. */
    private void checkOrigin(ClassicHttpRequest request) throws HttpException {
        URI base = settings.url();
        boolean isApi = base.getScheme().equalsIgnoreCase(request.getScheme())
                && base.getRawAuthority()
                        .equalsIgnoreCase(request.getAuthority().toString());
        if (!isApi) {
            throw new ProtocolException("a route uses #bean:exportsApi towards " + request.getAuthority()
                    + ", but the key is for " + base.getRawAuthority() + " only");
        }
    }

    private static ClassicHttpRequest authorized(ClassicHttpRequest original, Optional<String> bearer) {
        ClassicHttpRequest request = ClassicRequestBuilder.copy(original).build();
        bearer.ifPresent(secret -> request.setHeader(HttpHeaders.AUTHORIZATION, "Bearer " + secret));
        request.setHeader("X-Request-Id", UUID.randomUUID().toString());
        request.setHeader(HttpHeaders.ACCEPT, ContentType.APPLICATION_JSON.getMimeType());
        return request;
    }
}
