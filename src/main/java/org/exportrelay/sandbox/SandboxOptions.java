package org.exportrelay.sandbox;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How a sandbox behaves. Start from {@link #defaults()} and change what matters.
 *
 * @param port the API's port on 127.0.0.1, 0 to 65535; 0 takes a free one. The store always takes a
 *     free one
 * @param exports finished exports that exist at start, 0 to 100,000
 * @param arrivalPeriod time between new exports: zero for none, otherwise at least 10 ms
 * @param faults share of answers that go wrong, 0 to 1; a tenth of it is the share of exports whose
 *     first file is damaged for good
 * @param seed the same seed gives the same key and the same exports with the same contents
 * @param urlLifetime time from an export's creation to the end of its URLs, more than zero and at
 *     most 7 days, the longest that the simulated object store signs for
 * @param minRecords fewest records of a generated export, at least 1
 * @param maxRecords most records of a generated export, {@code minRecords} to 1,000,000 (the API's
 *     limit for an export)
 * @param requestsPerMinute API requests allowed a minute, at least 1
 * @param requestsPerDay API requests allowed a day, at least 1
 * @param newestFirst whether the list starts with the newest export; the API's documentation leaves
 *     the order open
 */
public record SandboxOptions(
        int port,
        int exports,
        Duration arrivalPeriod,
        double faults,
        long seed,
        Duration urlLifetime,
        int minRecords,
        int maxRecords,
        int requestsPerMinute,
        int requestsPerDay,
        boolean newestFirst) {

    private static final Duration SHORTEST_ARRIVAL_PERIOD = Duration.ofMillis(10);
    private static final Duration LONGEST_URL_LIFETIME = Duration.ofDays(7);
    private static final int MOST_EXPORTS = 100_000;
    private static final int MOST_RECORDS = 1_000_000;

    /**
     * @throws IllegalArgumentException if a value is outside its range; the message names the value
     *     and the range
     */
    public SandboxOptions {
        require(port >= 0 && port <= 65_535, "port", port, "0 to 65535, 0 for a free one");
        require(exports >= 0 && exports <= MOST_EXPORTS, "exports", exports, "0 to " + MOST_EXPORTS);
        require(
                arrivalPeriod != null
                        && (arrivalPeriod.isZero() || arrivalPeriod.compareTo(SHORTEST_ARRIVAL_PERIOD) >= 0),
                "arrivalPeriod",
                arrivalPeriod,
                "zero for no arrivals, or at least " + SHORTEST_ARRIVAL_PERIOD.toMillis() + " ms");
        require(faults >= 0 && faults <= 1, "faults", faults, "0 to 1");
        require(
                urlLifetime != null
                        && urlLifetime.compareTo(Duration.ZERO) > 0
                        && urlLifetime.compareTo(LONGEST_URL_LIFETIME) <= 0,
                "urlLifetime",
                urlLifetime,
                "more than zero and at most " + LONGEST_URL_LIFETIME.toDays() + " days");
        require(minRecords >= 1 && minRecords <= MOST_RECORDS, "minRecords", minRecords, "1 to " + MOST_RECORDS);
        require(
                maxRecords >= minRecords && maxRecords <= MOST_RECORDS,
                "maxRecords",
                maxRecords,
                "minRecords (" + minRecords + ") to " + MOST_RECORDS);
        require(requestsPerMinute >= 1, "requestsPerMinute", requestsPerMinute, "at least 1");
        require(requestsPerDay >= 1, "requestsPerDay", requestsPerDay, "at least 1");
    }

    /**
     * A free port, 12 exports of 100 to 20,000 records, one more every 4 s, no faults, URLs for 7
     * days, the documented rate limits of 60 requests a minute and 5,000 a day, newest first, and a
     * seed drawn anew at each call.
     */
    public static SandboxOptions defaults() {
        return new SandboxOptions(
                0,
                12,
                Duration.ofSeconds(4),
                0,
                ThreadLocalRandom.current().nextLong(),
                LONGEST_URL_LIFETIME,
                100,
                20_000,
                60,
                5_000,
                true);
    }

    /** A copy with another {@link #port}. */
    public SandboxOptions withPort(int port) {
        return new SandboxOptions(
                port,
                exports,
                arrivalPeriod,
                faults,
                seed,
                urlLifetime,
                minRecords,
                maxRecords,
                requestsPerMinute,
                requestsPerDay,
                newestFirst);
    }

    /** A copy with another {@link #exports}. */
    public SandboxOptions withExports(int exports) {
        return new SandboxOptions(
                port,
                exports,
                arrivalPeriod,
                faults,
                seed,
                urlLifetime,
                minRecords,
                maxRecords,
                requestsPerMinute,
                requestsPerDay,
                newestFirst);
    }

    /** A copy with another {@link #arrivalPeriod}. */
    public SandboxOptions withArrivalPeriod(Duration arrivalPeriod) {
        return new SandboxOptions(
                port,
                exports,
                arrivalPeriod,
                faults,
                seed,
                urlLifetime,
                minRecords,
                maxRecords,
                requestsPerMinute,
                requestsPerDay,
                newestFirst);
    }

    /** A copy with another {@link #faults}. */
    public SandboxOptions withFaults(double faults) {
        return new SandboxOptions(
                port,
                exports,
                arrivalPeriod,
                faults,
                seed,
                urlLifetime,
                minRecords,
                maxRecords,
                requestsPerMinute,
                requestsPerDay,
                newestFirst);
    }

    /** A copy with another {@link #seed}. */
    public SandboxOptions withSeed(long seed) {
        return new SandboxOptions(
                port,
                exports,
                arrivalPeriod,
                faults,
                seed,
                urlLifetime,
                minRecords,
                maxRecords,
                requestsPerMinute,
                requestsPerDay,
                newestFirst);
    }

    /** A copy with another {@link #urlLifetime}. */
    public SandboxOptions withUrlLifetime(Duration urlLifetime) {
        return new SandboxOptions(
                port,
                exports,
                arrivalPeriod,
                faults,
                seed,
                urlLifetime,
                minRecords,
                maxRecords,
                requestsPerMinute,
                requestsPerDay,
                newestFirst);
    }

    /** A copy with another {@link #minRecords}. */
    public SandboxOptions withMinRecords(int minRecords) {
        return new SandboxOptions(
                port,
                exports,
                arrivalPeriod,
                faults,
                seed,
                urlLifetime,
                minRecords,
                maxRecords,
                requestsPerMinute,
                requestsPerDay,
                newestFirst);
    }

    /** A copy with another {@link #maxRecords}. */
    public SandboxOptions withMaxRecords(int maxRecords) {
        return new SandboxOptions(
                port,
                exports,
                arrivalPeriod,
                faults,
                seed,
                urlLifetime,
                minRecords,
                maxRecords,
                requestsPerMinute,
                requestsPerDay,
                newestFirst);
    }

    /** A copy with another {@link #requestsPerMinute}. */
    public SandboxOptions withRequestsPerMinute(int requestsPerMinute) {
        return new SandboxOptions(
                port,
                exports,
                arrivalPeriod,
                faults,
                seed,
                urlLifetime,
                minRecords,
                maxRecords,
                requestsPerMinute,
                requestsPerDay,
                newestFirst);
    }

    /** A copy with another {@link #requestsPerDay}. */
    public SandboxOptions withRequestsPerDay(int requestsPerDay) {
        return new SandboxOptions(
                port,
                exports,
                arrivalPeriod,
                faults,
                seed,
                urlLifetime,
                minRecords,
                maxRecords,
                requestsPerMinute,
                requestsPerDay,
                newestFirst);
    }

    /** A copy with another {@link #newestFirst}. */
    public SandboxOptions withNewestFirst(boolean newestFirst) {
        return new SandboxOptions(
                port,
                exports,
                arrivalPeriod,
                faults,
                seed,
                urlLifetime,
                minRecords,
                maxRecords,
                requestsPerMinute,
                requestsPerDay,
                newestFirst);
    }

    private static void require(boolean valid, String name, Object value, String range) {
        if (!valid) {
            throw new IllegalArgumentException("the sandbox's " + name + " is " + value + "; it must be " + range);
        }
    }
}
