package org.exportrelay.api;

import jakarta.inject.Inject;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.camel.component.http.HttpClientConfigurer;
import org.apache.hc.client5.http.classic.ExecChain;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.ProtocolException;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.support.ClassicRequestBuilder;
import org.apache.hc.core5.http.message.BasicClassicHttpResponse;
import org.apache.hc.core5.util.Timeout;
import org.exportrelay.config.Durations;
import org.exportrelay.config.RelaySettings;
import org.jboss.logging.Logger;

/**
 * What every call to the API gets, whichever route or class makes it: the bearer key, the rate
 * budget, time-outs, and retries. Routes refer to it as {@code #bean:exportsApi} in
 * {@code httpClientConfigurer}, so that the key never becomes part of a Camel message.
 *
 * <p>429, 5xx, time-outs, resets and cut bodies are tried again after 1, 2, 4, 8, 16 and 30 s with 0
 * to 500 ms of jitter, or when {@code Retry-After} says so; the API's documentation recommends
 * exactly this. Any other answer is the caller's.
 */
@Singleton
@Named("exportsApi")
public final class ApiClient implements HttpClientConfigurer {

    private static final Logger LOG = Logger.getLogger(ApiClient.class);
    private static final int[] BACKOFF_SECONDS = {1, 2, 4, 8, 16, 30};
    private static final int JITTER_MILLIS = 500;
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Duration LONGEST_TURN = Duration.ofSeconds(65);
    private static final Duration PROBE = Duration.ofMinutes(5);
    private static final int BUFFER = 16 * 1024;
    /** Far above any page of 100 exports; an answer beyond it is not a list of exports. */
    private static final int LARGEST_ANSWER = 16 * 1024 * 1024;

    private final RelaySettings.Api settings;
    private final ApiKey key;
    private final RateBudget budget;
    private final ApiPause pause;

    @Inject
    ApiClient(RelaySettings settings, ApiKey key, RateBudget budget, ApiPause pause) {
        this.settings = settings.api();
        this.key = key;
        this.budget = budget;
        this.pause = pause;
    }

    @Override
    public void configureHttpClient(HttpClientBuilder builder) {
        Timeout timeout = Timeout.of(settings.timeout());
        builder.disableAutomaticRetries()
                .disableRedirectHandling()
                .disableCookieManagement()
                .setUserAgent("export-relay")
                .setDefaultRequestConfig(RequestConfig.custom()
                        .setConnectionRequestTimeout(timeout)
                        .setConnectTimeout(timeout)
                        .setResponseTimeout(timeout)
                        .build())
                .addExecInterceptorFirst("exports-api", this::call);
    }

    private ClassicHttpResponse call(ClassicHttpRequest request, ExecChain.Scope scope, ExecChain chain)
            throws IOException, HttpException {
        checkOrigin(request);
        long giveUp = System.nanoTime() + PATIENCE.toNanos();
        for (int attempt = 0; ; attempt++) {
            awaitTurn();
            Duration wait;
            Optional<String> sent = key.current();
            try {
                ClassicHttpResponse response =
                        buffered(chain.proceed(authorized(scope.originalRequest, sent), scope), scope);
                budget.observe(response);
                if (response.getCode() == 401 && !key.current().equals(sent) && attempt < BACKOFF_SECONDS.length) {
                    LOG.info(
                            "the API refused the key, which has been replaced meanwhile; asking again with the new one");
                    continue;
                }
                judge(response.getCode(), sent);
                wait = retryDelay(attempt, retryAfter(response));
                if (!TransientStatus.is(response.getCode()) || isLast(attempt, wait, giveUp)) {
                    return response;
                }
                LOG.infof("the API answered %d; asking again in %s", response.getCode(), Durations.text(rounded(wait)));
            } catch (IOException e) {
                wait = retryDelay(attempt, null);
                if (pause.isStopping() || Thread.currentThread().isInterrupted() || isLast(attempt, wait, giveUp)) {
                    throw e;
                }
                LOG.infof(
                        "the API cannot be reached (%s); asking again in %s",
                        e.getMessage(), Durations.text(rounded(wait)));
            }
            pause.await(wait);
        }
    }

