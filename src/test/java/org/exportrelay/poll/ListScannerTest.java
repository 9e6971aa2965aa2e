package org.exportrelay.poll;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.exportrelay.api.Export;
import org.exportrelay.api.ExportPage;
import org.exportrelay.testing.LogLines;
import org.exportrelay.testing.SettableClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ListScannerTest {

    private static final int TOO_MANY_REQUESTS = 3_000;
    private static final Duration PERIOD = Duration.ofSeconds(60);

    private final Set<String> recorded = new HashSet<>();
    private final SettableClock clock = new SettableClock(Instant.parse("2026-02-17T00:00:00Z"));

    @ParameterizedTest
    @CsvSource({"10, true", "10, false", "1000, true", "1000, false", "10000, true", "10000, false"})
    void asksOncePerPollInTheSteadyStateAndReReadsNothingForAnArrival(int size, boolean newestFirst) {
        SimulatedList list = new SimulatedList(size, newestFirst);
        ListScanner reader = reader();
        poll(reader, list);
        assertThat(missing(list.completed())).isEmpty();
        for (int i = 0; i < 20; i++) {
            if (i % 3 == 0) {
                list.arrive();
            }
            assertThat(poll(reader, list)).isEqualTo(1);
            assertThat(missing(list.completed())).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void readsOnlyAsManyPagesAsArrivedAtOnce(boolean newestFirst) {
        SimulatedList list = new SimulatedList(5_000, newestFirst);
        ListScanner reader = reader();
        poll(reader, list);
        for (int i = 0; i < 250; i++) {
            list.arrive();
        }
        assertThat(poll(reader, list)).isLessThanOrEqualTo(4);
        assertThat(missing(list.completed())).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void findsAnOldExportThatCompletedLateInAFewRequests(boolean newestFirst) {
        SimulatedList list = new SimulatedList(10_000, newestFirst);
        ListScanner reader = reader();
        poll(reader, list);
        Random random = new Random(1);
        for (int i = 0; i < 30; i++) {
            list.completeLate(random);
            assertThat(poll(reader, list)).isLessThanOrEqualTo(12);
            assertThat(missing(list.completed())).isEmpty();
        }
    }

    @Test
    void copesWithExportsThatVanishAndGoesBackToOneRequest() {
        SimulatedList list = new SimulatedList(2_000, true);
        ListScanner reader = reader();
        poll(reader, list);
        Random random = new Random(2);
        for (int i = 0; i < 5; i++) {
            list.vanish(random);
        }
        list.arrive();
        poll(reader, list);
        poll(reader, list);
        assertThat(missing(list.completed())).isEmpty();
        poll(reader, list);
        assertThat(poll(reader, list)).isEqualTo(1);
    }

    /** Hundreds of seeds: the list moves between any two requests and between polls, in every way. */
    @Test
    void missesNothingAfterTwoPollsHoweverTheListMoves() {
        for (int seed = 0; seed < 600; seed++) {
            Random random = new Random(seed);
            recorded.clear();
            SimulatedList list = new SimulatedList(random.nextInt(300), random.nextBoolean());
            list.largestPage = 5 + random.nextInt(96);
            ListScanner reader = new ListScanner(5 + random.nextInt(96), Duration.ofHours(24), PERIOD, clock);
            for (int i = 0; i < 8; i++) {
                // Anything but an arrival deep in the list together with another entry's end, which only the
                // full scan can see.
                boolean late = random.nextBoolean();
                for (int moves = random.nextInt(4); moves > 0; moves--) {
                    if (late) {
                        list.completeLate(random);
                    } else {
                        list.vanish(random);
                    }
                }
                list.arrive();
                Set<String> listed = list.completed();
                poll(reader, list, () -> move(list, random, !late));
                poll(reader, list);
                poll(reader, list);
                listed.retainAll(list.completed());
                assertThat(missing(listed)).as("seed %d, round %d", seed, i).isEmpty();
            }
            clock.advance(Duration.ofHours(25));
            poll(reader, list);
            assertThat(missing(list.completed())).as("seed %d, full scan", seed).isEmpty();
        }
    }

    /** The list grows at the rate of an export a second, and others complete late behind the scan and after it. */
    @ParameterizedTest
    @CsvSource({"25000, true", "25000, false", "3000, true"})
    void seesAnExportDeepInALongListByTheSecondPollAlthoughOthersArriveDuringTheFullScan(
            int size, boolean newestFirst) {
        Random random = new Random(size);
        SimulatedList list = new SimulatedList(size, newestFirst);
        ListScanner reader = reader();
        poll(reader, list, () -> {
            if (random.nextInt(3) == 0) {
                list.arrive();
            }
            if (random.nextInt(100) == 0) {
                list.completeLate(random);
            }
        });
        Set<String> listed = list.completed();
        poll(reader, list);
        poll(reader, list);
        assertThat(missing(listed)).isEmpty();
        for (int round = 0; round < 5; round++) {
            list.completeLate(random);
            listed = list.completed();
            Runnable arrivals = () -> {
                if (random.nextInt(8) == 0) {
                    list.arrive();
                }
            };
            poll(reader, list, arrivals);
            poll(reader, list, arrivals);
            assertThat(missing(listed)).as("round %d", round).isEmpty();
        }
    }

    /** Under a rate limit of 48 requests a minute, the scan of this list takes five minutes. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void findsWhatArrivesDuringALongFullScanWithinAPollPeriod(boolean newestFirst) {
        SimulatedList list = new SimulatedList(25_000, newestFirst);
        Map<String, Instant> unrecorded = new LinkedHashMap<>();
        Random random = new Random(7);
        int requests = poll(reader(), list, () -> {
            clock.advance(Duration.ofMillis(1250));
            unrecorded.keySet().removeAll(recorded);
            assertThat(unrecorded.values())
                    .allMatch(arrived ->
                            arrived.isAfter(clock.instant().minus(PERIOD).minusSeconds(2)));
            if (random.nextInt(10) == 0) {
                unrecorded.put(list.arrive(), clock.instant());
            }
        });
        assertThat(requests).as("a page each period beside those of the scan").isBetween(253, 260);
    }

    /** As above for lists of every size and any movement, with more pages than extra full scans may read. */
    @Test
    void missesNothingByTheSecondPollAfterAFullScanOfAMovingList() {
        for (int seed = 0; seed < 150; seed++) {
            Random random = new Random(seed);
            recorded.clear();
            SimulatedList list = new SimulatedList(1_000 + random.nextInt(1_000), random.nextBoolean());
            ListScanner reader = new ListScanner(4, Duration.ofHours(24), PERIOD, clock);
            list.largestPage = 4;
            // Half of the scans take so long that pages of the newest exports interrupt them.
            Duration perRequest = Duration.ofSeconds(seed % 2 == 0 ? 0 : random.nextInt(40));
            for (int scan = 0; scan < 2; scan++) {
                poll(reader, list, () -> {
                    clock.advance(perRequest);
                    if (random.nextInt(10) == 0) {
                        list.arrive();
                    }
                    if (random.nextInt(100) == 0) {
                        list.completeLate(random);
                    }
                });
                for (int round = 0; round < 3; round++) {
                    list.completeLate(random);
                    Set<String> listed = list.completed();
                    poll(reader, list);
                    poll(reader, list);
                    assertThat(missing(listed))
                            .as("seed %d, scan %d, round %d", seed, scan, round)
                            .isEmpty();
                }
                clock.advance(Duration.ofHours(24));
            }
        }
    }

    @Test
    void theFullScanFindsWhatTheTotalHides() {
        SimulatedList list = new SimulatedList(1_000, true);
        ListScanner reader = reader();
        poll(reader, list);
        Random random = new Random(3);
        list.vanish(random);
        list.completeLate(random);
        poll(reader, list);
        clock.advance(Duration.ofHours(24));
        poll(reader, list);
        assertThat(missing(list.completed())).isEmpty();
    }

    @Test
    void scansAgainAndAgainWithinTheBudgetWhereThereIsNoTotal() {
        SimulatedList list = new SimulatedList(1_000, true);
        list.givesTotal = false;
        assertWithinBudgetAndComplete(list);
    }

    @Test
    void scansAgainAndAgainWithinTheBudgetWhereTheTotalIsWrong() {
        SimulatedList list = new SimulatedList(1_000, false);
        list.totalError = 7;
        assertWithinBudgetAndComplete(list);
    }

    @Test
    void scansAgainAndAgainWithinTheBudgetWhereTheListIsShuffled() {
        SimulatedList list = new SimulatedList(60, false);
        list.shuffles = true;
        assertWithinBudgetAndComplete(list);
    }

    @Test
    void readsAgainWhatIsNotCompletedYetWhereTheFilterIsIgnored() {
        SimulatedList list = new SimulatedList(90, true);
        list.addUnfinished();
        ListScanner reader = reader();
        poll(reader, list);
        list.finishAll();
        poll(reader, list);
        assertThat(missing(list.completed())).isEmpty();
    }

    @Test
    void takesPagesThatAreSmallerThanAsked() {
        SimulatedList list = new SimulatedList(230, true);
        list.largestPage = 25;
        ListScanner reader = reader();
        assertThat(poll(reader, list)).isLessThanOrEqualTo(11);
        assertThat(missing(list.completed())).isEmpty();
        assertThat(poll(reader, list)).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"250, true", "250, false", "5000, true", "5000, false"})
    void noticesWithinThreeRequestsThatEveryOffsetBringsTheFirstPage(int size, boolean newestFirst) {
        SimulatedList list = new SimulatedList(size, newestFirst);
        list.ignoresOffset = true;
        ListScanner reader = reader();
        for (int i = 0; i < 200; i++) {
            assertThat(poll(reader, list)).isLessThanOrEqualTo(3);
        }
    }

    @ParameterizedTest
    @CsvSource({"250, true, true", "250, false, true", "250, true, false", "250, false, false"})
    void noticesItAlsoWhereTheServerBeginsToRepeatItselfLater(int size, boolean newestFirst, boolean givesTotal) {
        SimulatedList list = new SimulatedList(size, newestFirst);
        list.givesTotal = givesTotal;
        ListScanner reader = reader();
        poll(reader, list);
        list.ignoresOffset = true;
        for (int i = 0; i < 100; i++) {
            if (i % 7 == 0) {
                list.arrive();
            }
            assertThat(poll(reader, list)).as("poll %d", i).isLessThanOrEqualTo(3);
        }
        list.ignoresOffset = false;
        clock.advance(Duration.ofHours(24));
        poll(reader, list);
        assertThat(missing(list.completed())).isEmpty();
    }

    @Test
    void warnsOnceOfAServerThatRepeatsItself() {
        SimulatedList list = new SimulatedList(250, true);
        list.ignoresOffset = true;
        ListScanner reader = reader();
        try (LogLines log = LogLines.of(ListScanner.class)) {
            for (int i = 0; i < 10; i++) {
                poll(reader, list);
            }
            assertThat(log.all())
                    .singleElement()
                    .asString()
                    .startsWith("WARN poll: the API returns the same 100 exports");
            list.ignoresOffset = false;
            poll(reader, list);
            list.ignoresOffset = true;
            clock.advance(Duration.ofHours(24));
            poll(reader, list);
            assertThat(log.all()).hasSize(2);
        }
    }

    private void assertWithinBudgetAndComplete(SimulatedList list) {
        ListScanner reader = reader();
        int requests = 0;
        for (int minute = 0; minute < 24 * 60; minute++) {
            if (minute % 100 == 0) {
                list.arrive();
                list.completeLate(new Random(minute));
            }
            requests += poll(reader, list);
        }
        assertThat(requests).isLessThan(5_000);
        clock.advance(Duration.ofHours(1));
        poll(reader, list);
        assertThat(missing(list.completed())).isEmpty();
    }

    private static void move(SimulatedList list, Random random, boolean vanishing) {
        int move = random.nextInt(6);
        if (move == 0) {
            list.arrive();
        } else if (move == 1 && vanishing) {
            list.vanish(random);
        }
    }

    /** What is not recorded. A set's own difference, since comparing long lists pair by pair takes minutes. */
    private Set<String> missing(Set<String> listed) {
        Set<String> missing = new HashSet<>(listed);
        missing.removeAll(recorded);
        return missing;
    }

    private int poll(ListScanner reader, SimulatedList list) {
        return poll(reader, list, () -> {});
    }

    private int poll(ListScanner reader, SimulatedList list, Runnable betweenRequests) {
        int before = list.requests;
        reader.begin();
        while (!reader.isDone()) {
            ExportPage page = list.page(reader.offset(), 100);
            page.data().stream().filter(Export::isCompleted).forEach(export -> recorded.add(export.exportId()));
            reader.read(page);
            assertThat(list.requests - before).isLessThan(TOO_MANY_REQUESTS);
            betweenRequests.run();
        }
        clock.advance(Duration.ofSeconds(60));
        return list.requests - before;
    }

    private ListScanner reader() {
        return new ListScanner(100, Duration.ofHours(24), PERIOD, clock);
    }
}
