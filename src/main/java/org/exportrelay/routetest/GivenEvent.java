package org.exportrelay.routetest;

import java.util.Set;
import org.exportrelay.ledger.EventKind;

/**
 * An event that the ledger records before a test, for routes that notify.
 *
 * @param kind what happened
 * @param destination null if it concerns none
 * @param message one line
 */
public record GivenEvent(EventKind kind, String destination, String message) {

    /** Its keys in a test file. */
    static final Set<String> KEYS = Set.of("event", "destination", "message");
}
