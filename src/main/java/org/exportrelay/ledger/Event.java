package org.exportrelay.ledger;

import java.time.Instant;

/**
 * Something that happened, as the table {@code event} records it.
 *
 * @param id ascending as events are appended; 0 before
 * @param at when
 * @param kind what; a newer program's kinds are unknown to this one, so it is a text
 * @param actor the user, or {@link #RELAY}
 * @param destination null if it concerns no destination
 * @param exportId null if it concerns no export
 * @param fileId null if it concerns no file
 * @param deliveryId null if it concerns no delivery
 * @param attempt its number; null if it is no attempt
 * @param message one line without secrets
 * @param detail JSON; null if there is none
 */
public record Event(
        long id,
        Instant at,
        String kind,
        String actor,
        String destination,
        String exportId,
        Long fileId,
        String deliveryId,
        Integer attempt,
        String message,
        String detail) {

    /** The actor of what no person did. */
    public static final String RELAY = "relay";

    /** Something that the relay did, or met. */
    static Event of(EventKind kind, Instant at, String message) {
        return new Event(0, at, kind.text(), RELAY, null, null, null, null, null, message, null);
    }

    Event by(String who) {
        return new Event(id, at, kind, who, destination, exportId, fileId, deliveryId, attempt, message, detail);
    }

    Event to(String name) {
        return new Event(id, at, kind, actor, name, exportId, fileId, deliveryId, attempt, message, detail);
    }

    Event ofExport(String export) {
        return new Event(id, at, kind, actor, destination, export, fileId, deliveryId, attempt, message, detail);
    }

    Event ofDelivery(String export, Long file, String delivery, Integer number) {
        return new Event(id, at, kind, actor, destination, export, file, delivery, number, message, detail);
    }

    Event with(String json) {
        return new Event(id, at, kind, actor, destination, exportId, fileId, deliveryId, attempt, message, json);
    }
}
