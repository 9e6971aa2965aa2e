package org.exportrelay.delivery;

/**
 * What a destination has received, where that is not the verified file itself.
 *
 * @param size in bytes
 * @param sha256 lower-case hex
 */
public record DeliveredContent(long size, String sha256) {}
