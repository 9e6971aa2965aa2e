package org.exportrelay.sandbox;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.net.URI;
import java.time.InstantSource;
import java.util.concurrent.CompletionException;
import org.jboss.logging.Logger;

/**
 * An HTTP/1.1 server on 127.0.0.1. Header names reach the client in the case in which a {@link Reply}
 * has them, and malformed requests are answered by the {@link Site} too: the JDK's own server allows
 * neither. Event loops read and write; the sites work on worker threads.
 */
final class WebServer {

    static final String HOST = "127.0.0.1";

    private static final Logger LOG = Logger.getLogger(WebServer.class);

    private static final int WORKERS = 8;

    /** A signed URL with a long file name in an Asian script is longer than the default of 4 KiB. */
    private static final int LONGEST_URL = 64 * 1024;

    private final Vertx vertx;
    private final InstantSource clock;
    private final Site site;
    private final HttpServer server;

    private WebServer(Vertx vertx, InstantSource clock, Site site, HttpServer server) {
        this.vertx = vertx;
        this.clock = clock;
        this.site = site;
        this.server = server;
    }

    /** The threads of both servers, all of them daemons; needs no directory for temporary files. */
    static Vertx threads() {
        return Vertx.vertx(new VertxOptions()
                .setEventLoopPoolSize(2)
                .setWorkerPoolSize(WORKERS)
                .setUseDaemonThread(true)
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false)));
    }

    /**
     * Opens the port and answers from then on, until {@code vertx} is closed.
     *
     * @param port 0 for any free one
     * @param clock what the {@code Date} header states
     * @throws CompletionException if the port cannot be opened; the cause has the reason
     */
    static WebServer start(Vertx vertx, int port, InstantSource clock, Site site) {
        WebServer server = new WebServer(
                vertx,
                clock,
                site,
                vertx.createHttpServer(new HttpServerOptions()
                        .setHost(HOST)
                        .setPort(port)
                        .setHttp2ClearTextEnabled(false)
                        .setHandle100ContinueAutomatically(true)
                        .setMaxInitialLineLength(LONGEST_URL)));
        server.server.requestHandler(server::receive).invalidRequestHandler(server::refuse);
        server.server.listen().toCompletionStage().toCompletableFuture().join();
        return server;
    }

    /** Without a path: {@code http://127.0.0.1:PORT}. */
    URI url() {
        return URI.create("http://" + HOST + ":" + server.actualPort());
    }

    private void receive(HttpServerRequest exchange) {
        Request request;
        try {
            request = Request.of(exchange);
        } catch (IllegalArgumentException e) {
            send(site.malformedUrl(), exchange);
            return;
        }
        vertx.executeBlocking(() -> site.answer(request), false)
                .onSuccess(reply -> send(reply, exchange))
                .onFailure(failure -> {
                    LOG.errorf(failure, "sandbox: %s %s failed; answering 500", request.method(), request.path());
                    send(site.internalError(), exchange);
                });
    }

    /** After a request that is not HTTP, the rest of its connection cannot be read either. */
    private void refuse(HttpServerRequest exchange) {
        send(site.malformedUrl().sent(Reply.Sending.LAST), exchange);
    }

    private void send(Reply reply, HttpServerRequest exchange) {
        new ReplyWriter(vertx, reply.with("Date", HttpDate.text(clock.instant())), exchange).start();
    }
}
