package org.exportrelay.ledger;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.exportrelay.config.NearestName;

/** What an event records. */
public enum EventKind {
    /** An attempt that counted did not succeed; the delivery is retried. */
    ATTEMPT_FAILED,
    /** The last attempt did not succeed, or a retry cannot: the delivery waits for an operator. */
    PARKED,
    /** The URLs of the export expired before the delivery was made. */
    EXPIRED,
    /** Somebody made a delivery due again. */
    REPLAYED,
    /** Somebody paused a destination. */
    PAUSED,
    /** Somebody ended the pause of a destination. */
    RESUMED,
    /** Somebody ended what a destination was owed. */
    RETIRED,
    /** A destination became unavailable. */
    DESTINATION_DOWN,
    /** A destination is available again. */
    DESTINATION_UP,
    /** The vendor could not produce an export. */
    EXPORT_FAILED,
    /** An export was seen only after its URLs had expired. */
    EXPORT_UNFETCHABLE,
    /** A route file with new content was loaded, or one was removed. */
    ROUTE_CHANGED,
    /** Somebody confirmed that a version of a route file is loaded. */
    ROUTE_CONFIRMED,
    /** An expectation is likely to be missed: the time of its warning has come. */
    EXPECTATION_AT_RISK,
    /** Less was delivered by the deadline than expected. */
    EXPECTATION_MISSED,
    /** As much was delivered as expected, in time or late. */
    EXPECTATION_MET,
    /** The API refuses all requests. */
    API_REFUSED,
    /** The API answers again. */
    API_RECOVERED,
    /** Somebody tried to log in to the console or the REST API with a wrong name or password. */
    LOGIN_FAILED,
    /** A relay process started. */
    INSTANCE_STARTED,
    /** A relay process stopped in an orderly way. */
    INSTANCE_STOPPED;

    /** As the ledger and {@code history} write it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * Reads what {@link #text} wrote.
     *
     * @throws IllegalArgumentException for any other text; its message has the kinds that there are
     */
    public static EventKind of(String text) {
        return Stream.of(values())
                .filter(kind -> kind.text().equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(unknown(text)));
    }

    private static String unknown(String text) {
        List<String> known = Stream.of(values()).map(EventKind::text).toList();
        return "'" + text + "' is not a kind of event"
                + NearestName.of(text, known)
                        .map(near -> "; did you mean " + near + "?")
                        .orElse("")
                + "; write " + String.join(", ", known);
    }
}
