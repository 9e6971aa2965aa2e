package org.exportrelay.poll;

/**
 * How a poll ended.
 *
 * @param routeId the route that polled
 * @param result what came of it
 */
public record PollOutcome(String routeId, Result result) {

    /** What came of a poll. */
    public enum Result {
        /** The list was read to its end. */
        READ,
        /** The API cannot be reached, refuses, or answers nonsense. */
        NO_API,
        /** The ledger, or something else on this side, failed. */
        FAILED
    }
}
