package org.exportrelay.api;

/** What a request to the API is for. */
enum Purpose {
    /** The list of exports, as polls and other routes read it. */
    LIST,
    /** Download URLs that are missing, refused or about to end. */
    URLS
}
