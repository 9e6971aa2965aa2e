package org.exportrelay.delivery;

/**
 * A destination as its route describes it.
 *
 * @param name unique among the running routes; the key of its rows
 * @param pattern which exports it wants
 * @param needsFile whether its deliveries wait for the downloaded file, or only for a URL
 * @param backfill whether it also wants exports completed before it existed
 * @param retries when its failed deliveries are tried again
 */
public record Destination(String name, NamePattern pattern, boolean needsFile, boolean backfill, RetryPolicy retries) {}
