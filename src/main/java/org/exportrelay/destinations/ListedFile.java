package org.exportrelay.destinations;

/**
 * A file that a destination holds.
 *
 * @param location as the ledger records it
 * @param size in bytes; negative where the server does not report it
 */
public record ListedFile(String location, long size) {}
