package org.exportrelay.routes;

import org.exportrelay.ledger.Backfill;

/**
 * Something that the route files on disk would change.
 *
 * @param kind what changes
 * @param subject a file, or {@code exports:NAME}
 * @param text what follows
 * @param backfill the deliveries that are created at once
 */
public record PlannedChange(Kind kind, String subject, String text, Backfill backfill) {

    /** What changes. */
    public enum Kind {
        FILE_ADDED,
        FILE_CHANGED,
        FILE_REMOVED,
        DESTINATION_NEW,
        DESTINATION_CHANGED,
        DESTINATION_ORPHANED
    }

    static PlannedChange of(Kind kind, String subject, String text) {
        return new PlannedChange(kind, subject, text, Backfill.NONE);
    }
}
