package org.exportrelay.ledger;

import java.util.List;

/**
 * What happened to an export, or to one of its files or deliveries, and what follows.
 *
 * @param exportId the export
 * @param exportName may be null
 * @param notes about the export itself: why it has no deliveries, for what its manifests wait, or why it has none
 * @param deliveries newest file first
 * @param events what happened, in order
 */
public record Explanation(
        String exportId, String exportName, List<Note> notes, List<OfDelivery> deliveries, List<Event> events) {

    /**
     * Why something of an export has no delivery.
     *
     * @param cause what it is
     * @param text more about it; may be empty
     */
    public record Note(Cause cause, String text) {}

    /**
     * A delivery.
     *
     * @param row how far it is
     * @param cause why it is so
     * @param reason the relay's or the server's words; empty if there are none
     * @param next what happens next, and when
     * @param loss what is lost if nobody acts, and when
     * @param action what to do
     */
    public record OfDelivery(Status.Row row, Cause cause, String reason, String next, String loss, String action) {}
}
