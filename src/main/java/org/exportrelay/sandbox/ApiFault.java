package org.exportrelay.sandbox;

/** The ways in which an answer of the API fails. */
enum ApiFault {
    NONE,
    /** 429, as if the organisation's other users had spent the budget; it lasts 1 s. */
    RATE_LIMITED,
    /** 500. */
    INTERNAL_ERROR,
    /** Half of the body, then the connection closes. */
    CUT_BODY,
    /** Half of the body, then nothing more. */
    STALL,
    /** A page shifted by some entries, as when the list changes between two requests. */
    SHIFTED_PAGE
}
