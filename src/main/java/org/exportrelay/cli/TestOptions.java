package org.exportrelay.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.exportrelay.config.Durations;
import org.exportrelay.routetest.GuaranteeRound;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** The options of {@code test}, which pass from the command line to the application inside Quarkus. */
final class TestOptions {

    private static final int MOST_ROUNDS = 1000;
    private static final int DRAWN_SEEDS = 1_000_000_000;

    @Parameters(
            paramLabel = "FILE",
            arity = "0..*",
            description = "Test files, or directories with test files. Default: routes.")
    private List<Path> files = List.of();

    @Option(
            names = "--junit-xml",
            paramLabel = "FILE",
            description = "Also write the results to this file, in the format of JUnit, for CI servers.")
    private Path junitXml;

    @Option(names = "--log", description = "Also print the log of the relay, to standard error.")
    private boolean log;

    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            defaultValue = "20s",
            converter = DurationOption.class,
            description =
                    "A test, or a round of --guarantees, that takes longer is ended, and fails. Default: ${DEFAULT-VALUE}.")
    private Duration timeout;

    @Option(
            names = "--guarantees",
            paramLabel = "ROUTE",
            description = {
                "Instead of tests: delivers with this route while the process is killed, and the API, the store and the"
                        + " endpoints fail, at random. Reports what is lost, half-visible or duplicate, and what to"
                        + " change.",
                "A route file, or the name or the id of a route in routes/. The first test of its test file gives"
                        + " settings and exports."
            })
    private String guarantees;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "5",
            description = "With --guarantees: how often the process is killed, 1 to 1000. Default: ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "With --guarantees: repeats the faults and kills of the run that printed this seed.")
    private Long seed;

    /** In the processes of the rounds: the number of the round and the step before which it is killed. */
    @Option(names = "--guarantees-round", hidden = true, split = ",")
    private List<Integer> round = List.of();

    /** The default is the directory of the routes. */
    List<Path> files() {
        return files.isEmpty() ? List.of(Path.of("routes")) : files;
    }

    Optional<Path> junitXml() {
        return Optional.ofNullable(junitXml);
    }

    boolean hasLog() {
        return log;
    }

    Optional<String> guarantees() {
        return Optional.ofNullable(guarantees);
    }

    /** How often the process is killed. */
    int rounds() {
        return rounds;
    }

    /** A new one if the command line names none. */
    long seed() {
        if (seed == null) {
            seed = (long) ThreadLocalRandom.current().nextInt(DRAWN_SEEDS);
        }
        return seed;
    }

    /** The round that this process is to run; empty if it runs all of them. */
    Optional<GuaranteeRound> round() {
        return round.isEmpty() ? Optional.empty() : Optional.of(new GuaranteeRound(seed(), round.get(0), round.get(1)));
    }

    /**
     * What cannot be combined.
     *
     * @throws ParameterException if the options contradict each other
     */
    void check(CommandLine command) {
        if (guarantees != null && (!files.isEmpty() || junitXml != null)) {
            throw new ParameterException(command, "--guarantees ROUTE takes no FILE and no --junit-xml; remove them");
        }
        if (rounds < 1 || rounds > MOST_ROUNDS) {
            throw new ParameterException(command, "--rounds " + rounds + " is outside 1 to " + MOST_ROUNDS);
        }
    }

    /** Of one test, or one round. */
    Duration timeout() {
        return timeout;
    }

    /** From which the same options can be read. */
    String[] arguments() {
        List<String> arguments = new ArrayList<>();
        arguments.addAll(List.of("--timeout", Durations.text(timeout)));
        if (log) {
            arguments.add("--log");
        }
        arguments.addAll(List.of("--rounds", String.valueOf(rounds)));
        guarantees()
                .ifPresent(route -> arguments.addAll(List.of("--guarantees", route, "--seed", String.valueOf(seed()))));
        round().ifPresent(each -> arguments.addAll(List.of("--guarantees-round", each.number() + "," + each.killAt())));
        junitXml().ifPresent(file -> arguments.addAll(List.of("--junit-xml", file.toString())));
        arguments.add("--");
        files.forEach(file -> arguments.add(file.toString()));
        return arguments.toArray(String[]::new);
    }
}
