package org.exportrelay.ledger;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.exportrelay.delivery.DeliveryState;

/**
 * Why something was not delivered, or not yet, and what to do: the one table for {@code status}, {@code explain} and
 * docs/operating.md, which a test compares with it.
 */
public enum Cause {
    DELIVERED("The destination has accepted the delivery.", "Nothing."),
    IN_FLIGHT("An instance delivers it now.", "Nothing."),
    DUE("It is due, and a route claims it next.", "Nothing. If it stays due, check that a relay runs."),
    WAITS_FOR_DOWNLOAD(
            "Its file is not in the spool yet.", "Nothing. If it lasts, check the log for lines on downloads."),
    WAITS_FOR_FILES(
            "A manifest follows when the last file of the export has been delivered.",
            "Nothing, while the files are due. If one is parked, fix the reason, then run 'replay'."),
    FILE_LOST(
            "A file of the export can no longer be delivered, so no manifest follows.",
            "Run the export again at the vendor."),
    BEFORE_MANIFESTS(
            "The export is older than the route of its manifests, which has backfill: false.",
            "Nothing, if that is intended. Otherwise remove 'backfill: false' from the route."),
    RETRYING("An attempt failed, and the next one follows.", "Nothing. If it happens repeatedly, fix the reason."),
    DOWN(
            "The destination is unavailable. All its deliveries wait, and one at a time is tried.",
            "If it lasts, fix the reason. To try now, run 'retry NAME'."),
    PAUSED("Somebody has paused the destination.", "To end the pause, run 'resume NAME'."),
    OUTSIDE_WINDOW(
            "The destination is outside its window.",
            "Nothing. To deliver at other times, change 'window' in its route."),
    EXPIRES_OUTSIDE_WINDOW(
            "The URLs expire before the window of the destination opens.",
            "Change 'window' in its route so that it opens before that."),
    NO_ROUTE(
            "No relay runs a route to the destination.",
            "Add or start the route. If it does not come back, run 'retire NAME'."),
    SAME_NAME(
            "The route gives two files the same name. The first was kept.",
            "Give each file a name of its own, or set 'overwrite: true', then run 'replay'.",
            " has the same name there"),
    HOST_NOT_ALLOWED(
            "The URLs of the API point to a host that the settings do not allow.",
            "If it is the object store of the API, add it to relay.download.allowed-hosts, restart, and run 'replay'.",
            "relay.download.allowed-hosts does not list"),
    DAMAGED("The file in the store is damaged.", "Run the export again at the vendor.", "in two downloads"),
    PARKED("All attempts failed, or a retry cannot succeed.", "Fix the reason, then run 'replay'."),
    EXPIRED("The URLs of the export expired before the delivery was made.", "Run the export again at the vendor."),
    RETIRED(
            "Somebody has retired the destination.",
            "Nothing. To deliver it to a new route, run 'replay --state skipped'.",
            "the destination was retired by"),
    SKIPPED(
            "Its route ended without sending the export to an endpoint.",
            "Nothing, if a filter is meant to drop it. Otherwise correct the route, and run 'replay --state skipped'."),
    AT_RISK(
            "Deliveries are likely to expire: less than an hour is left.",
            "Find out why they fail, and fix the cause now."),
    EXPECTATION_AT_RISK(
            "Exports that are expected have not been delivered, and the deadline is near.",
            "If they have not come, check at the vendor. If they wait, fix the cause that 'status' shows."),
    EXPECTATION_MISSED(
            "Exports that are expected were not delivered by the deadline.",
            "If they have not come, run them again at the vendor. If they wait, fix the cause that 'status' shows."),
    API_REFUSED("The API refuses all requests.", "Follow the reason in the log, for example replace the key."),
    EXPORT_FAILED("The vendor could not produce the export.", "Run the export again at the vendor."),
    EXPORT_UNFETCHABLE(
            "The URLs of the export had expired when the relay first saw it.", "Run the export again at the vendor."),
    WITHOUT_URLS(
            "The API lists no download URLs of the completed export.",
            "Nothing: a later poll that lists them delivers it. If it lasts, report it to the vendor."),
    REJECTED("The API lists the export without a field that the relay needs.", "Report it to the vendor."),
    NOT_WANTED("No destination selects the export.", "If one should, correct 'name' or 'backfill' in its route.");

    private static final List<Cause> WITH_TEXT =
            Stream.of(values()).filter(cause -> cause.errorText.isPresent()).toList();

    private final String meaning;
    private final String action;
    private final Optional<String> errorText;

    Cause(String meaning, String action) {
        this(meaning, action, Optional.empty());
    }

    Cause(String meaning, String action, String errorText) {
        this(meaning, action, Optional.of(errorText));
    }

    Cause(String meaning, String action, Optional<String> errorText) {
        this.meaning = meaning;
        this.action = action;
        this.errorText = errorText;
    }

    /** For programs, such as {@code waits-for-download}: it stays when the text for people changes. */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** What has happened. */
    public String meaning() {
        return meaning;
    }

    /** What an operator does; begins with {@code Nothing} if that is nothing. */
    public String action() {
        return action;
    }

    /** That with the name of the destination in its commands. */
    public String action(String destination) {
        return action.replace("NAME", destination).replace("'replay", "'replay --destination " + destination);
    }

    /**
     * Of a delivery that has ended.
     *
     * @param error its last one; may be null
     */
    static Cause ofEnded(DeliveryState state, String error) {
        Optional<Cause> special = error == null || state == DeliveryState.DELIVERED
                ? Optional.empty()
                : WITH_TEXT.stream()
                        .filter(cause -> error.contains(cause.errorText.orElseThrow()))
                        .findFirst();
        return special.orElseGet(() -> switch (state) {
            case DELIVERED -> DELIVERED;
            case EXPIRED -> EXPIRED;
            case SKIPPED -> SKIPPED;
            default -> PARKED;
        });
    }
}
