package org.exportrelay.sandbox;

/** The ways in which a download goes wrong. */
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
    /** As many bytes as promised, some of them wrong; a fresh download is right again. */
    CORRUPT_GZIP
}
