package org.exportrelay.ledger;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.exportrelay.config.Durations;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.ledger.DestinationState.Outage;
import org.exportrelay.ledger.DestinationState.Window;
import org.exportrelay.ledger.Explanation.OfDelivery;
import org.exportrelay.ledger.Status.Row;

/** Explains one delivery from its row and the condition of its destination. Stateless. */
final class DeliveryExplainer {

    private static final String RUN_AGAIN = "run the export again";
    private static final Set<Cause> OF_DESTINATION =
            Set.of(Cause.DOWN, Cause.PAUSED, Cause.OUTSIDE_WINDOW, Cause.EXPIRES_OUTSIDE_WINDOW);

    private final Instant now;

    DeliveryExplainer(Instant now) {
        this.now = now;
    }

    OfDelivery explain(Row row, Optional<DestinationSummary> destination) {
        Cause cause = cause(row, destination);
        return new OfDelivery(
                row,
                cause,
                reason(row, cause, destination),
                next(row, cause, destination),
                loss(row),
                action(row, cause));
    }

    private Cause cause(Row row, Optional<DestinationSummary> destination) {
        if (row.state().isFinal()) {
            return Cause.ofEnded(row.state(), row.error());
        }
        if (row.state() == DeliveryState.IN_PROGRESS) {
            return Cause.IN_FLIGHT;
        }
        String condition = destination.map(DestinationSummary::shortCondition).orElse("no route");
        return switch (condition) {
            case "no route", "retired" -> Cause.NO_ROUTE;
            case "paused" -> Cause.PAUSED;
            case "down" -> Cause.DOWN;
            case "closed" -> expiresBefore(row, opensAt(destination))
                    ? Cause.EXPIRES_OUTSIDE_WINDOW
                    : Cause.OUTSIDE_WINDOW;
            default -> ofWorking(row);
        };
    }

    /** A file is downloaded in time, and kept. */
    private static boolean expiresBefore(Row row, Instant time) {
        return !row.needsFile() && isExpiring(row) && row.urlsExpireAt().isBefore(time);
    }

    /** The beginning of time, if its window does not hold it. */
    private static Instant opensAt(Optional<DestinationSummary> destination) {
        return destination
                .flatMap(summary -> summary.state().closedWindow())
                .map(Window::opensAt)
                .orElse(Instant.MIN);
    }

    private Cause ofWorking(Row row) {
        if (row.state() == DeliveryState.RETRYING && row.nextAttemptAt().isAfter(now)) {
            return Cause.RETRYING;
        }
        return row.needsFile() && !row.isSpooled() ? Cause.WAITS_FOR_DOWNLOAD : Cause.DUE;
    }

    private String reason(Row row, Cause cause, Optional<DestinationSummary> destination) {
        if (OF_DESTINATION.contains(cause)) {
            return destination.map(summary -> summary.reason(now)).orElse("");
        }
        return row.error() == null ? "" : row.error();
    }

    private String next(Row row, Cause cause, Optional<DestinationSummary> destination) {
        return switch (cause) {
            case IN_FLIGHT -> "The attempt ends, or its instance is gone and another one repeats it.";
            case DUE -> "A route delivers it as soon as it has room.";
            case WAITS_FOR_DOWNLOAD -> "The relay downloads the file, then delivers it.";
            case RETRYING -> "Attempt " + (row.attempts() + 1) + " " + at(row.nextAttemptAt()) + ".";
            case DOWN -> "One delivery to the destination is tried "
                    + destination
                            .flatMap(summary -> summary.state().outage())
                            .map(Outage::nextProbe)
                            .map(probe -> Collections.max(List.of(probe, opensAt(destination))))
                            .map(this::at)
                            .orElse("soon")
                    + "; if it succeeds, the others follow.";
            case PAUSED -> "It waits until the destination is resumed.";
            case OUTSIDE_WINDOW -> "It is delivered after the window opens " + at(opensAt(destination)) + ".";
            case EXPIRES_OUTSIDE_WINDOW -> "It expires. The window opens " + at(opensAt(destination)) + ".";
            case NO_ROUTE -> "It waits until a relay runs the route.";
            default -> "Nothing.";
        };
    }

    private String loss(Row row) {
        if (row.state() == DeliveryState.DELIVERED || row.state() == DeliveryState.SKIPPED) {
            return "Nothing.";
        }
        if (row.state() == DeliveryState.EXPIRED) {
            return "The delivery is lost, unless you " + RUN_AGAIN + ".";
        }
        boolean isKept = row.needsFile() && row.isSpooled();
        if (row.state() == DeliveryState.PARKED) {
            return ofParked(row, isKept);
        }
        if (isKept) {
            return "Nothing: the spool has the file, and keeps it until it is delivered.";
        }
        if (!isExpiring(row)) {
            return row.isManifest() ? "Nothing: a manifest does not expire." : "Nothing: the URLs do not expire.";
        }
        return "The delivery expires " + at(row.urlsExpireAt())
                + (row.needsFile() ? ", unless the file is downloaded before." : ", unless it is made before.");
    }

    private String ofParked(Row row, boolean isKept) {
        if (isKept) {
            return "The delivery, when the spool drops its file: relay.spool.keep-parked after it was parked"
                    + (isExpiring(row) && row.urlsExpireAt().isAfter(now)
                            ? ", but not before its URLs expire " + at(row.urlsExpireAt())
                            : "")
                    + ".";
        }
        if (!isExpiring(row)) {
            return "Nothing: replay works at any time.";
        }
        return row.urlsExpireAt().isAfter(now)
                ? "The delivery, when its URLs expire " + at(row.urlsExpireAt()) + ": replay works until then."
                : "The delivery is lost, unless you " + RUN_AGAIN + ": its URLs expired " + at(row.urlsExpireAt())
                        + ", and no spool has the file.";
    }

    private String action(Row row, Cause cause) {
        boolean isGone = row.state() == DeliveryState.PARKED && isLost(row);
        return isGone ? Cause.EXPIRED.action() : cause.action(row.destination());
    }

    /** Whether it has ended undelivered, and a replay could not deliver it either. */
    boolean isLost(Row row) {
        boolean isEnded = row.state() == DeliveryState.EXPIRED
                || row.state() == DeliveryState.PARKED
                        && isExpiring(row)
                        && !row.urlsExpireAt().isAfter(now);
        return isEnded && !(row.needsFile() && row.isSpooled());
    }

    private static boolean isExpiring(Row row) {
        return row.urlsExpireAt() != null && row.urlsExpireAt().isBefore(DeliveryCreator.NEVER);
    }

    private String at(Instant at) {
        String text = "at " + at.truncatedTo(ChronoUnit.SECONDS);
        return at.isAfter(now)
                ? text + " (in " + Durations.rounded(Duration.between(now, at)) + ")"
                : text + " (" + Durations.rounded(Duration.between(at, now)) + " ago)";
    }
}
