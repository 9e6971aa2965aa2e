package org.exportrelay.sandbox;

/** What one of the two servers answers. Thread-safe. */
interface Site {

    /** May take as long as it takes to generate a file. */
    Reply answer(Request request);

    /** To what is not HTTP, or has a URL that cannot be read. */
    Reply malformedUrl();

    /** To a request at which {@link #answer} threw an exception. */
    Reply internalError();
}
