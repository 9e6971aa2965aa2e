package org.exportrelay.api;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The requests of the last day besides those that are reserved for polls: in {@link OwnRequests those of this process},
 * or those of all processes that share a ledger. Thread-safe.
 */
public interface RequestLog {

    /** The longest window. */
    Duration DAY = Duration.ofDays(1);

    /**
     * Records a request, unless one of the windows is full.
     *
     * @param isForUrls whether it is for download URLs, not for the list
     * @return how long until the caller may try again, more than zero; empty if the request may be sent now
     */
    Optional<Duration> add(boolean isForUrls, List<Window> windows);

    /** In what time {@link #add} would record a request; empty if now. */
    Optional<Duration> freeIn(List<Window> windows);

    /**
     * How many requests were sent within a time.
     *
     * @param length of the time until now; at most a day
     */
    long sent(Duration length);

    /**
     * How many requests may be sent within a time.
     *
     * @param length at most a day
     * @param most requests, 0 or more
     * @param reservedForUrls of these, as far as requests for URLs have not used them
     */
    record Window(Duration length, long most, long reservedForUrls) {

        /**
         * Whether a further request is too many.
         *
         * @param requests within the time
         * @param forUrls of these
         */
        public boolean isFull(long requests, long forUrls) {
            return requests + Math.max(0, reservedForUrls - forUrls) >= most;
        }
    }
}
