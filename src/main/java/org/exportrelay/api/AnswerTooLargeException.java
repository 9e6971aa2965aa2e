package org.exportrelay.api;

/** An answer is larger than the relay reads; a page with fewer exports may not be. */
final class AnswerTooLargeException extends UnusableAnswerException {

    private static final long serialVersionUID = 1L;

    AnswerTooLargeException(int limit) {
        super("the answer is larger than " + limit
                + " bytes, the limit of the relay; lower relay.poll.page-size, so that a page has fewer exports");
    }
}
