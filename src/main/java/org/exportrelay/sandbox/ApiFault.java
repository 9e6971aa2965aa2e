package org.exportrelay.sandbox;

/** The ways in which an answer of the API goes wrong. */
enum ApiFault {
    NONE,
    /** 429, as when the organisation's other users have spent the budget; over after 1 s. */
    RATE_LIMITED,
    /** 500. */
    INTERNAL_ERROR,
    /** Half of the body, then the connection closes. */
    CUT_BODY,
    /** Half of the body, then nothing more. */
    STALL,
    /** A page some entries off, as when the list moves between two requests. */
    SHIFTED_PAGE
}