    /** Waits for the rate limit, but not for hours: then nobody asks, and that is said. */
    private void awaitTurn() throws IOException {
        Optional<String> paused = pause.reason();
        if (paused.isPresent()) {
            throw new ApiPausedException(paused.get());
        }
        for (Duration turn = budget.spendOrWait(); !turn.isZero(); turn = budget.spendOrWait()) {
            // Asked each time: meanwhile others may have spent what was left of the day.
            if (turn.compareTo(LONGEST_TURN) > 0) {
                pause.begin(Instant.now().plus(turn), "the relay's share of its rate limit is used up");
                throw new ApiPausedException(pause.reason().orElse("the rate limit is used up"));
            }
            pause.await(turn);
        }
    }

    /** A refusal stops all asking; a new key, or a request now and then as a probe, ends the pause. */
    private void judge(int status, Optional<String> sent) {
        if (status == 400 || status == 401 || status == 403) {
            pause.begin(Instant.now().plus(PROBE), "it refused the last request with " + status, () -> !key.current()
                    .equals(sent));
        } else if (status < 400) {
            pause.end();
        }
    }

    /** The key goes to the API's own origin, whatever a route asks for. */
    private void checkOrigin(ClassicHttpRequest request) throws HttpException {
        URI base = settings.url();
        boolean toApi = base.getScheme().equalsIgnoreCase(request.getScheme())
                && base.getRawAuthority()
                        .equalsIgnoreCase(request.getAuthority().toString());
        if (!toApi) {
            throw new ProtocolException("a route uses #bean:exportsApi towards " + request.getAuthority()
                    + ", but the key is for " + base.getRawAuthority() + " only");
        }
    }

    private ClassicHttpRequest authorized(ClassicHttpRequest original, Optional<String> bearer) {
        ClassicHttpRequest request = ClassicRequestBuilder.copy(original).build();
        bearer.ifPresent(secret -> request.setHeader(HttpHeaders.AUTHORIZATION, "Bearer " + secret));
        request.setHeader("X-Request-Id", UUID.randomUUID().toString());
        request.setHeader(HttpHeaders.ACCEPT, ContentType.APPLICATION_JSON.getMimeType());
        return request;
    }

    /** Reads the body here, so that a cut one counts as a failed call and is tried again. */
    private ClassicHttpResponse buffered(ClassicHttpResponse response, ExecChain.Scope scope)
            throws IOException, HttpException {
        HttpEntity entity = response.getEntity();
        if (entity == null) {
            return response;
        }
        try (response) {
            byte[] body = read(entity.getContent(), scope);
            BasicClassicHttpResponse complete =
                    new BasicClassicHttpResponse(response.getCode(), response.getReasonPhrase());
            complete.setHeaders(response.getHeaders());
            complete.setEntity(new ByteArrayEntity(body, ContentType.parseLenient(entity.getContentType())));
            return complete;
        }
    }

    /** Each read has its time-out; all together must end too, or an answer that drips would never. */
    private byte[] read(InputStream content, ExecChain.Scope scope) throws IOException, HttpException {
        long deadline = System.nanoTime() + settings.timeout().multipliedBy(2).toNanos();
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        byte[] buffer = new byte[BUFFER];
        for (int n = content.read(buffer); n >= 0; n = content.read(buffer)) {
            body.write(buffer, 0, n);
            if (body.size() > LARGEST_ANSWER) {
                // Closing the answer would read it to its end, however long it is.
                scope.execRuntime.discardEndpoint();
                throw new ProtocolException("the answer is larger than " + LARGEST_ANSWER + " bytes");
            }
            if (System.nanoTime() > deadline) {
                scope.execRuntime.discardEndpoint();
                throw new IOException(
                        "its answer took longer than twice relay.api.timeout=" + Durations.text(settings.timeout()));
            }
        }
        return body.toByteArray();
    }

    private static boolean isLast(int attempt, Duration wait, long giveUp) {
        return attempt >= BACKOFF_SECONDS.length || System.nanoTime() + wait.toNanos() > giveUp;
    }

    private static Duration retryDelay(int attempt, Duration retryAfter) {
        int seconds = BACKOFF_SECONDS[Math.min(attempt, BACKOFF_SECONDS.length - 1)];
        Duration base = retryAfter != null ? retryAfter : Duration.ofSeconds(seconds);
        return base.plusMillis(ThreadLocalRandom.current().nextInt(JITTER_MILLIS + 1));
    }

    private static Duration retryAfter(ClassicHttpResponse response) {
        Header header = response.getFirstHeader(HttpHeaders.RETRY_AFTER);
        return RetryAfter.parse(header == null ? null : header.getValue(), Instant.now())
                .orElse(null);
    }

    private static Duration rounded(Duration wait) {
        return Duration.ofSeconds(Math.max(1, wait.toSeconds()));
    }
}
