package org.exportrelay.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** In Berlin, the clock is set forward on 29 March 2026 at 02:00, and back on 25 October 2026 at 03:00. */
class DeliveryWindowTest {

    private static final String BERLIN = " Europe/Berlin";

    @Test
    void isOpenOverMidnight() {
        assertNextOpening("22:00-06:00", "2026-02-17T20:59:59.999Z", "2026-02-17T21:00:00Z");
        assertOpen("22:00-06:00", "2026-02-17T21:00:00Z");
        assertOpen("22:00-06:00", "2026-02-17T23:30:00Z");
        assertOpen("22:00-06:00", "2026-02-18T04:59:59.999Z");
        assertNextOpening("22:00-06:00", "2026-02-18T05:00:00Z", "2026-02-18T21:00:00Z");
    }

    @Test
    void isOpenWithinADay() {
        assertNextOpening("09:30-17:00", "2026-02-17T08:29:59Z", "2026-02-17T08:30:00Z");
        assertOpen("09:30-17:00", "2026-02-17T08:30:00Z");
        assertNextOpening("09:30-17:00", "2026-02-17T16:00:00Z", "2026-02-18T08:30:00Z");
    }

    /** The 20th of February is a Friday. */
    @Test
    void itsDaysAreThoseOfItsBeginning() {
        assertOpen("MON-FRI 22:00-06:00", "2026-02-21T04:00:00Z");
        assertNextOpening("MON-FRI 22:00-06:00", "2026-02-21T21:30:00Z", "2026-02-23T21:00:00Z");
        assertNextOpening("SUN 22:00-06:00", "2026-02-23T05:00:00Z", "2026-03-01T21:00:00Z");
    }

    @Test
    void severalTimesAreOneWindow() {
        String nightsAndWeekends = "MON-FRI 22:00-06:00, SAT,SUN 00:00-24:00";
        assertOpen(nightsAndWeekends, "2026-02-21T05:30:00Z");
        assertOpen(nightsAndWeekends, "2026-02-22T22:59:59Z");
        assertNextOpening(nightsAndWeekends, "2026-02-22T23:00:00Z", "2026-02-23T21:00:00Z");
        assertNextOpening("20:00-21:00,12:00-13:00", "2026-02-17T09:00:00Z", "2026-02-17T11:00:00Z");
        assertNextOpening("20:00-21:00,12:00-13:00", "2026-02-17T12:00:00Z", "2026-02-17T19:00:00Z");
    }

    @Test
    void theNightInWhichTheClockIsSetForwardIsAnHourShorter() {
        assertOpen("22:00-06:00", "2026-03-28T21:00:00Z");
        assertOpen("22:00-06:00", "2026-03-29T03:59:59Z");
        assertNextOpening("22:00-06:00", "2026-03-29T04:00:00Z", "2026-03-29T20:00:00Z");
    }

    @Test
    void aTimeThatTheClockSkipsIsAnHourLater() {
        assertNextOpening("02:30-05:00", "2026-03-29T01:29:59Z", "2026-03-29T01:30:00Z");
        assertOpen("02:30-05:00", "2026-03-29T02:59:59Z");
        assertNextOpening("02:30-05:00", "2026-03-29T03:00:00Z", "2026-03-30T00:30:00Z");
        assertOpen("22:00-02:30", "2026-03-29T01:29:59Z");
        assertNextOpening("22:00-02:30", "2026-03-29T01:30:00Z", "2026-03-29T20:00:00Z");
        // It would end before it begins.
        assertNextOpening("02:30-03:15", "2026-03-28T02:15:00Z", "2026-03-30T00:30:00Z");
    }

    @Test
    void theNightInWhichTheClockIsSetBackIsAnHourLonger() {
        assertOpen("22:00-06:00", "2026-10-24T20:00:00Z");
        assertOpen("22:00-06:00", "2026-10-25T04:59:59Z");
        assertNextOpening("22:00-06:00", "2026-10-25T05:00:00Z", "2026-10-25T21:00:00Z");
    }

    @Test
    void ofATimeThatOccursTwiceTheFirstCounts() {
        assertNextOpening("02:30-04:00", "2026-10-25T00:29:59Z", "2026-10-25T00:30:00Z");
        assertOpen("02:30-04:00", "2026-10-25T01:15:00Z");
        assertNextOpening("02:30-04:00", "2026-10-25T03:00:00Z", "2026-10-26T01:30:00Z");
        assertNextOpening("22:00-02:30", "2026-10-25T00:30:00Z", "2026-10-25T21:00:00Z");
        assertNextOpening("22:00-02:30", "2026-10-25T01:15:00Z", "2026-10-25T21:00:00Z");
    }

