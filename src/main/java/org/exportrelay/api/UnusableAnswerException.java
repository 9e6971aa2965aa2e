package org.exportrelay.api;

import java.io.IOException;

/** The API's answer arrived, but cannot be used, and would be the same again; the message ends in what to do. */
sealed class UnusableAnswerException extends IOException permits AnswerTooLargeException {

    private static final long serialVersionUID = 1L;

    UnusableAnswerException(String message) {
        super(message);
    }
}
