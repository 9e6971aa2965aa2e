package org.exportrelay.download;

import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.io.SocketConfig;
import org.apache.hc.core5.util.Timeout;
import org.exportrelay.api.TransientStatus;
import org.exportrelay.config.AllowedHost;
import org.exportrelay.config.Loopback;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;

/**
 * Fetches files from the object store. Only allow-listed hosts are asked, also after a redirect, and
 * no header of the API goes there: the URL's query is the credential. Thread-safe.
 */
@Singleton
class StoreClient {

    private static final int MOST_REDIRECTS = 5;

    private final List<AllowedHost> allowedHosts;
    private final SizeLimits limits;
    private final CloseableHttpClient http;

    @Inject
    StoreClient(RelaySettings settings, SizeLimits limits) {
        RelaySettings.Download download = settings.download();
        Timeout stall = Timeout.of(download.stallTimeout());
        this.allowedHosts = download.allowedHosts();
        this.limits = limits;
        this.http = HttpClients.custom()
                .setConnectionManager(PoolingHttpClientConnectionManagerBuilder.create()
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
                // The bytes are wanted as they are stored, so nothing may be decoded on the way.
                .disableContentCompression()
                .disableRedirectHandling()
                .disableAutomaticRetries()
                .disableCookieManagement()
                .disableAuthCaching()
                .setUserAgent("export-relay")
                .build();
    }

    /** What the store answered. */
    enum Answer {
        /** The file has come to its end. */
        DOWNLOADED,
        /** 4xx: the URL is refused, since it ended early or its file is gone. */
        REFUSED
    }

    /**
     * Downloads a file to its end: what is missing of it, where a part is there and the store proves
     * that it is a part of the same object, else the whole.
     *
     * @param url signed; no message shows it
     * @param partial what is there; afterwards what has come so far, also if this fails
     * @throws BadContentException if more bytes come than the API listed
     * @throws DeliveryException if the host or the size is not allowed
     * @throws IOException if the connection, the store or the disk failed, or nothing came for
     *     {@code relay.download.stall-timeout}
     */
    Answer download(URI url, PartialFile partial) throws BadContentException, DeliveryException, IOException {
        String filename = partial.file().safeName();
        URI next = url;
        for (int hop = 0; hop <= MOST_REDIRECTS; hop++) {
            checkAllowed(filename, next);
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
                    // Another object, or other bytes, than those that are here.
                    partial.startAfresh();
                    continue;
                }
                if (status >= 400 && status < 500 && !TransientStatus.is(status)) {
                    return Answer.REFUSED;
                }
                if (!isRedirect(status)) {
                    throw new IOException("the store answered " + status);
                }
                next = redirect(filename, next, response.getFirstHeader(HttpHeaders.LOCATION));
            } finally {
                // Cuts what is not read to its end; closing the response would read it all, however long it is.
                get.cancel();
            }
        }
        throw new IOException("the store redirected more than " + MOST_REDIRECTS + " times");
    }

    private static HttpGet request(URI url, PartialFile partial, long from) {
        HttpGet get = new HttpGet(url);
        // Asks for the stored bytes also where the store would otherwise expand them.
        get.setHeader(HttpHeaders.ACCEPT_ENCODING, "gzip, identity");
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
        // The body is not closed but left to the response, since closing it would read it to its end.
        InputStream body = response.getEntity().getContent();
        try (OutputStream file = from > 0
                ? Files.newOutputStream(partial.path(), StandardOpenOption.APPEND)
                : Files.newOutputStream(partial.path())) {
            for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
                total += n;
                if (total > limit) {
                    refuse(partial);
                }
                file.write(buffer, 0, n);
            }
        }
        partial.complete();
    }

    private void refuse(PartialFile partial) throws BadContentException, DeliveryException {
        partial.startAfresh();
        limits.refuse(partial.file());
    }

    private void checkAllowed(String filename, URI url) throws DeliveryException {
        if (!Loopback.isSafe(url)) {
            throw new DeliveryException(
                    FailureAction.PARK,
                    "the download URL of " + filename + " is not https (" + url.getScheme() + "://" + url.getHost()
                            + "); the relay fetches nothing unencrypted");
        }
        if (allowedHosts.stream().noneMatch(host -> host.matches(url))) {
            throw new DeliveryException(
                    FailureAction.PARK,
                    "the download URL of " + filename + " leads to " + url.getAuthority()
                            + ", which relay.download.allowed-hosts does not list (" + listed()
                            + "); add it there if it is the API's store, then replay");
        }
    }

    private String listed() {
        return allowedHosts.stream()
                .map(host -> host.port() == -1 ? host.host() : host.host() + ":" + host.port())
                .collect(Collectors.joining(", "));
    }

    private static boolean isRedirect(int status) {
        return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    }

    private static URI redirect(String filename, URI from, Header location) throws DeliveryException {
        try {
            return from.resolve(location == null ? "" : location.getValue());
        } catch (IllegalArgumentException e) {
            throw new DeliveryException(
                    FailureAction.RETRY, "the store redirected " + filename + " to something that is not a URL");
        }
    }

    @PreDestroy
    void close() throws IOException {
        http.close();
    }
}
