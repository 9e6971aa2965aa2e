package org.exportrelay.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.hc.core5.http.message.BasicHttpResponse;
import org.exportrelay.api.RateBudget.Remaining;
import org.exportrelay.testing.SettableClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RateBudgetTest {

    private final SettableClock clock = new SettableClock(Instant.parse("2026-02-17T16:00:00Z"));

    @Test
    void spendsItsShareOfTheDocumentedMinuteAndNoMore() {
        RateBudget budget = new RateBudget(0.8, clock);
        assertThat(spendAtOnce(budget)).isEqualTo(48);
        assertThat(budget.waiting()).isEqualTo(Duration.ofMinutes(1));
        clock.advance(Duration.ofSeconds(60));
        assertThat(spendAtOnce(budget)).isEqualTo(48);
    }

    @Test
    void neverSpendsMoreThanItsShareInAnyMinute() {
        RateBudget budget = new RateBudget(0.5, clock);
        int[] perSecond = new int[600];
        for (int second = 0; second < perSecond.length; second++) {
            perSecond[second] = second % 7 == 0 ? spendAtOnce(budget) : 0;
            clock.advance(Duration.ofSeconds(1));
        }
        for (int from = 0; from + 60 <= perSecond.length; from++) {
            int spent = 0;
            for (int second = from; second < from + 60; second++) {
                spent += perSecond[second];
            }
            assertThat(spent).isLessThanOrEqualTo(30);
        }
    }

    @Test
    void showsWhatIsLeftOfEachWindow() {
        RateBudget budget = new RateBudget(0.8, clock);
        assertThat(budget.remaining())
                .containsExactly(new Remaining("minute", 48, 48), new Remaining("day", 4000, 4000));
        spendAtOnce(budget);
        assertThat(budget.remaining())
                .containsExactly(new Remaining("minute", 48, 0), new Remaining("day", 4000, 3952));
        clock.advance(Duration.ofMinutes(1));
        assertThat(budget.remaining())
                .containsExactly(new Remaining("minute", 48, 48), new Remaining("day", 4000, 3952));
    }

    @Test
    void showsWhatOthersHaveLeftWhileTheHeadersAreFresh() {
        RateBudget budget = new RateBudget(0.8, clock);
        budget.observe(answer("X-RateLimit-Remaining", "7", "X-RateLimit-Day-Remaining", "90"));
        assertThat(budget.remaining()).containsExactly(new Remaining("minute", 48, 7), new Remaining("day", 4000, 90));
        clock.advance(Duration.ofMinutes(1));
        assertThat(budget.remaining()).containsExactly(new Remaining("minute", 48, 48), new Remaining("day", 4000, 90));
        clock.advance(Duration.ofMinutes(15));
        assertThat(budget.remaining())
                .containsExactly(new Remaining("minute", 48, 48), new Remaining("day", 4000, 4000));
    }

    @Test
    void countsNoReserveOfPollsAsLeft() {
        RateBudget budget = new RateBudget(0.8, Duration.ofMinutes(1), clock);
        assertThat(budget.remaining().get(0).limit()).isLessThan(48);
        assertThat(budget.remaining().get(1).limit()).isLessThan(4000 - 24 * 60);
    }

    @Test
    void followsTheLimitsThatTheHeadersState() {
        RateBudget budget = new RateBudget(0.8, clock);
        budget.observe(answer("X-RateLimit-Limit", "10"));
        assertThat(spendAtOnce(budget)).isEqualTo(8);
    }

    @Test
    void waitsForTheResetWhereOthersHaveSpentTheRest() {
        RateBudget budget = new RateBudget(0.8, clock);
        budget.observe(answer(
                "X-RateLimit-Remaining",
                "0",
                "X-RateLimit-Reset",
                Long.toString(clock.instant().plusSeconds(25).getEpochSecond())));
        assertThat(budget.waiting()).isEqualTo(Duration.ofSeconds(25));
    }

    @Test
    void doesNotBelieveAResetBeyondTheMinute() {
        RateBudget budget = new RateBudget(0.8, clock);
        budget.observe(answer("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "99999999999"));
        assertThat(budget.waiting()).isEqualTo(Duration.ofMinutes(1));
    }

    @Test
    void obeysRetryAfterUpToADay() {
        RateBudget budget = new RateBudget(0.8, clock);
        budget.observe(answer("Retry-After", "7"));
        assertThat(budget.waiting()).isEqualTo(Duration.ofSeconds(7));
        budget.observe(answer("Retry-After", "999999999999"));
        assertThat(budget.waiting()).isEqualTo(Duration.ofDays(1));
    }

    @Test
    void obeysARetryAfterThatIsADate() {
        RateBudget budget = new RateBudget(0.8, clock);
        budget.observe(answer("Retry-After", "Tue, 17 Feb 2026 16:00:09 GMT"));
        assertThat(budget.waiting()).isEqualTo(Duration.ofSeconds(9));
        budget.observe(answer("Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT"));
        assertThat(budget.waiting()).isEqualTo(Duration.ofDays(1));
    }

    @Test
    void looksAgainLaterWhereTheDayIsUsedUp() {
        RateBudget budget = new RateBudget(0.8, clock);
        budget.observe(answer("X-RateLimit-Day-Remaining", "0"));
        assertThat(budget.waiting()).isGreaterThan(Duration.ofMinutes(5));
    }

    @Test
    void leavesTheRestOfTheDayToOthers() {
        RateBudget budget = new RateBudget(0.8, clock);
        budget.observe(answer("X-RateLimit-Limit", "100000", "X-RateLimit-Day-Limit", "50"));
        assertThat(spendAtOnce(budget)).isEqualTo(40);
        clock.advance(Duration.ofHours(23));
        assertThat(spendAtOnce(budget)).isZero();
        clock.advance(Duration.ofHours(1));
        assertThat(spendAtOnce(budget)).isEqualTo(40);
    }

    @Test
    void ignoresHeadersThatAreNoNumbers() {
        RateBudget budget = new RateBudget(0.8, clock);
        budget.observe(answer("X-RateLimit-Limit", "many", "Retry-After", "-1", "X-RateLimit-Remaining", ""));
        assertThat(spendAtOnce(budget)).isEqualTo(48);
    }

    @ParameterizedTest
    @CsvSource({"PT60S, 60, 60", "PT2S, 60, 2", "PT1S, 10, 10", "PT10M, 60, 600"})
    void aPollNeverWaitsForItsFirstRequestHoweverManyUrlsAreRequested(Duration period, int limit, int gap) {
        RateBudget budget = new RateBudget(0.8, period, clock);
        budget.observe(answer("X-RateLimit-Limit", Integer.toString(limit), "X-RateLimit-Day-Limit", "1000000"));
        for (int second = 0; second < 3600; second++) {
            spendAll(budget, Purpose.URLS);
            if (second % gap == 0) {
                assertThat(budget.spendOrWait(Purpose.LIST))
                        .as("second %d", second)
                        .isZero();
            }
            clock.advance(Duration.ofSeconds(1));
        }
    }

    @Test
    void pollsContinueWhenUrlsHaveUsedUpTheirShareOfTheDay() {
        RateBudget budget = new RateBudget(0.8, Duration.ofSeconds(60), clock);
        budget.observe(answer("X-RateLimit-Limit", "100000", "X-RateLimit-Day-Limit", "5000"));
        int urls = spendAll(budget, Purpose.URLS);
        assertThat(urls).isBetween(2000, 4000 - 1440);
        assertThat(budget.waiting(Purpose.URLS)).isGreaterThan(Duration.ofHours(1));
        int polls = 0;
        for (int minute = 0; minute < 24 * 60 - 1; minute++) {
            polls += budget.spendOrWait(Purpose.LIST).isZero() ? 1 : 0;
            clock.advance(Duration.ofMinutes(1));
        }
        assertThat(polls).isEqualTo(24 * 60 - 1);
        assertThat(polls + urls).isLessThanOrEqualTo(4000);
    }

    @Test
    void pollsSlowDownInsteadOfEndingWhereTheDayAllowsFewer() {
        RateBudget budget = new RateBudget(0.8, Duration.ofSeconds(2), clock);
        int polls = 0;
        Duration longest = Duration.ZERO;
        for (int second = 0; second < 2 * 24 * 3600; second += 2) {
            Duration wait = budget.spendOrWait(Purpose.LIST);
            polls += wait.isZero() ? 1 : 0;
            longest = wait.compareTo(longest) > 0 ? wait : longest;
            clock.advance(Duration.ofSeconds(2));
        }
        assertThat(longest).isLessThan(Duration.ofSeconds(31));
        assertThat(polls).isBetween(6000, 2 * 4000);
    }

    @Test
    void aLongListLeavesAQuarterToUrlsWhileTheyAreRequested() {
        RateBudget budget = new RateBudget(0.8, Duration.ofSeconds(60), clock);
        assertThat(budget.spendOrWait(Purpose.URLS)).isZero();
        assertThat(spendAll(budget, Purpose.LIST)).isBetween(30, 36);
        assertThat(spendAll(budget, Purpose.URLS)).isEqualTo(11);
    }

    @Test
    void urlsDoNotTakeAllThatShortPeriodsLeaveOfTheDay() {
        RateBudget budget = new RateBudget(0.8, Duration.ofSeconds(1), clock);
        assertThat(budget.spendOrWait(Purpose.URLS)).isZero();
        for (int poll = 0; poll < 5; poll++) {
            assertThat(budget.spendOrWait(Purpose.LIST)).isZero();
            clock.advance(Duration.ofSeconds(2));
        }
    }

    /** One poll runs at a time, so that what is reserved for the next one is of no use while pages wait. */
    @Test
    void aPollOfManyPagesUsesWhatIsReservedForTheNextPolls() {
        RateBudget budget = new RateBudget(0.8, Duration.ofSeconds(1), clock);
        assertThat(spendAll(budget, Purpose.LIST)).isEqualTo(48);
        assertThat(budget.waiting()).isBetween(Duration.ofSeconds(59), Duration.ofSeconds(60));
        clock.advance(Duration.ofSeconds(61));
        assertThat(budget.spendOrWait(Purpose.LIST)).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 10})
    void pollsOfSeveralPagesStayWithinTheShare(int pages) {
        RateBudget budget = new RateBudget(0.8, Duration.ofSeconds(1), clock);
        List<Integer> perSecond = new ArrayList<>();
        for (int second = 0; second < 600; second++) {
            int spent = second % 120 < 60 ? spendAll(budget, Purpose.URLS) : 0;
            for (int page = 0; page < pages; page++) {
                spent += budget.spendOrWait(Purpose.LIST).isZero() ? 1 : 0;
            }
            perSecond.add(spent);
            clock.advance(Duration.ofSeconds(1));
        }
        for (int from = 0; from + 60 <= perSecond.size(); from++) {
            assertThat(perSecond.subList(from, from + 60).stream()
                            .mapToInt(i -> i)
                            .sum())
                    .as("from second %d", from)
                    .isLessThanOrEqualTo(48);
        }
    }

    @Test
    void neverSpendsMoreThanItsShareWithPollsEither() {
        RateBudget budget = new RateBudget(0.8, Duration.ofSeconds(10), clock);
        List<Integer> perSecond = new ArrayList<>();
        for (int second = 0; second < 600; second++) {
            perSecond.add(spendAll(budget, Purpose.URLS) + spendAll(budget, Purpose.LIST));
            clock.advance(Duration.ofSeconds(1));
        }
        for (int from = 0; from + 60 <= perSecond.size(); from++) {
            assertThat(perSecond.subList(from, from + 60).stream()
                            .mapToInt(i -> i)
                            .sum())
                    .isLessThanOrEqualTo(48);
        }
    }

    private static int spendAll(RateBudget budget, Purpose purpose) {
        int spent = 0;
        while (spent < 100_000 && budget.spendOrWait(purpose).isZero()) {
            spent++;
        }
        return spent;
    }

    private static int spendAtOnce(RateBudget budget) {
        int spent = 0;
        while (spent < 100_000 && budget.spendOrWait().isZero()) {
            spent++;
        }
        return spent;
    }

    private static BasicHttpResponse answer(String... headers) {
        BasicHttpResponse answer = new BasicHttpResponse(200);
        for (int i = 0; i < headers.length; i += 2) {
            answer.setHeader(headers[i], headers[i + 1]);
        }
        return answer;
    }
}
