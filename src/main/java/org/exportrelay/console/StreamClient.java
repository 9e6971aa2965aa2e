package org.exportrelay.console;

import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;

/** A client that receives server-sent events. Only one thread at a time sends. */
final class StreamClient {

    /** Without events, so that proxies and clients know that the connection lives. */
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(15);
    /** Then the client connects again, and is checked again: its user may be gone. */
    private static final Duration LONGEST = Duration.ofMinutes(15);

    private final HttpServerResponse response;
    private final long startedAt = System.nanoTime();
    private volatile long sentAt = startedAt;
    private volatile long position;

    StreamClient(HttpServerResponse response, long position) {
        this.response = response;
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
        return System.nanoTime() - startedAt > LONGEST.toNanos() || response.writeQueueFull() || response.closed();
    }

    /** Nothing, if there is no text, but that the connection lives. */
    void send(String text) {
        boolean isIdle = text.isEmpty() && System.nanoTime() - sentAt > KEEP_ALIVE.toNanos();
        if (isIdle || !text.isEmpty()) {
            sentAt = System.nanoTime();
            response.write(isIdle ? ":\n\n" : text);
        }
    }

    void end() {
        response.end();
    }
}
