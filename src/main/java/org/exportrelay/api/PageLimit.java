package org.exportrelay.api;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.exportrelay.log.LogEvent;
import org.jboss.logging.Logger;

/**
 * How many exports a page may have now: half as many after an answer that was too large, twice as many again after one
 * that was small. The query of a request is changed accordingly, so that every route profits; to the list's reader, the
 * API then returns fewer exports than requested, as any API may. Thread-safe.
 */
final class PageLimit {

    private static final Logger LOG = Logger.getLogger(ApiClient.class);
    /** The largest page of the API. */
    private static final int MOST = 100;

    private static final Pattern LIMIT = Pattern.compile("(?<=[?&]limit=)\\d{1,3}(?=&|$)");

    private int most = MOST;

    /** A request's path and query with a limit that is not above the present one. */
    synchronized String applyTo(String target) {
        Matcher limit = LIMIT.matcher(target);
        return limit.find() && Integer.parseInt(limit.group()) > most
                ? limit.replaceFirst(String.valueOf(most))
                : target;
    }

    /** Whether a request is for a single export of the list, so that its answer cannot become smaller. */
    static boolean isSingle(String target) {
        return limit(target) == 1;
    }

    private static int limit(String target) {
        Matcher limit = LIMIT.matcher(target);
        return limit.find() ? Integer.parseInt(limit.group()) : 0;
    }

    /**
     * An answer was too large.
     *
     * @param target of the request
     * @return whether a request for a smaller page may succeed
     */
    synchronized boolean reduce(String target, int largestAnswer) {
        int requested = limit(target);
        if (requested < 2) {
            return false;
        }
        int smaller = requested / 2;
        if (smaller < most) {
            most = smaller;
            LogEvent.API_PAGE_REDUCED
                    .on(LOG)
                    .warnf(
                            "the API's answer with a page of %d exports is larger than %,d bytes, the limit of the relay; requesting"
                                    + " pages of %d exports until answers are smaller",
                            requested, largestAnswer, smaller);
        }
        return true;
    }

    /** An answer was read. */
    synchronized void read(String target, long bytes, int largestAnswer) {
        if (most < MOST && limit(target) >= most && bytes < largestAnswer / 4) {
            most = Math.min(MOST, 2 * most);
        }
    }
}
