package org.exportrelay.delivery;

import java.util.Locale;

/** How far a delivery is. Every delivery ends in one of the last four. */
public enum DeliveryState {
    /** Never tried. */
    PENDING,
    /** Claimed by an instance. */
    IN_PROGRESS,
    /** Failed or released, and due again at its next attempt. */
    RETRYING,
    /** The destination has accepted it. */
    DELIVERED,
    /** Attempts used up, or a fault that a retry cannot cure; it waits for an operator. */
    PARKED,
    /** The export's URLs ran out first. */
    EXPIRED,
    /** Its route ended without handing the export to any endpoint, or an operator retired the destination. */
    SKIPPED;

    /** Whether only a replay changes it. */
    public boolean isFinal() {
        return this == DELIVERED || this == PARKED || this == EXPIRED || this == SKIPPED;
    }

    /** As the ledger and {@code status} write it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Reads what {@link #text} wrote. */
    public static DeliveryState of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }
}
