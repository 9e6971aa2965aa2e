package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.FreePort;
import org.exportrelay.testing.Postgres;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.exportrelay.testing.RelayChild.Running;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What polling costs, counted at the API, and who polls; the numbers of docs/polling.md. */
class PollingIT {

    private static final Duration PERIOD = Duration.ofSeconds(2);

    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource({"10, true", "10, false", "1000, true", "1000, false", "10000, true", "10000, false"})
    void asksOncePerPollHoweverLongTheListIs(int exports, boolean newestFirst) throws Exception {
        SandboxOptions options = quiet().withExports(exports).withNewestFirst(newestFirst);
        try (Sandbox sandbox = Sandbox.start(options)) {
            Running relay =
                    polling(directory, sandbox).with("relay.poll.period", "1s").start("run");
            try {
                await().atMost(Duration.ofMinutes(2)).until(() -> polls(relay) >= 1);
                long sweep = sandbox.listRequests();
                long steady = perPoll(sandbox, relay, 4);
                sandbox.addFinished("properties_export", new SandboxFile("properties_export_2026-02-17.csv.gz", 100));
                long arrival = perPoll(sandbox, relay, 2);
                assertThat(relay.output()).contains((exports + 1) + " seen, 1 new");
                System.out.printf(
                        "| %,d | %s | %d | %d | %d |%n",
                        exports, newestFirst ? "newest first" : "oldest first", sweep, steady, arrival);
                assertThat(sweep).isBetween(1L + exports / 101, 2L + exports / 99);
                assertThat(steady).isEqualTo(1);
                assertThat(arrival).isEqualTo(1);
            } finally {
                relay.stop();
            }
        }
    }

    @Test
    void oneOfThreeInstancesPollsAndAnotherFollowsWhenItIsKilledOrPaused() throws Exception {
        try (EmbeddedPostgres postgres = Postgres.start();
                Sandbox sandbox = Sandbox.start(quiet().withExports(20))) {
            List<Running> instances = new ArrayList<>();
            for (String name : List.of("one", "two", "three")) {
                instances.add(polling(directory.resolve(name), sandbox)
                        .with("relay.poll.period", PERIOD.toSeconds() + "s")
                        .withLedger(postgres)
                        .start("run"));
            }
            try {
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> instances.stream().allMatch(i -> i.output().contains("polling")));
                assertOnePollPerPeriod(sandbox);

                Running killed = poller(instances);
                killed.process().destroyForcibly().waitFor();
                instances.remove(killed);
                long before = sandbox.listRequests();
                await().atMost(PERIOD.multipliedBy(2).plusMillis(500)).until(() -> sandbox.listRequests() > before);
                assertOnePollPerPeriod(sandbox);

                Running paused = poller(instances);
                paused.pause();
                long atPause = sandbox.listRequests();
                await().atMost(PERIOD.multipliedBy(2).plusMillis(500)).until(() -> sandbox.listRequests() > atPause);
                paused.resume();
                assertOnePollPerPeriod(sandbox);
            } finally {
                instances.forEach(Running::stop);
            }
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void theFirstReadStaysInsideTheRateLimitAndDeliversMeanwhile() throws Exception {
        // Sixty pages, of which the relay's share of a minute pays for 48.
        SandboxOptions limited = SandboxOptions.defaults()
                .withArrivalPeriod(Duration.ZERO)
                .withExports(60)
                .withMaxRecords(150);
        try (Sandbox sandbox = Sandbox.start(limited)) {
            RelayChild child = RelayChild.in(directory).at(sandbox).with("relay.poll.page-size", 1);
            Running relay = child.start("run");
            try {
                await().atMost(Duration.ofSeconds(50))
                        .until(() -> child.archived().size() >= 20);
                assertThat(polls(relay)).isZero();
                await().atMost(Duration.ofSeconds(120)).until(() -> polls(relay) >= 1);
                assertThat(relay.output()).contains("60 seen, 60 new").doesNotContain("answered 429");
            } finally {
                relay.stop();
            }
        }
    }

    @Test
    void asksNoMoreWhereTheKeyIsRefused() throws Exception {
        try (Sandbox sandbox = Sandbox.start(quiet())) {
            Running relay = polling(directory, sandbox)
                    .with("relay.poll.period", "1s")
                    .with("relay.api.key", "dm_sk_live_wrong")
                    .start("run");
            try {
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> relay.output().contains("401 invalid_api_key"));
                await().during(Duration.ofSeconds(5)).until(() -> sandbox.listRequests() == 1);
                assertThat(relay.output())
                        .containsOnlyOnce("no requests to the API before")
                        .containsOnlyOnce("invalid_api_key");
            } finally {
                relay.stop();
            }
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void onceEndsWithThreeWithinTwoMinutesWhereNobodyAnswers() throws Exception {
        Ended ended = RelayChild.in(directory)
                .with("relay.api.url", "http://127.0.0.1:" + FreePort.find())
                .with("relay.api.key", "dm_sk_live_x")
                .run("once");
        assertThat(ended.exitCode()).as(ended.err()).isEqualTo(3);
        // From the first line on: other tests slow the start down.
        LocalDateTime start = LocalDateTime.parse(ended.err().substring(0, 19).replace(' ', 'T'));
        assertThat(Duration.between(start, LocalDateTime.now())).isLessThan(Duration.ofMinutes(2));
        assertThat(ended.err()).contains("the API cannot be reached").contains("check relay.api.url and the network");
    }

    /** One request per period of all instances together, give or take the one at either end. */
    private static void assertOnePollPerPeriod(Sandbox sandbox) {
        int periods = 6;
        long before = sandbox.listRequests();
        long start = System.nanoTime();
        await().atMost(PERIOD.multipliedBy(periods + 2)).until(() -> sandbox.listRequests() - before >= periods);
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isGreaterThan(PERIOD.multipliedBy(periods * 7).dividedBy(10));
    }

    private static Running poller(List<Running> instances) {
        int[] before = instances.stream().mapToInt(PollingIT::polls).toArray();
        int[] found = {-1};
        await().atMost(PERIOD.multipliedBy(3)).until(() -> {
            found[0] = IntStream.range(0, before.length)
                    .filter(i -> polls(instances.get(i)) > before[i])
                    .findFirst()
                    .orElse(-1);
            return found[0] >= 0;
        });
        return instances.get(found[0]);
    }

    private static long perPoll(Sandbox sandbox, Running relay, int count) {
        int polls = polls(relay);
        long requests = sandbox.listRequests();
        await().atMost(Duration.ofSeconds(30)).until(() -> polls(relay) >= polls + count);
        // A poll may have begun after the last line: it counts for the next.
        return Math.round((double) (sandbox.listRequests() - requests) / (polls(relay) - polls));
    }

    /** The polls that have ended, without the lines that show how far one is. */
    private static int polls(Running relay) {
        return (int) relay.output()
                .lines()
                .filter(line -> line.contains("poll: ") && !line.contains("poll: reading the list"))
                .count();
    }

    /** Only the poll: nothing is delivered, so that nothing but lists is asked for. */
    private static RelayChild polling(Path directory, Sandbox sandbox) throws IOException {
        RelayChild relay = RelayChild.in(directory).at(sandbox);
        Files.delete(directory.resolve("routes/deliver-to-file.camel.yaml"));
        return relay;
    }

    private static SandboxOptions quiet() {
        return SandboxOptions.defaults()
                .withArrivalPeriod(Duration.ZERO)
                .withSeed(9)
                .withMinRecords(1)
                .withMaxRecords(1)
                .withRequestsPerMinute(100_000)
                .withRequestsPerDay(1_000_000);
    }
}
