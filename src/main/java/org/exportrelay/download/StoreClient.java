package org.exportrelay.download;

import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.apache.camel.util.function.ThrowingConsumer;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.io.SocketConfig;
import org.apache.hc.core5.util.Timeout;
import org.exportrelay.api.HttpConnections;
import org.exportrelay.api.RetryAfter;
import org.exportrelay.api.TransientStatus;
import org.exportrelay.api.WebUrl;
import org.exportrelay.config.Durations;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;

/**
 * Downloads files from the object store, from allowed hosts only, also after a redirect. It sends no header of the API:
 * the query of the URL is the credential. Thread-safe.
 */
@Singleton
class StoreClient {

    private static final int MOST_REDIRECTS = 5;

    private final DownloadHosts hosts;
    private final SizeLimits limits;
    private final Optional<DownloadRate> rate;
    private final CloseableHttpClient http;
    private final LongAdder received = new LongAdder();

    @Inject
    StoreClient(RelaySettings settings, SizeLimits limits, HttpConnections connections) {
        RelaySettings.Download download = settings.download();
        Timeout stall = Timeout.of(download.stallTimeout());
        this.hosts = new DownloadHosts(download.allowedHosts());
        this.limits = limits;
        this.rate = download.maxRate().map(most -> new DownloadRate(most.bytes(), download.parallel()));
        HttpClientBuilder client = HttpClients.custom();
        connections.applyTo(client, stall);
        this.http = client.setConnectionManager(connections
                        .connectionManager()
                        .setMaxConnTotal(download.parallel())
                        .setMaxConnPerRoute(download.parallel())
                        .setDefaultSocketConfig(
                                SocketConfig.custom().setSoTimeout(stall).build())
                        .setDefaultConnectionConfig(ConnectionConfig.custom()
                                .setConnectTimeout(Timeout.of(settings.api().timeout()))
                                .setSocketTimeout(stall)
                                .build())
                        .build())
                .setDefaultRequestConfig(
                        RequestConfig.custom().setResponseTimeout(stall).build())
                // The spool keeps the bytes as they are stored, so the client must not decode them.
                .disableContentCompression()
                .disableRedirectHandling()
                .disableAutomaticRetries()
                .disableCookieManagement()
                .disableAuthCaching()
                .setUserAgent("export-relay")
                .build();
    }

    /** The answer of the store. */
    enum Answer {
        /** The file is complete. */
        DOWNLOADED,
        /** A 4xx that is not transient: the URL ended early, or its file is gone. */
        REFUSED
    }

    /**
     * Downloads a file to its end: the rest of it if the store proves that the part on disk belongs to the same object,
     * otherwise all of it.
     *
     * @param url signed; no message shows it
     * @param partial what is on disk, before and after this call, also if it fails
     * @throws BadContentException if more bytes come than the API listed
     * @throws DeliveryException if the host or the size is not allowed
     * @throws IOException if the connection, the store or the disk failed, or nothing was received for {@code
     *     relay.download.stall-timeout}
     */
    Answer download(WebUrl url, PartialFile partial) throws BadContentException, DeliveryException, IOException {
        String filename = partial.file().safeName();
        WebUrl next = url;
        for (int hop = 0; hop <= MOST_REDIRECTS; hop++) {
            hosts.check(filename, next.address());
            long from = partial.isResumable() ? partial.bytes() : 0;
            HttpGet get = request(next, partial, from);
            try {
                ClassicHttpResponse response = http.executeOpen(null, get, null);
                int status = response.getCode();
                if (status == 200) {
                    partial.begin(Validators.of(response), response.getEntity().getContentLength());
                    save(response, partial, 0);
                    return Answer.DOWNLOADED;
                }
                if (from > 0 && status == 206 && Validators.continues(response, partial, from)) {
                    save(response, partial, from);
                    return Answer.DOWNLOADED;
                }
                if (from > 0 && (status == 206 || status == 416)) {
                    // Another object, or other bytes, than those on disk.
                    partial.startAfresh();
                    continue;
                }
                Optional<WebUrl> redirect = redirect(filename, next, response);
                if (redirect.isEmpty()) {
                    return Answer.REFUSED;
                }
                next = redirect.get();
            } finally {
                // Closing the response instead would read an unread body to its end, however long it is.
                get.cancel();
            }
        }
        throw tooManyRedirects();
    }

