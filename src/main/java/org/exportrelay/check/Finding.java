package org.exportrelay.check;

import org.exportrelay.ledger.DeliveredFiles.DeliveredFile;

/**
 * A difference between the ledger and what a destination holds.
 *
 * @param kind what it is
 * @param destination whose delivery it is, or for whose deliveries the directory was listed
 * @param location where
 * @param delivered what was delivered there; null if the ledger knows of nothing
 * @param size of the file that is there; null if there is none, or the destination does not report it
 * @param sha256 of the file that is there; null if it was not compared
 * @param text in words
 */
public record Finding(
        Kind kind,
        String destination,
        String location,
        DeliveredFile delivered,
        Long size,
        String sha256,
        String text) {

    /** What differs. */
    public enum Kind {
        /** It was delivered, and is not there. */
        MISSING,
        /** The file that is there has another size or checksum. */
        DIFFERENT,
        /** The file is there, and the ledger knows nothing of it. */
        UNKNOWN,
        /** It could not be compared. */
        UNCHECKED
    }
}
