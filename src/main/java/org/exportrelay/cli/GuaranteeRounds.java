package org.exportrelay.cli;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.exportrelay.routetest.GuaranteeJournal;
import org.exportrelay.routetest.GuaranteePlan;
import org.exportrelay.routetest.GuaranteeRound;
import org.exportrelay.routetest.GuaranteeRun;
import org.exportrelay.sandbox.Sandbox;

/**
 * The rounds of {@code test --guarantees}: child processes of this program that deliver one after the other, with one ledger
 * and a simulated API that fails at random, until each is killed in the middle; the last one is not. For one thread.
 */
final class GuaranteeRounds implements AutoCloseable {

    /** Share of the answers of the API and the store that fail. */
    private static final double FAULTS = 0.2;

    private static final Duration LONGEST_START = Duration.ofMinutes(1);
    private static final long CHECK_MILLIS = 2;
    /** A kill comes at any time within it, for other threads to get ahead. */
    private static final int LONGEST_DELAY_MILLIS = 50;

    private final TestOptions options;
    private final GuaranteePlan plan;
    private final ScratchDirectory scratch;
    private final Path directory;
    private final Path log;
    private final Sandbox sandbox;
    private int kills;

    GuaranteeRounds(TestOptions options, GuaranteePlan plan) throws IOException {
        this.options = options;
        this.plan = plan;
        this.scratch = new ScratchDirectory(Files.createTempDirectory("export-relay-guarantees"));
        this.directory = scratch.path();
        this.log = directory.resolve("log");
        this.sandbox =
                SandboxHost.start(TestSandbox.options().withFaults(FAULTS).withSeed(options.seed()));
    }

    /**
     * Runs all rounds.
     *
     * @param steps of endpoints in the calm run
     * @return how a process has failed by itself; empty if none did
     */
    String run(int steps) throws IOException, InterruptedException {
        int stepsOfRound = Math.max(1, steps / (options.rounds() + 1));
        for (int number = 1; number <= options.rounds() + 1; number++) {
            SplittableRandom random = new GuaranteeRound(options.seed(), number, 0).random("kill");
            boolean isLast = number > options.rounds();
            GuaranteeRound round =
                    new GuaranteeRound(options.seed(), number, isLast ? 0 : 1 + random.nextInt(stepsOfRound));
            plan.publishedIn(round).forEach(export -> sandbox.add(TestSandbox.simulated(export)));
            Process process = start(round);
            if (!isKilled(process, random.nextInt(LONGEST_DELAY_MILLIS)) && process.exitValue() != 0) {
                return "guarantees: the process of round " + number + " has ended with exit code " + process.exitValue()
                        + "\n" + Files.readString(log);
            }
        }
        return "";
    }

    private boolean isKilled(Process process, long delayMillis) throws IOException, InterruptedException {
        Path request = GuaranteeRun.killRequest(directory);
        long end = System.nanoTime() + LONGEST_START.plus(options.timeout()).toNanos();
        while (!Files.exists(request) && System.nanoTime() < end) {
            if (scratch.waitFor(CHECK_MILLIS)) {
                return false;
            }
        }
        scratch.waitFor(delayMillis);
        process.destroyForcibly().waitFor();
        kills += Files.deleteIfExists(request) ? 1 : 0;
        return true;
    }

    private Process start(GuaranteeRound round) throws IOException {
        Map<String, String> settings = new HashMap<>(TestSandbox.settings(sandbox, directory));
        // A process that is killed leaves its temporary files.
        settings.put("java.io.tmpdir", directory.toString());
        // A poll, or a download, that meets a fault is tried again soon.
        settings.putAll(
                Map.of("relay.poll.period", "1s", "relay.api.timeout", "2s", "relay.download.stall-timeout", "2s"));
        List<String> arguments =
                new ArrayList<>(List.of("test", "--guarantees-round", round.number() + "," + round.killAt()));
        arguments.addAll(List.of(options.arguments()));
        return scratch.start(new ProcessBuilder(ProgramCommand.of(
                        Path.of(System.getProperty("java.class.path")),
                        "-agentlib:.*",
                        settings.entrySet().stream()
                                .map(setting -> "-D" + setting.getKey() + "=" + setting.getValue())
                                .toList(),
                        arguments.toArray(String[]::new)))
                .redirectOutput(Redirect.appendTo(log.toFile()))
                .redirectError(options.hasLog() ? Redirect.INHERIT : Redirect.appendTo(log.toFile())));
    }

    /** How many processes were killed by SIGKILL. */
    int kills() {
        return kills;
    }

    /** How many answers of the API and the store have failed. */
    long faults() {
        return sandbox.faults();
    }

    GuaranteeJournal journal() {
        return GuaranteeRun.journal(directory);
    }

    @Override
    public void close() {
        scratch.close();
        sandbox.close();
    }
}
