package org.exportrelay.scale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Running;
import org.exportrelay.testing.RelayLedger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A new route receives 100,000 past exports, while another one delivers a new export every half a second. */
@Tag("scale")
class BackfillScaleIT {

    private static final int PAST = Integer.getInteger("scale.past", 100_000);
    private static final Duration POLL_PERIOD = Duration.ofSeconds(2);
    private static final Duration BETWEEN_EXPORTS = Duration.ofMillis(500);
    private static final int ALONE = 60;
    private static final int BESIDE = 180;

    @TempDir
    private Path directory;

    @Test
    void theBackfillOfAnotherDestinationDoesNotDelayNewExports() throws Exception {
        backfill("no limits", 1_000_000);
    }

    /** Ten times the limit of the API, since otherwise the first scan alone would take 20 minutes. */
    @Test
    void norDoesItWhereTheApiLimitsTheRequests() throws Exception {
        backfill("600 requests a minute", 600);
    }

    private void backfill(String name, int requestsPerMinute) throws Exception {
        try (Sandbox sandbox = Sandbox.start(SandboxOptions.defaults()
                .withArrivalPeriod(Duration.ZERO)
                .withExports(0)
                .withRequestsPerMinute(requestsPerMinute)
                .withRequestsPerDay(requestsPerMinute * 100))) {
            Instant now = Instant.now();
            for (int i = 0; i < PAST; i++) {
                sandbox.addFinished(
                        "past_export", now.minus(Duration.ofSeconds(PAST - i)), new SandboxFile("past.csv.gz", 10));
            }
            RelayChild relay = RelayChild.in(directory)
                    .at(sandbox)
                    .withJava("-XX:TieredStopAtLevel=4")
                    .with("relay.poll.period", POLL_PERIOD.toSeconds() + "s");
            route("deliver-to-file", "archive", "live_*");
            long start = System.nanoTime();
            Running running = relay.start("run");
            try {
                await().atMost(Duration.ofMinutes(6))
                        .until(() -> running.output().contains("poll: " + PAST + " seen"));
                double scanned = seconds(start);
                List<Long> alone = live(sandbox, relay.ledger(), ALONE);
                long requests = sandbox.listRequests();
                long singleRequests = sandbox.getRequests();
                route("deliver-to-warehouse", "warehouse", "past_*");
                await().atMost(Duration.ofMinutes(1))
                        .until(() -> relay.ledger().number("SELECT count(*) FROM destination WHERE name = 'warehouse'")
                                == 1);
                long began = System.nanoTime();
                List<Long> beside = live(sandbox, relay.ledger(), BESIDE);
                double took = seconds(began);
                long polls = sandbox.listRequests() - requests;
                long delivered = delivered(relay.ledger(), "warehouse");
                System.out.printf(
                        "%s: first read of %,d exports %.0f s; new exports are delivered after %,d ms (median), %,d ms (most);"
                                + " beside the backfill after %,d ms, %,d ms; %,d past exports in %.0f s, %,d requests for"
                                + " pages, %,d for single exports%n",
                        name,
                        PAST,
                        scanned,
                        median(alone),
                        most(alone),
                        median(beside),
                        most(beside),
                        delivered,
                        took,
                        polls,
                        sandbox.getRequests() - singleRequests);
                assertThat(median(beside)).isLessThan(median(alone) + POLL_PERIOD.toMillis());
                assertThat(most(beside)).isLessThan(Duration.ofSeconds(15).toMillis());
                assertThat(polls).as("polls").isGreaterThan((long) (took / POLL_PERIOD.toSeconds() / 2));
                assertThat(delivered).isGreaterThan(requestsPerMinute > 10_000 ? PAST / 10 : PAST / 100);
            } finally {
                running.stop();
            }
        }
    }

    private void route(String id, String destination, String exports) throws IOException {
        Path written = directory.resolve(id + ".written");
        Files.writeString(
                written,
                """
                - route:
                    id: %s
                    description: Delivers some exports to a directory
                    from:
                      uri: exports:%s
                      parameters:
                        payload: file
                        parallel: 8
                        name: "%s"
                      steps:
                        - to:
                            uri: "file:data/%s"
                """
                        .formatted(id, destination, exports, destination));
        // The relay reads the whole file or none.
        Files.move(written, directory.resolve("routes/" + id + ".camel.yaml"), StandardCopyOption.REPLACE_EXISTING);
    }

    /** How long each of some new exports takes from its completion to its delivery, in milliseconds, in order. */
    private static List<Long> live(Sandbox sandbox, RelayLedger ledger, int exports) throws Exception {
        Map<String, Instant> added = new LinkedHashMap<>();
        for (int i = 0; i < exports; i++) {
            added.put(
                    sandbox.addFinished("live_export", new SandboxFile("live.csv.gz", 10))
                            .id(),
                    Instant.now());
            Thread.sleep(BETWEEN_EXPORTS.toMillis());
        }
        Map<String, Instant> delivered = new LinkedHashMap<>();
        await().atMost(Duration.ofMinutes(2))
                .pollInterval(Duration.ofSeconds(1))
                .ignoreExceptions()
                .until(() -> {
                    for (List<String> row : ledger.rows(
                            "SELECT f.export_id, d.finished_at FROM delivery d JOIN export_file f ON f.file_id = d.file_id"
                                    + " WHERE d.destination = 'archive' AND d.state = 'delivered'")) {
                        delivered.put(row.get(0), Instant.parse(row.get(1)));
                    }
                    return delivered.keySet().containsAll(added.keySet());
                });
        List<Long> took = new ArrayList<>();
        added.forEach(
                (id, at) -> took.add(Duration.between(at, delivered.get(id)).toMillis()));
        return took.stream().sorted().toList();
    }

    private static long delivered(RelayLedger ledger, String destination) throws SQLException {
        return ledger.number(
                "SELECT count(*) FROM delivery WHERE state = 'delivered' AND destination = '" + destination + "'");
    }

    private static long median(List<Long> sorted) {
        return sorted.get(sorted.size() / 2);
    }

    private static long most(List<Long> sorted) {
        return sorted.get(sorted.size() - 1);
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }
}