    @Test
    void namesTheDayOfATimeThatIsNotWithinADay() {
        DeliveryWindow window = DeliveryWindow.parse("MON-FRI 22:00-06:00" + BERLIN);
        Instant opening = Instant.parse("2026-02-23T21:00:00Z");
        assertThat(window.text(opening, Instant.parse("2026-02-23T05:00:00Z"))).isEqualTo("22:00 (Europe/Berlin)");
        assertThat(window.text(opening, Instant.parse("2026-02-21T05:00:00Z"))).isEqualTo("MON 22:00 (Europe/Berlin)");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "22:00-06:00| 2026-02-17T16:00:00Z| 2026-02-17T20:00:00Z| PT0S",
                "22:00-06:00| 2026-02-17T16:00:00Z| 2026-02-18T02:00:00Z| PT5H",
                "22:00-06:00| 2026-02-18T02:00:00Z| 2026-02-18T22:00:00Z| PT4H",
                "22:00-06:00| 2026-02-18T02:00:00Z| 2026-02-25T02:00:00Z| PT56H",
                "22:00-06:00| 2026-02-18T02:00:00Z| 2026-02-18T02:00:01.5Z| PT1.5S",
                "MON-FRI 22:00-06:00| 2026-02-20T22:00:00Z| 2026-02-23T22:00:00Z| PT8H",
                "MON-FRI 22:00-06:00, SAT 05:00-07:00, SAT 06:00-06:30| 2026-02-20T22:00:00Z| 2026-02-23T22:00:00Z| PT9H",
                "00:00-24:00| 2026-02-18T02:00:00Z| 2026-02-25T02:00:00Z| PT168H",
                "22:00-06:00| 2026-03-28T12:00:00Z| 2026-03-29T12:00:00Z| PT7H",
                "22:00-06:00| 2026-10-24T12:00:00Z| 2026-10-25T12:00:00Z| PT9H",
            })
    void knowsForHowLongItIsOpen(String times, Instant from, Instant until, Duration open) {
        DeliveryWindow window = DeliveryWindow.parse(times + BERLIN);
        assertThat(window.openBetween(from, until)).isEqualTo(open);
        assertThat(window.openBetween(until, from)).isZero();
        Instant reached = window.afterOpen(from, open);
        assertThat(window.openBetween(from, reached)).isEqualTo(open);
        assertThat(reached).isBeforeOrEqualTo(open.isZero() ? Instant.MAX : until);
    }

    @Test
    void knowsWhenItHasBeenOpenForSomeTime() {
        DeliveryWindow window = DeliveryWindow.parse("22:00-06:00" + BERLIN);
        Instant afternoon = Instant.parse("2026-02-17T16:00:00Z");
        assertThat(window.afterOpen(afternoon, Duration.ZERO)).isEqualTo("2026-02-17T21:00:00Z");
        assertThat(window.afterOpen(afternoon, Duration.ofHours(8))).isEqualTo("2026-02-18T05:00:00Z");
        assertThat(window.afterOpen(afternoon, Duration.ofHours(20))).isEqualTo("2026-02-20T01:00:00Z");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "22:00-06:00 Europe/Berlin| 22:00-06:00 Europe/Berlin",
                "'  mon-fri   22:00 - 06:00 ,sat , sun 00:00-24:00   UTC '| mon-fri 22:00 - 06:00 ,sat , sun 00:00-24:00 UTC",
                "22:00-06:00 +02:00| 22:00-06:00 +02:00",
            })
    void keepsItsText(String text, String kept) {
        DeliveryWindow window = DeliveryWindow.parse(text);
        assertThat(window).hasToString(kept).isEqualTo(DeliveryWindow.parse(kept));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''| not a window; write times of the day and a time zone, such as 22:00-06:00 Europe/Berlin",
                "22:00-06:00| write times of the day and a time zone",
                "MON-FRI 22:00-06:00| write times of the day and a time zone",
                "Europe/Berlin| write times of the day and a time zone",
                "22-06 Europe/Berlin| not a window",
                "22:00 Europe/Berlin| not a window",
                "22:00-06:00, Europe/Berlin| not a window",
                "22:00-06:00 MON-FRI Europe/Berlin| not a window",
                "22:00-06:00 Europe/Berln| not a time zone; write Europe/Berlin, if that is meant",
                "22:00-25:00 Europe/Berlin| not a time of the day; write HH:MM",
                "24:00-06:00 Europe/Berlin| not a time of the day; write HH:MM",
                "MON-FRY 22:00-06:00 Europe/Berlin| not days of the week; write MON",
                "22:00-22:00 Europe/Berlin| 22:00-22:00 ends when it begins; for a whole day, write 00:00-24:00",
            })
    void refusesAnotherFormWithAnExample(String text, String problem) {
        assertThatThrownBy(() -> DeliveryWindow.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(problem);
    }

    private static void assertOpen(String times, String now) {
        assertThat(DeliveryWindow.parse(times + BERLIN).opensAt(Instant.parse(now)))
                .isEmpty();
    }

    private static void assertNextOpening(String times, String now, String opening) {
        assertThat(DeliveryWindow.parse(times + BERLIN).opensAt(Instant.parse(now)))
                .contains(Instant.parse(opening));
    }
}
