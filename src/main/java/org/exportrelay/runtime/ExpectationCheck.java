package org.exportrelay.runtime;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.exportrelay.config.Counts;
import org.exportrelay.config.Durations;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.RelaySettings.Expectation;
import org.exportrelay.delivery.NamePattern;
import org.exportrelay.ledger.EventKind;
import org.exportrelay.ledger.ExpectationResult;
import org.exportrelay.ledger.Expectations;
import org.exportrelay.ledger.PollLease;
import org.exportrelay.log.LogEvent;
import org.exportrelay.runtime.Deadlines.Deadline;
import org.jboss.logging.Logger;

/**
 * Records whether expected exports were delivered by their deadlines, and warns before. Only the instance that polls does
 * so. Each deadline has at most one warning, one result, and one more if it was missed and met late: the events of the
 * ledger decide, so that restarts repeat nothing. For one thread.
 */
@Singleton
class ExpectationCheck {

    private static final Logger LOG = Logger.getLogger(ExpectationCheck.class);

    private final RelaySettings settings;
    private final PollLease poll;
    private final Expectations expectations;

    @Inject
    ExpectationCheck(RelaySettings settings, PollLease poll, Expectations expectations) {
        this.settings = settings;
        this.poll = poll;
        this.expectations = expectations;
    }

    void check() {
        if (settings.expect().isEmpty() || !poll.isPoller()) {
            return;
        }
        settings.expect().forEach((name, expectation) -> {
            Instant now = expectations.now();
            Deadlines deadlines = Deadlines.of(expectation);
            checkPast(new Check(name, expectation, deadlines.until(now), now));
            checkNext(new Check(name, expectation, deadlines.after(now), now));
        });
    }

    /** The last deadline, also if it passed while no relay ran. */
    private void checkPast(Check check) {
        Deadline deadline = check.deadline;
        if (check.has(EventKind.EXPECTATION_MET)
                || !deadline.lateUntil().isAfter(check.now)
                || !expectations.isOlderThan(deadline.at())) {
            return;
        }
        boolean isMissed = check.has(EventKind.EXPECTATION_MISSED);
        long delivered = check.delivered(isMissed ? check.now : deadline.at());
        if (delivered >= check.expectation.atLeast()) {
            String late =
                    isMissed ? ", " + Durations.rounded(Duration.between(deadline.at(), check.now)) + " late" : "";
            check.record(EventKind.EXPECTATION_MET, delivered, isMissed, "delivered" + late);
        } else if (!isMissed) {
            check.record(
                    EventKind.EXPECTATION_MISSED,
                    delivered,
                    false,
                    "delivered by " + Deadlines.of(check.expectation) + check.hint());
        }
    }

    private void checkNext(Check check) {
        Deadline deadline = check.deadline;
        if (deadline.from().isAfter(check.now) || check.has(EventKind.EXPECTATION_MET)) {
            return;
        }
        long delivered = check.delivered(check.now);
        if (delivered >= check.expectation.atLeast()) {
            check.record(EventKind.EXPECTATION_MET, delivered, false, "delivered");
        } else if (!check.now.isBefore(deadline.at().minus(check.expectation.warnBefore()))
                && !check.has(EventKind.EXPECTATION_AT_RISK)) {
            check.record(
                    EventKind.EXPECTATION_AT_RISK,
                    delivered,
                    false,
                    "delivered, due by " + Deadlines.of(check.expectation) + " in "
                            + Durations.rounded(Duration.between(check.now, deadline.at())) + check.hint());
        }
    }

    /** One deadline of one expectation, as it is now. */
    private final class Check {

        private final String name;
        private final Expectation expectation;
        private final NamePattern exports;
        private final Deadline deadline;
        private final Instant now;
        private final List<ExpectationResult> results;

        Check(String name, Expectation expectation, Deadline deadline, Instant now) {
            this.name = name;
            this.expectation = expectation;
            this.exports = new NamePattern(expectation.exports());
            this.deadline = deadline;
            this.now = now;
            this.results = expectations.recent().stream()
                    .filter(result -> result.name().equals(name))
                    .toList();
        }

        boolean has(EventKind kind) {
            return results.stream()
                    .anyMatch(
                            result -> result.kind() == kind && result.deadline().equals(deadline.at()));
        }

        long delivered(Instant until) {
            return expectations.delivered(exports, from(), until);
        }

        /** What came late for an earlier deadline does not count twice. */
        private Instant from() {
            Optional<Instant> late = results.stream()
                    .filter(result -> result.isLate() && result.deadline().isBefore(deadline.at()))
                    .map(ExpectationResult::at)
                    .findFirst();
            return late.filter(deadline.from()::isBefore).orElse(deadline.from());
        }

        String hint() {
            long waiting = expectations.undelivered(exports, from());
            return waiting == 0
                    ? "; no other has come: check at the vendor"
                    : "; " + Counts.text(waiting, "other has", "others have")
                            + " come, but not to all destinations: 'status' shows why";
        }

        void record(EventKind kind, long delivered, boolean isLate, String text) {
            String message = count(delivered) + " " + exports + " " + text;
            expectations.record(new ExpectationResult(
                    name, kind, deadline.at(), expectation.atLeast(), delivered, isLate, now, message));
            log(kind, "expectation " + name + ": " + message);
        }

        /** More than expected is no fraction of it. */
        private String count(long delivered) {
            return delivered > expectation.atLeast()
                    ? delivered + " exports (at least " + expectation.atLeast() + " expected)"
                    : delivered + " of " + expectation.atLeast() + " expected exports";
        }

        private static void log(EventKind kind, String message) {
            switch (kind) {
                case EXPECTATION_MISSED -> LogEvent.EXPECTATION_MISSED.on(LOG).log(Logger.Level.ERROR, message);
                case EXPECTATION_AT_RISK -> LogEvent.EXPECTATION_AT_RISK.on(LOG).warn(message);
                default -> LogEvent.EXPECTATION_MET.on(LOG).info(message);
            }
        }
    }
}
