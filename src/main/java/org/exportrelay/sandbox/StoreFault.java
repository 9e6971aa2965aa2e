package org.exportrelay.sandbox;

/** The ways in which a download fails. */
enum StoreFault {
    NONE,
    /** 500. */
    INTERNAL_ERROR,
    /** 503. */
    UNAVAILABLE,
    /** 403 for a URL that should still be valid. */
    EXPIRED_URL,
    /** Half of the body, then the connection closes. */
    CUT_BODY,
    /** Half of the body, then nothing more. */
    STALL,
    /** The right number of bytes, some of them wrong; the next download is intact. */
    CORRUPT_GZIP
}
