package org.exportrelay.sandbox;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One answer of either server.
 *
 * @param body shared, for reading only
 * @param sending how much of the body reaches the client
 */
record Reply(int status, Map<String, String> headers, byte[] body, Sending sending) {

    /** What happens to the body on its way. */
    enum Sending {
        WHOLE,
        /** Half of it, then the connection closes. */
        CUT,
        /** Half of it, then silence. */
        STALLED
    }

    /** How long a stalled answer keeps its connection, unless the sandbox closes before. */
    private static final long STALL_MILLIS = 120_000;

    static Reply of(int status, String contentType, byte[] body) {
        return new Reply(status, Map.of("Content-Type", contentType), body, Sending.WHOLE);
    }

    Reply with(String header, String value) {
        return with(Map.of(header, value));
    }

    Reply with(Map<String, String> more) {
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.putAll(more);
        return new Reply(status, all, body, sending);
    }

    Reply sent(Sending other) {
        return new Reply(status, headers, body, other);
    }

    /**
     * Answers the request and ends it. A stalled answer holds the calling thread; that its client
     * has left does not show on this side, as nothing is written any more.
     */
    void sendTo(HttpExchange exchange) throws IOException {
        try (exchange) {
            headers.forEach(exchange.getResponseHeaders()::set);
            if (exchange.getRequestMethod().equals("HEAD")) {
                exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
                exchange.sendResponseHeaders(status, -1);
                return;
            }
            exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
            OutputStream out = exchange.getResponseBody();
            out.write(body, 0, sending == Sending.WHOLE ? body.length : body.length / 2);
            out.flush();
            if (sending == Sending.STALLED) {
                stall();
            }
        }
    }

    private static void stall() {
        try {
            Thread.sleep(STALL_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
