package org.exportrelay.check;

/**
 * What came of one try.
 *
 * @param status how it ended
 * @param subject what was tried, such as {@code exports:partner -> sftp://host/inbox}; no secret
 * @param text what worked, or what failed and what to check
 */
public record CheckResult(Status status, String subject, String text) {

    /** How a try ended. */
    public enum Status {
        OK,
        NOT_TRIED,
        /** It works, but not for long. */
        WARNING,
        FAILED,
        /** The exports API cannot be used. */
        API_FAILED
    }
}
