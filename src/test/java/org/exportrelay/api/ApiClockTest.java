package org.exportrelay.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.hc.core5.http.message.BasicHttpResponse;
import org.exportrelay.config.TestSettings;
import org.exportrelay.testing.IdleServer;
import org.exportrelay.testing.LogLines;
import org.exportrelay.testing.SettableClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ApiClockTest {

    private static final Instant TRUE_TIME = Instant.parse("2026-02-17T16:00:00Z");

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);

    @ParameterizedTest
    @CsvSource({"PT20M", "-PT20M", "PT90M", "PT0S", "-P3650D"})
    void isTheApisTimeHoweverWrongThisMachinesClockIs(Duration ahead) {
        SettableClock machine = new SettableClock(TRUE_TIME.plus(ahead));
        ApiClock clock = new ApiClock(machine, nanos::get);
        clock.observe(answer("Tue, 17 Feb 2026 16:00:00 GMT"));
        assertThat(clock.instant()).isEqualTo(TRUE_TIME);
        nanos.addAndGet(Duration.ofHours(7).toNanos());
        assertThat(clock.instant()).isEqualTo(TRUE_TIME.plus(Duration.ofHours(7)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT1H", "-PT1H", "PT30S", "-PT30S"})
    void doesNotChangeWhereThisMachinesClockIsSet(Duration by) {
        SettableClock machine = new SettableClock(TRUE_TIME);
        ApiClock clock = new ApiClock(machine, nanos::get);
        machine.advance(by);
        assertThat(clock.instant()).isEqualTo(TRUE_TIME);
        clock.observe(answer("Tue, 17 Feb 2026 16:00:00 GMT"));
        machine.advance(by);
        nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        assertThat(clock.instant()).isEqualTo(TRUE_TIME.plusSeconds(1));
    }

    @Test
    void runsEvenlyThroughAnswersThatHaveWholeSecondsOnly() {
        ApiClock clock = new ApiClock(new SettableClock(TRUE_TIME.plusMillis(1900)), nanos::get);
        clock.observe(answer("Tue, 17 Feb 2026 16:00:01 GMT"));
        assertThat(clock.instant()).isEqualTo(TRUE_TIME.plusMillis(1900));
        nanos.addAndGet(Duration.ofMillis(200).toNanos());
        clock.observe(answer("Tue, 17 Feb 2026 16:00:02 GMT"));
        assertThat(clock.instant()).isEqualTo(TRUE_TIME.plusMillis(2100));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "yesterday", "1771344000", "2026-02-17T16:00:00Z"})
    void ignoresADateThatIsNone(String date) {
        ApiClock clock = new ApiClock(new SettableClock(TRUE_TIME), nanos::get);
        clock.observe(answer(date));
        clock.observe(new BasicHttpResponse(200));
        assertThat(clock.instant()).isEqualTo(TRUE_TIME);
        assertThat(clock.certainlyPast()).isEqualTo(TRUE_TIME.minus(Duration.ofHours(1)));
    }

    @Test
    void ignoresTheDateOfAnAnswerOutOfACache() {
        ApiClock clock = new ApiClock(new SettableClock(TRUE_TIME), nanos::get);
        BasicHttpResponse cached = answer("Mon, 16 Feb 2026 16:00:00 GMT");
        cached.setHeader("Age", "86400");
        clock.observe(cached);
        assertThat(clock.instant()).isEqualTo(TRUE_TIME);
    }

    @Test
    void allowsForLessDoubtOnceTheApiHasAnswered() {
        ApiClock clock = new ApiClock(new SettableClock(TRUE_TIME.plus(Duration.ofMinutes(20))), nanos::get);
        assertThat(clock.certainlyPast()).isBefore(TRUE_TIME);
        clock.observe(answer("Tue, 17 Feb 2026 16:00:00 GMT"));
        assertThat(clock.certainlyPast()).isEqualTo(TRUE_TIME.minus(Duration.ofMinutes(1)));
    }

    @Test
    void warnsOnceOfAClockThatIsWrongByMoreThanAMinute() {
        SettableClock machine = new SettableClock(TRUE_TIME.plus(Duration.ofMinutes(20)));
        ApiClock clock = new ApiClock(machine, nanos::get);
        try (LogLines log = LogLines.of(ApiClock.class)) {
            clock.observe(answer("Tue, 17 Feb 2026 16:00:00 GMT"));
            clock.observe(answer("Tue, 17 Feb 2026 16:00:00 GMT"));
            assertThat(log.all())
                    .containsExactly("WARN this machine's clock is 20m ahead of the API's; what expires follows the"
                            + " API's clock; synchronise this machine's clock (NTP)");
            machine.advance(Duration.ofMinutes(-20));
            clock.observe(answer("Tue, 17 Feb 2026 16:00:00 GMT"));
            machine.advance(Duration.ofMinutes(-2));
            clock.observe(answer("Tue, 17 Feb 2026 16:00:00 GMT"));
            assertThat(log.all()).hasSize(2).last().asString().contains("2m behind the API's");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Fri, 31 Dec 9999 23:59:59 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"})
    void neverLearnsADateOfAnotherCenturyHoweverOftenItComes(String date) {
        ApiClock clock = new ApiClock(new SettableClock(TRUE_TIME), nanos::get);
        try (LogLines log = LogLines.of(ApiClock.class)) {
            for (int i = 0; i < 10; i++) {
                clock.observe(answer(date));
            }
            assertThat(log.all())
                    .singleElement()
                    .asString()
                    .contains("ignored until 3 answers in a row agree; check this machine's clock (NTP)");
        }
        assertThat(clock.instant()).isEqualTo(TRUE_TIME);
        assertThat(clock.certainlyPast()).isEqualTo(TRUE_TIME.minus(Duration.ofHours(1)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Fri, 20 Feb 2026 16:00:00 GMT",
                "Sat, 14 Feb 2026 16:00:00 GMT",
                "Wed, 17 Feb 2027 16:00:00 GMT",
                "Tue, 17 Feb 2026 16:05:00 GMT"
            })
    void ignoresADateThatDiffersFromThoseBeforeUntilItIsRepeated(String odd) {
        ApiClock clock = new ApiClock(new SettableClock(TRUE_TIME), nanos::get);
        clock.observe(answer("Tue, 17 Feb 2026 16:00:00 GMT"));
        for (int i = 0; i < 10; i++) {
            clock.observe(answer(odd));
            clock.observe(answer(odd));
            assertThat(clock.instant()).isEqualTo(TRUE_TIME);
            clock.observe(answer("Tue, 17 Feb 2026 16:00:00 GMT"));
        }
        clock.observe(answer(odd));
        clock.observe(answer(odd));
        clock.observe(answer(odd));
        assertThat(clock.instant()).isNotEqualTo(TRUE_TIME);
    }

    @Test
    void believesAFirstDateThatIsDaysAwayFromThisMachinesClockOnlyWhenItIsRepeated() {
        ApiClock clock = new ApiClock(new SettableClock(TRUE_TIME.minus(Duration.ofDays(3))), nanos::get);
        clock.observe(answer("Tue, 17 Feb 2026 16:00:00 GMT"));
        clock.observe(answer("Tue, 17 Feb 2026 16:00:00 GMT"));
        assertThat(clock.certainlyPast()).isBefore(TRUE_TIME.minus(Duration.ofDays(3)));
        clock.observe(answer("Tue, 17 Feb 2026 16:00:00 GMT"));
        assertThat(clock.instant()).isEqualTo(TRUE_TIME);
        assertThat(clock.certainlyPast()).isEqualTo(TRUE_TIME.minus(Duration.ofMinutes(1)));
    }

    @Test
    void expiresByTheEarlierClockUntilSeveralAnswersAgree() {
        ApiClock clock = new ApiClock(new SettableClock(TRUE_TIME), nanos::get);
        clock.observe(answer("Wed, 18 Feb 2026 04:00:00 GMT"));
        assertThat(clock.certainlyPast()).isEqualTo(TRUE_TIME.minus(Duration.ofMinutes(1)));
        clock.observe(answer("Wed, 18 Feb 2026 04:00:00 GMT"));
        clock.observe(answer("Wed, 18 Feb 2026 04:00:00 GMT"));
        assertThat(clock.certainlyPast())
                .isEqualTo(TRUE_TIME.plus(Duration.ofHours(12)).minus(Duration.ofMinutes(1)));
    }

    @ParameterizedTest
    @CsvSource({"PT20M13S, 20m 13s", "P2DT3H5M7S, 2d 3h", "PT3H, 3h"})
    void statesTheDifferenceInReadableUnits(Duration ahead, String shown) {
        ApiClock clock = new ApiClock(new SettableClock(TRUE_TIME.plus(ahead)), nanos::get);
        try (LogLines log = LogLines.of(ApiClock.class)) {
            for (int i = 0; i < 3; i++) {
                clock.observe(answer("Tue, 17 Feb 2026 16:00:00 GMT"));
            }
            assertThat(log.all())
                    .last()
                    .asString()
                    .contains("this machine's clock is " + shown + " ahead of the API's");
        }
    }

    @Test
    void learnsFromAGoodAnswer() throws Exception {
        assertThat(offsetAfterACall("200 OK", Duration.ofMinutes(-20)))
                .isBetween(
                        Duration.ofMinutes(-20).minusSeconds(5),
                        Duration.ofMinutes(-20).plusSeconds(5));
    }

    @ParameterizedTest
    @ValueSource(strings = {"302 Found", "403 Forbidden", "404 Not Found"})
    void learnsNothingFromAnAnswerThatMayBeAnothersThanTheApis(String status) throws Exception {
        assertThat(offsetAfterACall(status, Duration.ofDays(9))).isZero();
    }

    /** What a call changes at the clock. */
    private static Duration offsetAfterACall(String status, Duration stated) throws IOException {
        ApiClock clock = new ApiClock(Clock.systemUTC(), () -> 0);
        Instant before = clock.instant();
        String date =
                DateTimeFormatter.RFC_1123_DATE_TIME.format(before.plus(stated).atOffset(ZoneOffset.UTC));
        String export = "{\"data\": {\"export_id\": \"e1\", \"status\": \"completed\"}}";
        try (IdleServer server = new IdleServer(status, "Date: " + date, export, IdleServer.Ending.CLOSED);
                RelayApi api = new RelayApi(
                        TestSettings.of("relay.api.url", server.url().toString(), "relay.api.key", "dm_sk_live_x"),
                        clock)) {
            catchThrowable(() -> api.exports().export("e1"));
            assertThat(server.connections()).isEqualTo(1);
            return Duration.between(before, clock.instant());
        }
    }

    private static BasicHttpResponse answer(String date) {
        BasicHttpResponse answer = new BasicHttpResponse(200);
        answer.setHeader("Date", date);
        return answer;
    }
}
