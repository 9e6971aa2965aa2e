package org.exportrelay.testing;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;

/** An HTTP server on 127.0.0.1 that answers as a test tells it and remembers what it was asked. */
public final class LocalServer implements AutoCloseable {

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final CountDownLatch closed = new CountDownLatch(1);

    /** Starts on a free port; every path is 404 until {@link #answer} says otherwise. */
    public LocalServer() {
        this(null);
    }

    /** Starts on a free port, with TLS unless the context is null. */
    public LocalServer(SSLContext tls) {
        try {
            InetSocketAddress address = new InetSocketAddress("127.0.0.1", 0);
            server = tls == null ? HttpServer.create(address, 0) : HttpsServer.create(address, 0);
            if (server instanceof HttpsServer secured) {
                secured.setHttpsConfigurator(new HttpsConfigurator(tls));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        answer("/", body(404, "text/plain", "nothing here"));
        server.start();
    }

    /** Answers a path, and those below it, from now on. */
    public void answer(String path, HttpHandler handler) {
        try {
            server.removeContext(path);
        } catch (IllegalArgumentException isNew) {
            // Nothing to replace.
        }
        server.createContext(path, exchange -> {
            byte[] body = exchange.getRequestBody().readAllBytes();
            requests.add(new Request(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().toString(),
                    exchange.getRequestHeaders(),
                    body));
            exchange.setStreams(new ByteArrayInputStream(body), null);
            try (exchange) {
                handler.handle(exchange);
            }
        });
    }

    /** Answers a path with one handler after the other, the last one for good. */
    public void answer(String path, HttpHandler first, HttpHandler... then) {
        AtomicInteger asked = new AtomicInteger();
        answer(path, exchange -> {
            int time = asked.getAndIncrement();
            (time == 0 ? first : then[Math.min(time, then.length) - 1]).handle(exchange);
        });
    }

    /** A whole answer. */
    public static HttpHandler body(int status, String contentType, String body) {
        return body(status, contentType, body.getBytes(StandardCharsets.UTF_8));
    }

    /** A whole answer. */
    public static HttpHandler body(int status, String contentType, byte[] body) {
        return exchange -> {
            exchange.getResponseHeaders().set("Content-Type", contentType);
            exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
        };
    }

    /** A redirect. */
    public static HttpHandler redirect(int status, String location) {
        return exchange -> {
            exchange.getResponseHeaders().set("Location", location);
            exchange.sendResponseHeaders(status, -1);
        };
    }

    /** An answer that promises more bytes than come before the connection ends. */
    public static HttpHandler cut(byte[] start, long promised) {
        return exchange -> {
            exchange.sendResponseHeaders(200, promised);
            exchange.getResponseBody().write(start);
            exchange.getResponseBody().flush();
        };
    }

    /** No answer until the server closes. */
    public HttpHandler silent() {
        return exchange -> {
            try {
                closed.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
    }

    /** An answer that begins and then sends nothing more until the server closes. */
    public HttpHandler stalled(int status, byte[] start) {
        return exchange -> {
            exchange.sendResponseHeaders(status, start.length + 1L);
            exchange.getResponseBody().write(start);
            exchange.getResponseBody().flush();
            try {
                closed.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
    }

    /**
     * An answer that goes on for as long as someone reads it.
     *
     * @param announced what Content-Length says; 0 for none
     * @param sent counts the bytes
     */
    public static HttpHandler endless(int status, long announced, AtomicInteger sent) {
        return exchange -> {
            exchange.sendResponseHeaders(status, announced);
            byte[] piece = new byte[8192];
            while (!Thread.currentThread().isInterrupted()) {
                exchange.getResponseBody().write(piece);
                sent.addAndGet(piece.length);
            }
        };
    }

    /** The URL of a path with its query. */
    public URI url(String path) {
        return URI.create("http://" + authority() + path);
    }

    /** Its port on 127.0.0.1. */
    public int port() {
        return server.getAddress().getPort();
    }

    /** {@code 127.0.0.1:port}. */
    public String authority() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    /** What it was asked so far, oldest first. */
    public List<Request> requests() {
        return List.copyOf(requests);
    }

    /** How often it was asked for a path, with any query. */
    public long requests(String path) {
        return requests.stream()
                .filter(request -> request.target().replaceFirst("\\?.*", "").equals(path))
                .count();
    }

    @Override
    public void close() {
        closed.countDown();
        server.stop(0);
        threads.shutdownNow();
    }

    /**
     * A request.
     *
     * @param method such as {@code POST}
     * @param target path and query
     * @param headers as received
     * @param body as received
     */
    public record Request(String method, String target, Headers headers, byte[] body) {}
}
