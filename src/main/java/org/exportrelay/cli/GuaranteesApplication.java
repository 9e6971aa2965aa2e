package org.exportrelay.cli;

import io.quarkus.runtime.QuarkusApplication;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.apache.camel.quarkus.core.CamelRuntime;
import org.exportrelay.config.Counts;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.routes.RouteFault;
import org.exportrelay.routetest.GuaranteeJournal;
import org.exportrelay.routetest.GuaranteePlan;
import org.exportrelay.routetest.GuaranteeReport;
import org.exportrelay.routetest.GuaranteeRound;
import org.exportrelay.routetest.GuaranteeRun;
import picocli.CommandLine;

/**
 * Tests the guarantees of a route: runs it in this process while nothing fails, then in child processes that are killed, and
 * compares what endpoints have received. In a child process, runs one round.
 */
@Singleton
public class GuaranteesApplication implements QuarkusApplication {

    private final CamelRuntime runtime;
    private final RelaySettings settings;
    private final GuaranteeRun run;

    @Inject
    GuaranteesApplication(CamelRuntime runtime, RelaySettings settings, GuaranteeRun run) {
        this.runtime = runtime;
        this.settings = settings;
        this.run = run;
    }

    @Override
    public int run(String... args) throws Exception {
        long start = System.nanoTime();
        TestOptions options = CommandLine.populateCommand(new TestOptions(), args);
        String route = options.guarantees().orElseThrow();
        GuaranteePlan plan = run.plan(route, options.seed(), options.rounds() + 1);
        if (options.round().isPresent()) {
            return runs(plan, options.round().get(), options.timeout()) ? RelayProcess.DELIVERED : RelayProcess.WRONG;
        }
        System.out.println("guarantees of " + route + ": seed " + options.seed());
        plan.exports().forEach(TestSandbox.exports().publish());
        if (!runs(plan, GuaranteeRound.calm(options.seed()), options.timeout())) {
            return RelayProcess.WRONG;
        }
        GuaranteeJournal calm = GuaranteeRun.journal(settings.dataDir());
        GuaranteeReport alone = new GuaranteeReport(calm, calm);
        if (!alone.hasDelivered()) {
            alone.lines().forEach(System.out::println);
            System.out.println("guarantees: not tested, because the route delivers nothing when nothing fails; give the"
                    + " first test of its test file exports that it delivers");
            return RelayProcess.WRONG;
        }
        try (GuaranteeRounds rounds = new GuaranteeRounds(options, plan)) {
            String failure = rounds.run(run.steps());
            if (!failure.isEmpty()) {
                System.err.println(failure);
                return RelayProcess.WRONG;
            }
            return print(new GuaranteeReport(calm, rounds.journal()), rounds, plan, options, start);
        }
    }

    private boolean runs(GuaranteePlan plan, GuaranteeRound round, Duration limit)
            throws IOException, InterruptedException {
        run.prepare(plan, round);
        runtime.start();
        List<RouteFault> faults = run.run(plan, round, limit);
        faults.forEach(System.err::println);
        return faults.isEmpty();
    }

    private static int print(
            GuaranteeReport report, GuaranteeRounds rounds, GuaranteePlan plan, TestOptions options, long start) {
        System.out.printf(
                "%s in %d rounds: %s of the process, %s of the API and the store, %d of the endpoints%n%n",
                Counts.text(plan.exports().size(), "export", "exports"),
                options.rounds() + 1,
                Counts.text(rounds.kills(), "kill", "kills"),
                Counts.text(rounds.faults(), "fault", "faults"),
                report.faults());
        report.lines().forEach(System.out::println);
        System.out.printf(
                Locale.ROOT,
                "%nguarantees: %s (%.1f s)%n",
                report.isKept()
                        ? "kept: nothing lost, nothing half-visible, and receivers recognize all duplicates"
                        : "not kept; repeat this run with --seed " + options.seed(),
                Duration.ofNanos(System.nanoTime() - start).toMillis() / 1000.0);
        return report.isKept() ? RelayProcess.DELIVERED : RelayProcess.NOT_DELIVERED;
    }
}
