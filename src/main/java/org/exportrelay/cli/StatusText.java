package org.exportrelay.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.exportrelay.api.RejectedEntry;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.ledger.DestinationSummary;
import org.exportrelay.ledger.ExpectationResult;
import org.exportrelay.ledger.Overview;
import org.exportrelay.ledger.RelayActivity;
import org.exportrelay.ledger.Status;
import org.exportrelay.ledger.Status.Row;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Help.Ansi.Style;

/** What {@code status} prints for people: columns that fit 80 characters, with colour where the terminal has it. */
final class StatusText {

    private static final String DESTINATION = "%-14s  %-8s %9s %7s %8s %6s %7s %6s %6s%n";
    private static final String EXPECTATION = "%-16s  %-8s  %-10s  %s%n";
    private static final String DELIVERY = "%-11s  %-20s  %8s  %s%n";

    private static final int REJECTED = 10;
    /** A relay reports every minute that it runs. */
    private static final Duration SEEN = Duration.ofMinutes(2);

    private final PrintWriter out;
    private final Ansi ansi;
    private final Instant now;

    /**
     * @param now to which ages refer
     */
    StatusText(PrintWriter out, Ansi ansi, Instant now) {
        this.out = out;
        this.ansi = ansi;
        this.now = now;
    }

    void write(Overview overview, Status status, Status.Choice choice) {
        attention(overview, status.rejected(REJECTED + 1));
        activity(overview.activity());
        destinations(overview.destinations());
        expectations(overview.expectations());
        deliveries(status, choice);
        totals(overview.totals());
    }

    private void attention(Overview overview, List<RejectedEntry> rejected) {
        overview.attention().forEach(item -> {
            out.println(colored(Style.fg_red, item.subject()) + ": " + plain(item.text()));
            out.println("    " + item.action());
        });
        rejected.stream()
                .limit(REJECTED)
                .forEach(entry -> out.println(colored(Style.fg_red, "rejected") + ": export " + plain(entry.exportId())
                        + ": " + plain(entry.reason())));
        if (rejected.size() > REJECTED) {
            out.println("    There are more: 'status --json' lists all.");
        }
        if (overview.attention().isEmpty()) {
            out.println(colored(Style.fg_green, "Nothing needs your action."));
        }
        out.println();
    }

    private void activity(RelayActivity activity) {
        if (activity.seenAt() == null) {
            out.println("No relay has reported that it runs for a day.");
        } else {
            out.println("A relay last reported that it runs at " + TimeText.of(activity.seenAt(), now) + ".");
        }
        activity.nextPoll().ifPresent(at -> out.println("The next poll " + nextPoll(activity, at) + "."));
        out.println();
    }

    /** A relay polls up to a tenth of its period after the poll is due. */
    private String nextPoll(RelayActivity activity, Instant at) {
        if (at.isAfter(now)) {
            return "is due at " + TimeText.of(at, now);
        }
        boolean isRunning = activity.seenAt() != null && activity.seenAt().isAfter(now.minus(SEEN));
        return isRunning ? "is due now" : "has been due since " + TimeText.of(at, now);
    }

    private void destinations(List<DestinationSummary> destinations) {
        if (destinations.isEmpty()) {
            return;
        }
        out.printf(
                DESTINATION,
                "DESTINATION",
                "STATE",
                "DELIVERED",
                "WAITING",
                "RETRYING",
                "PARKED",
                "EXPIRED",
                "OLDEST",
                "LAST");
        destinations.forEach(this::destination);
        out.println();
    }

    private void destination(DestinationSummary destination) {
        out.printf(
                DESTINATION,
                destination.name(),
                condition(destination.shortCondition()),
                destination.delivered(),
                destination.waiting(),
                destination.retrying(),
                destination.parked(),
                destination.expired(),
                TimeText.age(destination.oldestWaiting(), now),
                TimeText.age(destination.lastDelivered(), now));
        destination.closed(now).ifPresent(text -> out.println("    " + text));
    }

    private void expectations(Collection<ExpectationResult> results) {
        if (results.isEmpty()) {
            return;
        }
        out.printf(EXPECTATION, "EXPECTATION", "STATE", "DELIVERED", "DEADLINE");
        results.forEach(result -> out.printf(
                EXPECTATION,
                plain(result.name()),
                condition(result.state()),
                result.delivered() + " of " + result.expected(),
                TimeText.of(result.deadline(), now)));
        out.println();
    }

    /** Padded first, since a terminal does not show the characters of a colour. */
    private String condition(String condition) {
        String padded = "%-8s".formatted(condition);
        return switch (condition) {
            case "up", "met", "met late" -> colored(Style.fg_green, padded);
            case "down", "no route", "missed" -> colored(Style.fg_red, padded);
            case "paused", "at risk" -> colored(Style.fg_yellow, padded);
            default -> padded;
        };
    }

    private void deliveries(Status status, Status.Choice choice) {
        out.printf(DELIVERY, "STATE", "DESTINATION", "ATTEMPTS", "SINCE, OR NEXT ATTEMPT");
        status.forEach(choice, this::delivery);
    }

    private void delivery(Row row) {
        boolean isLater =
                row.state() == DeliveryState.RETRYING && row.nextAttemptAt().isAfter(now);
        Instant at = row.finishedAt() != null ? row.finishedAt() : isLater ? row.nextAttemptAt() : row.waitingSince();
        out.printf(
                DELIVERY,
                colored(row.state(), "%-11s".formatted(row.state().text())),
                row.destination(),
                row.attempts(),
                TimeText.of(at, now));
        out.println("    " + plain(row.uniqueName()));
        if (row.error() != null) {
            out.println("    " + plain(row.error()));
        }
        if (row.isExpiring()) {
            out.println("    expires " + TimeText.of(row.urlsExpireAt(), now) + " unless it is "
                    + (row.needsFile() ? "downloaded" : "delivered") + " before");
        }
    }

    private void totals(Map<DeliveryState, Long> totals) {
        out.println();
        out.println(
                totals.isEmpty()
                        ? "no deliveries"
                        : totals.entrySet().stream()
                                .map(total ->
                                        total.getValue() + " " + total.getKey().text())
                                .collect(Collectors.joining(", ")));
    }

    private String colored(DeliveryState state, String text) {
        return switch (state) {
            case DELIVERED -> colored(Style.fg_green, text);
            case PARKED, EXPIRED -> colored(Style.fg_red, text);
            case RETRYING -> colored(Style.fg_yellow, text);
            default -> text;
        };
    }

    private String colored(Style style, String text) {
        return ansi.enabled() ? Style.on(style) + text + Style.off(style) : text;
    }

    /** Names come from outside: none may move the cursor. */
    private static String plain(String text) {
        return text.replaceAll("\\p{Cntrl}+", " ");
    }
}