    /**
     * Reads a file from its beginning, as far as the reader does.
     *
     * @param url signed; no message shows it
     * @param filename for messages
     * @param reader of the bytes as they are stored
     * @return false if the store refuses the URL: {@link Answer#REFUSED}
     * @throws DeliveryException if the host is not allowed
     * @throws IOException if the connection or the store failed, or nothing was received for {@code
     *     relay.download.stall-timeout}; or what the reader throws
     */
    boolean read(WebUrl url, String filename, ThrowingConsumer<InputStream, IOException> reader)
            throws DeliveryException, IOException {
        WebUrl next = url;
        for (int hop = 0; hop <= MOST_REDIRECTS; hop++) {
            hosts.check(filename, next.address());
            HttpGet get = request(next);
            try {
                ClassicHttpResponse response = http.executeOpen(null, get, null);
                if (response.getCode() == 200) {
                    reader.accept(unclosed(body(response)));
                    return true;
                }
                Optional<WebUrl> redirect = redirect(filename, next, response);
                if (redirect.isEmpty()) {
                    return false;
                }
                next = redirect.get();
            } finally {
                // Closing the response instead would read an unread body to its end, however long it is.
                get.cancel();
            }
        }
        throw tooManyRedirects();
    }

    private InputStream body(ClassicHttpResponse response) throws IOException {
        InputStream body = response.getEntity().getContent();
        return rate.isPresent() ? rate.get().limit(body) : body;
    }

    /** Closing a body would read it to its end. */
    private static InputStream unclosed(InputStream body) {
        return new FilterInputStream(body) {
            @Override
            public void close() {
                // The request is cancelled instead.
            }
        };
    }

    private static IOException tooManyRedirects() {
        return new IOException("the store redirected more than " + MOST_REDIRECTS + " times");
    }

    private static HttpGet request(WebUrl url) {
        HttpGet get = new HttpGet(url.address());
        get.setPath(url.target());
        // Asks for the stored bytes also where the store would otherwise expand them.
        get.setHeader(HttpHeaders.ACCEPT_ENCODING, "gzip, identity");
        return get;
    }

    private static HttpGet request(WebUrl url, PartialFile partial, long from) {
        HttpGet get = request(url);
        if (from > 0) {
            get.setHeader(HttpHeaders.RANGE, "bytes=" + from + "-");
            get.setHeader(HttpHeaders.IF_RANGE, partial.validator());
        }
        return get;
    }

    private void save(ClassicHttpResponse response, PartialFile partial, long from)
            throws IOException, BadContentException, DeliveryException {
        long limit = limits.of(partial.file());
        if (from + response.getEntity().getContentLength() > limit) {
            refuse(partial);
        }
        long total = from;
        byte[] buffer = new byte[Buffers.sizeFor(response.getEntity().getContentLength())];
        // Not closed, since that would read the body to its end, however long it is.
        InputStream body = body(response);
        try (OutputStream file = from > 0
                ? Files.newOutputStream(partial.path(), StandardOpenOption.APPEND)
                : Files.newOutputStream(partial.path())) {
            for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
                total += n;
                if (total > limit) {
                    refuse(partial);
                }
                file.write(buffer, 0, n);
                received.add(n);
            }
        }
        partial.complete();
    }

    private void refuse(PartialFile partial) throws BadContentException, DeliveryException {
        partial.startAfresh();
        limits.refuse(partial.file());
    }

    private static boolean isRedirect(int status) {
        return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    }

    /** Where an answer without a file leads; empty if it refuses the URL. */
    private static Optional<WebUrl> redirect(String filename, WebUrl from, ClassicHttpResponse response)
            throws DeliveryException, IOException {
        int status = response.getCode();
        if (status >= 400 && status < 500 && !TransientStatus.is(status)) {
            return Optional.empty();
        }
        if (!isRedirect(status)) {
            throw failed(status, response);
        }
        Header location = response.getFirstHeader(HttpHeaders.LOCATION);
        if (location == null) {
            throw new DeliveryException(
                    FailureAction.RETRY, "the store redirected " + filename + " without the header Location");
        }
        try {
            return Optional.of(from.resolve(location.getValue()));
        } catch (IllegalArgumentException e) {
            throw new DeliveryException(
                    FailureAction.RETRY, "the store redirected " + filename + " to something that is not a URL");
        }
    }

    private static IOException failed(int status, ClassicHttpResponse response) {
        Optional<Duration> wait = RetryAfter.of(response, Instant.now());
        String message = "the store answered " + status
                + wait.map(asked ->
                                " and asked to retry after " + Durations.text(asked.truncatedTo(ChronoUnit.SECONDS)))
                        .orElse("");
        return TransientStatus.is(status) ? new StoreUnavailableException(message, wait) : new IOException(message);
    }

    /** Bytes of files that were received since the start. */
    long received() {
        return received.sum();
    }

    @PreDestroy
    void close() throws IOException {
        http.close();
    }
}
