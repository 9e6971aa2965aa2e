package org.exportrelay.sandbox;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;

/**
 * Writes one reply in portions, as fast as its client reads: a large file is not copied as a whole.
 * Used by the event loop of its connection only.
 */
final class ReplyWriter {

    private static final int PORTION = 64 * 1024;

    /** How long a stalled answer keeps its connection, unless its client or the sandbox closes it. */
    private static final long STALL_MILLIS = 120_000;

    private final Vertx vertx;
    private final Reply reply;
    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final int end;
    private int written;

    ReplyWriter(Vertx vertx, Reply reply, HttpServerRequest request) {
        this.vertx = vertx;
        this.reply = reply;
        this.request = request;
        this.response = request.response();
        this.end = reply.sending().whole() ? reply.body().length : reply.body().length / 2;
    }

    void start() {
        response.setStatusCode(reply.status());
        reply.headers().forEach(response::putHeader);
        response.putHeader("Content-Length", Integer.toString(reply.body().length));
        if (request.method().equals(HttpMethod.HEAD)) {
            response.end();
            return;
        }
        write();
    }

    private void write() {
        while (written < end && !response.closed()) {
            if (response.writeQueueFull()) {
                response.drainHandler(drained -> write());
                return;
            }
            int length = Math.min(PORTION, end - written);
            response.write(Buffer.buffer(length).appendBytes(reply.body(), written, length));
            written += length;
        }
        if (!response.closed()) {
            finish();
        }
    }

    private void finish() {
        switch (reply.sending()) {
            case WHOLE -> response.end();
            case LAST -> response.end().onComplete(sent -> close());
            case CUT -> close();
            case STALLED -> vertx.setTimer(STALL_MILLIS, over -> close());
        }
    }

    /** Follows what has been written, in the order of the event loop. */
    private void close() {
        request.connection().close();
    }
}
