package org.exportrelay.delivery;

import java.time.Duration;
import java.time.Instant;

/** How near the expiry of an export is: the one rule for what is downloaded first, and what may be dropped. */
public enum ExpiryMargin {
    /** Within the hour: it comes before the exports of other destinations, and room is held for it. */
    IN_DANGER(Duration.ofHours(1)),
    /** Within the day: it is downloaded in any case, since it is safe in the spool, and is the last to be dropped. */
    SOON(Duration.ofDays(1));

    private final Duration length;

    ExpiryMargin(Duration length) {
        this.length = length;
    }

    /**
     * The end of the margin.
     *
     * @param now by the API's clock
     */
    public Instant end(Instant now) {
        return now.plus(length);
    }

    /**
     * Whether an export expires within the margin, or has expired.
     *
     * @param expiresAt null if it never expires
     * @param now by the API's clock
     */
    public boolean contains(Instant expiresAt, Instant now) {
        return expiresAt != null && !expiresAt.isAfter(end(now));
    }
}
