package org.exportrelay.destinations.azure;

import com.azure.core.http.HttpClient;
import com.azure.core.http.HttpHeader;
import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.HttpHeaders;
import com.azure.core.http.HttpRequest;
import com.azure.core.http.HttpResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.util.Iterator;
import java.util.stream.Stream;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.io.entity.EntityTemplate;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.Timeout;
import org.exportrelay.api.HttpConnections;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Carries the requests of Azure's library over the relay's own connections, so that the same proxies and certificates hold as
 * for all others. Sends a body piece by piece; answers, which are short, are in memory. Thread-safe.
 */
final class BlobHttpClient implements HttpClient {

    /** The longest wait for a connection, and for each part of an answer. */
    private static final Timeout TIMEOUT = Timeout.ofSeconds(60);

    private static final int PIECES_AHEAD = 2;

    private final CloseableHttpClient client;

    BlobHttpClient(HttpConnections connections) {
        HttpClientBuilder builder = HttpClientBuilder.create();
        connections.applyTo(builder, TIMEOUT);
        client = builder.disableAutomaticRetries()
                .disableRedirectHandling()
                .disableCookieManagement()
                .disableContentCompression()
                .disableAuthCaching()
                .setDefaultRequestConfig(RequestConfig.custom()
                        .setConnectionRequestTimeout(TIMEOUT)
                        .setConnectTimeout(TIMEOUT)
                        .setResponseTimeout(TIMEOUT)
                        .build())
                .build();
    }

    @Override
    public Mono<HttpResponse> send(HttpRequest request) {
        return Mono.fromCallable(() -> execute(request)).subscribeOn(Schedulers.boundedElastic());
    }

    /** Without the cause, whose text has the whole URL with its signature. */
    private static URI url(HttpRequest request) throws IOException {
        try {
            return request.getUrl().toURI();
        } catch (URISyntaxException e) {
            throw new IOException("the URL of the blob is not valid; check azure.endpoint and azure.sas-token");
        }
    }

    private HttpResponse execute(HttpRequest request) throws IOException {
        URI url = url(request);
        HttpUriRequestBase sent = new HttpUriRequestBase(request.getHttpMethod().toString(), url);
        for (HttpHeader header : request.getHeaders()) {
            // The client itself sends that of the body.
            if (!header.getName().equalsIgnoreCase(HttpHeaderName.CONTENT_LENGTH.getCaseInsensitiveName())) {
                header.getValuesList().forEach(value -> sent.addHeader(header.getName(), value));
            }
        }
        Flux<ByteBuffer> body = request.getBody();
        if (body != null) {
            String length = request.getHeaders().getValue(HttpHeaderName.CONTENT_LENGTH);
            sent.setEntity(new EntityTemplate(
                    length == null ? -1 : Long.parseLong(length), null, null, out -> write(body, out)));
        }
        return client.execute(sent, answer -> answer(request, answer));
    }

    private static void write(Flux<ByteBuffer> body, OutputStream out) throws IOException {
        // Closing the stream closes the file if the connection breaks.
        try (Stream<ByteBuffer> pieces = body.toStream(PIECES_AHEAD)) {
            WritableByteChannel channel = Channels.newChannel(out);
            for (Iterator<ByteBuffer> all = pieces.iterator(); all.hasNext(); ) {
                channel.write(all.next().duplicate());
            }
        }
    }

    private static HttpResponse answer(HttpRequest request, ClassicHttpResponse answer) throws IOException {
        HttpHeaders headers = new HttpHeaders();
        for (Header header : answer.getHeaders()) {
            headers.add(HttpHeaderName.fromString(header.getName()), header.getValue());
        }
        byte[] body = answer.getEntity() == null ? new byte[0] : EntityUtils.toByteArray(answer.getEntity());
        return new BlobHttpAnswer(request, answer.getCode(), headers, body);
    }

    void close() {
        client.close(CloseMode.GRACEFUL);
    }
}
