package org.exportrelay.ledger;

/**
 * A delivery whose download failed.
 *
 * @param destination where to
 * @param file what
 * @param attempt this one
 * @param settlement what became of it
 */
public record FailedWait(Destination destination, ExportFile file, int attempt, Settlement settlement) {}
