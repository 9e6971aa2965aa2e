package org.exportrelay.api;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.function.LongSupplier;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpMessage;
import org.exportrelay.config.Durations;
import org.exportrelay.log.LogEvent;
import org.jboss.logging.Logger;

/**
 * The API's own time: the header {@code Date} of its last answer, plus the time since then by the
 * monotonic clock. Before the first answer it is this machine's time at the start of the process plus
 * the time since. Setting this machine's clock therefore never changes it, and a machine whose clock is
 * wrong agrees with the API about what has expired. Correct to about two seconds. Thread-safe.
 *
 * <p>One wrong answer must not expire every delivery, which is final. Therefore a date that differs much from the time
 * known so far counts only once several answers in a row agree, and a date of another century never.
 */
@Singleton
public final class ApiClock extends MonotonicClock {

    private static final Logger LOG = Logger.getLogger(ApiClock.class);
    /** The header has whole seconds, and the answer was on its way for a while: less is no difference. */
    private static final Duration PRECISION = Duration.ofSeconds(2);

    private static final Duration WORTH_A_WARNING = Duration.ofMinutes(1);
    /** How far the time may be wrong with and without an answer of the API. */
    private static final Duration TOLERANCE = Duration.ofMinutes(1);

    private static final Duration UNCHECKED_TOLERANCE = Duration.ofHours(1);

    /** A first answer may differ by this from this machine's clock, such as by a wrong time zone. */
    private static final Duration LARGEST_FIRST_CHANGE = Duration.ofDays(1);
    /** Answers in a row that have to agree about a larger change. */
    private static final int ANSWERS_THAT_AGREE = 3;

    private static final Instant EARLIEST = Instant.parse("2020-01-01T00:00:00Z");
    private static final Instant LATEST = Instant.parse("2100-01-01T00:00:00Z");

    private final Clock machine;
    private Duration lastChange = Duration.ZERO;
    private int agreeing;
    private boolean isLearned;
    private boolean isConfirmed;
    private boolean isWarned;
    private boolean isIgnoredWarned;

    @Inject
    ApiClock() {
        this(Clock.systemUTC(), System::nanoTime);
    }

    /**
     * @param machine this machine's clock
     * @param nanoTime the monotonic clock
     */
    ApiClock(Clock machine, LongSupplier nanoTime) {
        super(machine.instant(), nanoTime);
        this.machine = machine;
    }

    /**
     * An instant that has passed for certain, whatever is wrong with the clocks: what ended before it
     * has ended. A minute ago once the API has answered, an hour ago until then; by the earlier one of the API's and
     * this machine's clock until several answers agree.
     */
    public synchronized Instant certainlyPast() {
        Instant now = instant();
        Instant stated = machine.instant();
        boolean isBehind = isLearned && !isConfirmed && stated.isBefore(now);
        return (isBehind ? stated : now).minus(isLearned ? TOLERANCE : UNCHECKED_TOLERANCE);
    }

    /** Learns the time from an answer; one without a date, or out of a cache, changes nothing. */
    synchronized void observe(HttpMessage answer) {
        Header date = answer.getFirstHeader(HttpHeaders.DATE);
        if (date == null || answer.containsHeader(HttpHeaders.AGE)) {
            return;
        }
        try {
            learn(DateTimeFormatter.RFC_1123_DATE_TIME.parse(date.getValue(), Instant::from));
        } catch (DateTimeParseException notADate) {
            LOG.debugf("the API's header Date is malformed: %s", date.getValue());
        }
    }

    private void learn(Instant stated) {
        Duration change = Duration.between(instant(), stated);
        boolean agrees = change.minus(lastChange).abs().compareTo(TOLERANCE) <= 0;
        agreeing = agrees ? agreeing + 1 : 1;
        lastChange = change;
        if (!isPlausible(stated) || agreeing < ANSWERS_THAT_AGREE && !isExpected(change)) {
            warnOfIgnored(stated, change);
            return;
        }
        isLearned = true;
        isConfirmed |= agreeing >= ANSWERS_THAT_AGREE;
        if (change.abs().compareTo(PRECISION) >= 0) {
            set(stated);
            lastChange = Duration.ZERO;
        }
        warnOfMachine(stated);
    }

    private static boolean isPlausible(Instant time) {
        return time.isAfter(EARLIEST) && time.isBefore(LATEST);
    }

    /** A machine without a battery starts in another decade: its clock says nothing about the first answer. */
    private boolean isExpected(Duration change) {
        return isLearned
                ? change.abs().compareTo(TOLERANCE) <= 0
                : change.abs().compareTo(LARGEST_FIRST_CHANGE) <= 0 || !isPlausible(instant());
    }

    private void warnOfIgnored(Instant stated, Duration change) {
        if (!isIgnoredWarned) {
            LogEvent.API_DATE_IGNORED
                    .on(LOG)
                    .warnf(
                            "the header Date of the API's answer is %s, %s %s the time known so far; ignored until %d answers in"
                                    + " a row agree; check this machine's clock (NTP) and proxies in front of relay.api.url",
                            stated,
                            Durations.rounded(change.abs()),
                            change.isNegative() ? "behind" : "ahead of",
                            ANSWERS_THAT_AGREE);
        }
        isIgnoredWarned = true;
    }

    private void warnOfMachine(Instant stated) {
        Duration ahead = Duration.between(stated, machine.instant());
        boolean isWrong = ahead.abs().compareTo(WORTH_A_WARNING) > 0;
        if (isWrong && !isWarned) {
            LogEvent.CLOCK_WRONG
                    .on(LOG)
                    .warnf(
                            "this machine's clock is %s %s the API's; what expires follows the API's clock; synchronise this"
                                    + " machine's clock (NTP)",
                            Durations.rounded(ahead.abs()), ahead.isNegative() ? "behind" : "ahead of");
        }
        isWarned = isWrong;
    }
}
