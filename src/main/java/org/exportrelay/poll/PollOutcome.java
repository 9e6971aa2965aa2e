package org.exportrelay.poll;

import java.util.List;
import java.util.Locale;
import org.exportrelay.api.RejectedEntry;

/**
 * How a poll ended.
 *
 * @param routeId the route that polled
 * @param result whether the list was read, and if not, what failed
 * @param rejected the exports on the pages of this poll that could not be read, each once; nothing of
 *     them is delivered
 * @param withoutUrls the ids of completed exports on these pages that have not expired, but have no download URLs yet
 * @param isIncomplete whether the API promises exports that its list does not have
 */
public record PollOutcome(
        String routeId, Result result, List<RejectedEntry> rejected, List<String> withoutUrls, boolean isIncomplete) {

    /** Whether the list was read, and if not, what failed. */
    public enum Result {
        /** The list was read to its end. */
        READ,
        /** The API cannot be reached, refuses, or answers something else than it documents. */
        NO_API,
        /** The ledger, or something else on this side, failed. */
        FAILED;

        /** As metrics and traces show it. */
        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
