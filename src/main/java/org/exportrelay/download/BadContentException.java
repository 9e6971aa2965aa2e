package org.exportrelay.download;

/** The store sent other bytes than the API promised: wrong size, corrupt gzip, too few records. */
final class BadContentException extends Exception {

    private static final long serialVersionUID = 1L;

    BadContentException(String message) {
        super(message);
    }
}
