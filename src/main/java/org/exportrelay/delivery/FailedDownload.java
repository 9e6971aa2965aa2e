package org.exportrelay.delivery;

/**
 * A delivery whose download failed.
 *
 * @param destination where to
 * @param file what
 * @param attempt this one
 * @param settlement what became of it
 */
public record FailedDownload(Destination destination, ExportFile file, int attempt, DeliveryOutcome settlement) {}
