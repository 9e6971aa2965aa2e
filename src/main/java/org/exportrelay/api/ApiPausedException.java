package org.exportrelay.api;

import java.io.IOException;

/** No request was sent, since the API refuses or its limit is used up; see {@link ApiPause}. */
final class ApiPausedException extends IOException {

    private static final long serialVersionUID = 1L;

    ApiPausedException(String message) {
        super(message);
    }
}
