package org.exportrelay.download;

/**
 * Why files cannot be downloaded now.
 *
 * @param limit that they would exceed
 * @param bytes that are missing
 * @param reason for the log
 */
record Shortage(Limit limit, long bytes, String reason) {

    /** What leaves no room for an export. */
    enum Limit {
        /** The free space of the disk. */
        DISK,
        /** {@code relay.spool.max-size}. */
        MAX_SIZE,
        /** The share of files that are only kept. */
        KEPT_SHARE,
        /** The room that is held for an export that is about to expire. */
        HELD,
        /** The usable space of the disk is 0 or cannot be read: no reason to drop anything. */
        UNKNOWN
    }

    /** Whether it ends when any files leave the spool. */
    boolean isOfRoom() {
        return limit == Limit.DISK || limit == Limit.MAX_SIZE;
    }
}
