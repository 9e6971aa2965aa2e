package org.exportrelay.sandbox;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/**
 * How a sandbox behaves. Start from {@link #defaults()} and change what matters.
 *
 * @param port the API's port on 127.0.0.1, 0 to 65534; the store takes the next one. 0 takes two free
 *     ones
 * @param exports finished exports that exist at start, 0 to 100,000
 * @param arrivalPeriod time between new exports: zero for none, otherwise at least 10 ms
 * @param faults share of answers that fail, 0 to 1; a tenth of it is the share of exports whose first
 *     file is corrupt in every download
 * @param error what the API answers instead of what was requested; empty: nothing
 * @param errorShare share of the API's answers that are the {@code error}, 0 to 1. An exceeded rate
 *     limit lasts until the minute or the day ends, so that more answers may be refused
 * @param seed the same seed gives the same key and the same exports with the same contents
 * @param urlLifetime time from an export's creation until its URLs expire, more than zero and at most
 *     7 days, the longest that the simulated object store signs for
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
        Optional<DocumentedError> error,
        double errorShare,
        long seed,
        Duration urlLifetime,
        int minRecords,
        int maxRecords,
        int requestsPerMinute,
        int requestsPerDay,
        boolean newestFirst) {

    private static final Duration SHORTEST_ARRIVAL_PERIOD = Duration.ofMillis(10);
    private static final Duration LONGEST_URL_LIFETIME = Duration.ofDays(7);
    private static final int HIGHEST_PORT = 65_534;
    private static final int MOST_EXPORTS = 100_000;
    private static final int MOST_RECORDS = 1_000_000;
    private static final int DRAWN_SEEDS = 1_000_000_000;

    /**
     * @throws IllegalArgumentException if a value is outside its range; the message names the value
     *     and the range
     */
    public SandboxOptions {
        require(
                port >= 0 && port <= HIGHEST_PORT,
                "port",
                port,
                "1 to " + HIGHEST_PORT + " (the store takes the next one), or 0 for free ones");
        require(exports >= 0 && exports <= MOST_EXPORTS, "exports", exports, "0 to " + MOST_EXPORTS);
        require(
                arrivalPeriod != null
                        && (arrivalPeriod.isZero() || arrivalPeriod.compareTo(SHORTEST_ARRIVAL_PERIOD) >= 0),
                "arrivalPeriod",
                arrivalPeriod,
                "zero for no arrivals, or at least " + SHORTEST_ARRIVAL_PERIOD.toMillis() + " ms");
        require(faults >= 0 && faults <= 1, "faults", faults, "0 to 1");
        require(errorShare >= 0 && errorShare <= 1, "errorShare", errorShare, "0 to 1");
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
     * Free ports, 12 exports of 100 to 20,000 records, one more every 4 s, no faults, no error, URLs
     * for 7 days, the documented rate limits of 60 requests a minute and 5,000 a day, newest first, and
     * a new random seed of at most nine digits at each call.
     */
    public static SandboxOptions defaults() {
        return new SandboxOptions(
                0,
                12,
                Duration.ofSeconds(4),
                0,
                Optional.empty(),
                1,
                ThreadLocalRandom.current().nextInt(DRAWN_SEEDS),
                LONGEST_URL_LIFETIME,
                100,
                20_000,
                60,
                5_000,
                true);
    }

    /** The store's port: the one after the API's, or 0 for a free one. */
    int storePort() {
        return port == 0 ? 0 : port + 1;
    }

    /** A copy with another {@link #port}. */
    public SandboxOptions withPort(int port) {
        return with(values -> values.port = port);
    }

    /** A copy with another {@link #exports}. */
    public SandboxOptions withExports(int exports) {
        return with(values -> values.exports = exports);
    }

    /** A copy with another {@link #arrivalPeriod}. */
    public SandboxOptions withArrivalPeriod(Duration arrivalPeriod) {
        return with(values -> values.arrivalPeriod = arrivalPeriod);
    }

    /** A copy with another {@link #faults}. */
    public SandboxOptions withFaults(double faults) {
        return with(values -> values.faults = faults);
    }

    /** A copy with another {@link #error}. */
    public SandboxOptions withError(DocumentedError error) {
        return with(values -> values.error = Optional.of(error));
    }

    /** A copy with another {@link #errorShare}. */
    public SandboxOptions withErrorShare(double errorShare) {
        return with(values -> values.errorShare = errorShare);
    }

    /** A copy with another {@link #seed}. */
    public SandboxOptions withSeed(long seed) {
        return with(values -> values.seed = seed);
    }

    /** A copy with another {@link #urlLifetime}. */
    public SandboxOptions withUrlLifetime(Duration urlLifetime) {
        return with(values -> values.urlLifetime = urlLifetime);
    }

    /** A copy with another {@link #minRecords}. */
    public SandboxOptions withMinRecords(int minRecords) {
        return with(values -> values.minRecords = minRecords);
    }

    /** A copy with another {@link #maxRecords}. */
    public SandboxOptions withMaxRecords(int maxRecords) {
        return with(values -> values.maxRecords = maxRecords);
    }

    /** A copy with another {@link #requestsPerMinute}. */
    public SandboxOptions withRequestsPerMinute(int requestsPerMinute) {
        return with(values -> values.requestsPerMinute = requestsPerMinute);
    }

    /** A copy with another {@link #requestsPerDay}. */
    public SandboxOptions withRequestsPerDay(int requestsPerDay) {
        return with(values -> values.requestsPerDay = requestsPerDay);
    }

    /** A copy with another {@link #newestFirst}. */
    public SandboxOptions withNewestFirst(boolean newestFirst) {
        return with(values -> values.newestFirst = newestFirst);
    }

    private SandboxOptions with(Consumer<Values> change) {
        Values values = new Values(this);
        change.accept(values);
        return values.options();
    }

    private static void require(boolean valid, String name, Object value, String range) {
        if (!valid) {
            throw new IllegalArgumentException("the sandbox's " + name + " is " + value + "; it must be " + range);
        }
    }

    /** The options while a copy is made. */
    private static final class Values {

        private int port;
        private int exports;
        private Duration arrivalPeriod;
        private double faults;
        private Optional<DocumentedError> error;
        private double errorShare;
        private long seed;
        private Duration urlLifetime;
        private int minRecords;
        private int maxRecords;
        private int requestsPerMinute;
        private int requestsPerDay;
        private boolean newestFirst;

        Values(SandboxOptions options) {
            port = options.port;
            exports = options.exports;
            arrivalPeriod = options.arrivalPeriod;
            faults = options.faults;
            error = options.error;
            errorShare = options.errorShare;
            seed = options.seed;
            urlLifetime = options.urlLifetime;
            minRecords = options.minRecords;
            maxRecords = options.maxRecords;
            requestsPerMinute = options.requestsPerMinute;
            requestsPerDay = options.requestsPerDay;
            newestFirst = options.newestFirst;
        }

        SandboxOptions options() {
            return new SandboxOptions(
                    port,
                    exports,
                    arrivalPeriod,
                    faults,
                    error,
                    errorShare,
                    seed,
                    urlLifetime,
                    minRecords,
                    maxRecords,
                    requestsPerMinute,
                    requestsPerDay,
                    newestFirst);
        }
    }
}
