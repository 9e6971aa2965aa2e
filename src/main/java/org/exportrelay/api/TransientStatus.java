package org.exportrelay.api;

/** The one rule about which HTTP answers are worth a retry, for the API, its store and webhooks. */
public final class TransientStatus {

    private static final int REQUEST_TIMEOUT = 408;
    private static final int TOO_EARLY = 425;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int SERVER_ERRORS = 500;

    private TransientStatus() {}

    /** Whether the same request may succeed later: 408, 425, 429 and every 5xx. */
    public static boolean is(int status) {
        return status == REQUEST_TIMEOUT
                || status == TOO_EARLY
                || status == TOO_MANY_REQUESTS
                || status >= SERVER_ERRORS;
    }
}
