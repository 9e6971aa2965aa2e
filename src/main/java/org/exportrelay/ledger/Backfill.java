package org.exportrelay.ledger;

/**
 * The deliveries of the past that a destination would receive.
 *
 * @param deliveries how many
 * @param bytes of their files, as far as the API lists sizes
 * @param exports to which they belong: the API is asked at most once for the URLs of each
 */
public record Backfill(long deliveries, long bytes, long exports) {

    /** No deliveries. */
    public static final Backfill NONE = new Backfill(0, 0, 0);
}
