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
import org.jboss.logging.Logger;

/**
 * The API's own time: the header {@code Date} of its last answer, plus the time since then by the
 * monotonic clock. Before the first answer it is this machine's time at the start of the process plus
 * the time since. Setting this machine's clock therefore never changes it, and a machine whose clock is
 * wrong agrees with the API about what has expired. Correct to about two seconds. Thread-safe.
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

    private final Clock machine;
    private boolean isLearned;
    private boolean isWarned;

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
     * has ended. A minute ago once the API has answered, an hour ago until then.
     */
    public synchronized Instant certainlyPast() {
        return instant().minus(isLearned ? TOLERANCE : UNCHECKED_TOLERANCE);
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
        isLearned = true;
        if (Duration.between(instant(), stated).abs().compareTo(PRECISION) >= 0) {
            set(stated);
        }
        Duration ahead = Duration.between(stated, machine.instant());
        boolean isWrong = ahead.abs().compareTo(WORTH_A_WARNING) > 0;
        if (isWrong && !isWarned) {
            LOG.warnf(
                    "this machine's clock is %s %s the API's; what expires follows the API's clock; synchronise this"
                            + " machine's clock (NTP)",
                    Durations.text(Duration.ofSeconds(ahead.abs().toSeconds())),
                    ahead.isNegative() ? "behind" : "ahead of");
        }
        isWarned = isWrong;
    }
}
