package org.exportrelay.delivery;

/**
 * What verification found in a complete download.
 *
 * @param fileId the ledger's key
 * @param sha256 lower-case hex
 * @param records CSV records without the header; null if the file is not CSV
 */
public record VerifiedFile(long fileId, String sha256, Long records) {}
