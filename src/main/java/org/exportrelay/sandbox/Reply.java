package org.exportrelay.sandbox;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One answer of either server.
 *
 * @param headers in the case in which they are sent
 * @param body shared, for reading only
 * @param sending how much of the body reaches the client
 */
record Reply(int status, Map<String, String> headers, byte[] body, Sending sending) {

    /** How much of a body is sent, and what happens to the connection afterwards. */
    enum Sending {
        WHOLE,
        /** All of it, then the connection closes. */
        LAST,
        /** Half of it, then the connection closes. */
        CUT,
        /** Half of it, then nothing more. */
        STALLED;

        boolean whole() {
            return this == WHOLE || this == LAST;
        }
    }

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
}
