package org.exportrelay.console;

import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import org.jboss.logging.Logger;

/** A client that receives server-sent events. Only one thread at a time sends. */
final class StreamClient {

    private static final Logger LOG = Logger.getLogger(StreamClient.class);
    /** Without events, so that proxies and clients know that the connection lives. */
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(15);

    private final HttpServerResponse response;
    private final Duration lifetime;
    private final long startedAt = System.nanoTime();
    private volatile long sentAt = startedAt;
    private volatile long position;
    private volatile boolean failed;

    StreamClient(HttpServerResponse response, Duration lifetime, long position) {
        this.response = response;
        this.lifetime = lifetime;
        this.position = position;
    }

    /** What it has received last. */
    long position() {
        return position;
    }

    void movedTo(long reached) {
        position = reached;
    }

    /** Whether it has had its time, does not read, or is gone. */
    boolean isOver() {
        return isGone() || failed || System.nanoTime() - startedAt > lifetime.toNanos() || response.writeQueueFull();
    }

    boolean isGone() {
        return response.ended() || response.closed();
    }

    /** Nothing, if there is no text, but that the connection lives. */
    void send(String text) {
        boolean isIdle = text.isEmpty() && System.nanoTime() - sentAt > KEEP_ALIVE.toNanos();
        if (isIdle || !text.isEmpty()) {
            sentAt = System.nanoTime();
            isolated(() -> response.write(isIdle ? ":\n\n" : text));
        }
    }

    void end() {
        if (!isGone()) {
            isolated(response::end);
        }
    }

    /** A client that ends meanwhile must not stop what the others receive. */
    private void isolated(Runnable action) {
        try {
            action.run();
        } catch (RuntimeException e) {
            failed = true;
            LOG.debug("a client of a stream failed", e);
        }
    }
}
