package org.exportrelay.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.exportrelay.testing.LogLines;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.Test;

/** How many lines failed attempts add to the log, by a clock that the tests move. */
class FailureLogTest {

    private static final RetryPolicy RETRIES = new RetryPolicy(10, Duration.ofSeconds(5), Duration.ofMinutes(15));
    private static final Logger LOG = Logger.getLogger(FailureLogTest.class);

    private final AtomicLong nanos = new AtomicLong();
    private final FailureLog failures = new FailureLog(nanos::get);

    @Test
    void tenThousandFailuresOfADayForOneReasonAreALineAMinute() {
        try (LogLines lines = LogLines.of(FailureLogTest.class)) {
            for (int i = 0; i < 10_000; i++) {
                fail("archive", i, "the server answered 400 to " + name(i), FailureAction.RETRY);
                advance(Duration.ofSeconds(8));
                failures.update();
            }
            failures.close();
            assertThat(lines.all()).hasSizeLessThan(24 * 60 + 40);
            assertThat(lines.all().get(0))
                    .isEqualTo("WARN exports:archive: " + name(0) + ": the server answered 400 to " + name(0)
                            + "; retrying in 5s (attempt 1 of 10 failed)");
            assertThat(lines.all()).last().asString().contains(name(9999));
        }
    }

    @Test
    void logsTheNumberOfThoseThatWereNotLoggedAMinuteLater() {
        try (LogLines lines = LogLines.of(FailureLogTest.class)) {
            for (int i = 0; i < 842; i++) {
                fail("archive", i, "row " + (i + 2) + " is bad", FailureAction.PARK);
            }
            assertThat(lines.all()).hasSize(30);
            advance(Duration.ofSeconds(59));
            failures.update();
            assertThat(lines.all()).hasSize(30);
            advance(Duration.ofSeconds(1));
            failures.update();
            failures.update();
            assertThat(lines.all())
                    .hasSize(31)
                    .last()
                    .isEqualTo("ERROR exports:archive: and 812 more like this, the last one " + name(841)
                            + ": row 843 is bad; parked; 'status' lists them");
        }
    }

    @Test
    void logsOthersInFull() {
        for (int i = 0; i < 100; i++) {
            fail("archive", i, "refused", FailureAction.RETRY);
        }
        try (LogLines lines = LogLines.of(FailureLogTest.class)) {
            fail("partner", 1, "refused", FailureAction.RETRY);
            fail("archive", 2, "too large", FailureAction.RETRY);
            fail("archive", 3, "refused", FailureAction.PARK);
            assertThat(lines.all()).hasSize(3);
        }
    }

    @Test
    void logsInFullAgainAfterAMinuteWithoutAFailure() {
        for (int i = 0; i < 31; i++) {
            fail("archive", i, "refused", FailureAction.RETRY);
        }
        advance(Duration.ofMinutes(1));
        failures.update();
        advance(Duration.ofMinutes(1));
        failures.update();
        try (LogLines lines = LogLines.of(FailureLogTest.class)) {
            fail("archive", 40, "refused", FailureAction.RETRY);
            assertThat(lines.all()).singleElement().asString().contains("attempt 1 of 10 failed");
        }
    }

    @Test
    void losesNoNumberWhenTheProcessEnds() {
        for (int i = 0; i < 35; i++) {
            fail("archive", i, "refused", FailureAction.RETRY);
        }
        try (LogLines lines = LogLines.of(FailureLogTest.class)) {
            failures.close();
            assertThat(lines.all())
                    .singleElement()
                    .asString()
                    .startsWith("WARN exports:archive: and 5 more like this")
                    .endsWith(": refused; retrying");
        }
    }

    private void fail(String destination, int id, String reason, FailureAction action) {
        ExportFile file =
                new ExportFile(id, "e" + id, "export", "a.csv", 1, "a.csv", 1L, null, null, null, null, null, null);
        Delivery delivery = new Delivery("d" + id, destination, 1, 1, 0, "claim", file);
        failures.log(LOG, new FailedAttempt(delivery, reason, RETRIES.outcomeOf(action, 1), RETRIES));
    }

    private static String name(int id) {
        return "a.e" + id + ".csv";
    }

    private void advance(Duration duration) {
        nanos.addAndGet(duration.toNanos());
    }
}
