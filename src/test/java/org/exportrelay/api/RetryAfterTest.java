package org.exportrelay.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.apache.hc.core5.http.message.BasicHttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetryAfterTest {

    private static final String AGAIN = "Tue, 17 Feb 2026 16:00:30 GMT";

    /** The clock of this machine, which may be wrong, does not matter. */
    @ParameterizedTest
    @ValueSource(strings = {"2026-02-17T15:40:00Z", "2026-02-17T16:20:00Z", "2016-02-17T16:00:00Z"})
    void comparesADateWithTheDateOfTheSameAnswer(Instant now) {
        assertThat(RetryAfter.of(answer(AGAIN, "Tue, 17 Feb 2026 16:00:00 GMT"), now))
                .contains(Duration.ofSeconds(30));
        assertThat(RetryAfter.parse(AGAIN, " Tue, 17 Feb 2026 16:00:00 GMT ", now))
                .contains(Duration.ofSeconds(30));
    }

    @ParameterizedTest
    @CsvSource({"yesterday", "''", "2026-02-17T16:00:00Z"})
    void comparesItWithTheClockWhereTheAnswerHasNoDate(String date) {
        Instant now = Instant.parse("2026-02-17T16:00:10Z");
        assertThat(RetryAfter.of(answer(AGAIN, date), now)).contains(Duration.ofSeconds(20));
        assertThat(RetryAfter.of(answer(AGAIN, null), now)).contains(Duration.ofSeconds(20));
    }

    @Test
    void waitsForNoDateThatHasPassedAndForAYearAtMost() {
        String date = "Tue, 17 Feb 2026 16:01:00 GMT";
        assertThat(RetryAfter.of(answer(AGAIN, date), Instant.EPOCH)).contains(Duration.ZERO);
        assertThat(RetryAfter.of(answer("Fri, 31 Dec 9999 23:59:59 GMT", date), Instant.EPOCH))
                .contains(Duration.ofDays(365));
    }

    private static BasicHttpResponse answer(String retryAfter, String date) {
        BasicHttpResponse answer = new BasicHttpResponse(503);
        answer.setHeader("Retry-After", retryAfter);
        if (date != null) {
            answer.setHeader("Date", date);
        }
        return answer;
    }
}
