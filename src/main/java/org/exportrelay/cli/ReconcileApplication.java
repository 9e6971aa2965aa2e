package org.exportrelay.cli;

import io.quarkus.runtime.QuarkusApplication;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.PrintWriter;
import java.time.Clock;
import java.util.List;
import java.util.function.UnaryOperator;
import org.apache.camel.CamelContext;
import org.exportrelay.check.Reconciliation;
import org.exportrelay.check.Tally;
import org.exportrelay.config.Counts;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.ledger.DestinationControl;
import org.exportrelay.ledger.DestinationSummaries;
import org.exportrelay.ledger.DestinationSummary;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.routes.RouteCheck;
import org.exportrelay.routes.RouteFault;
import org.exportrelay.routes.RouteFiles;
import picocli.CommandLine;

/** Compares the ledger with what the destinations of the routes hold, and prints each difference. */
@Singleton
public class ReconcileApplication implements QuarkusApplication {

    private final CamelContext context;
    private final RelaySettings settings;

    @Inject
    ReconcileApplication(CamelContext context, RelaySettings settings) {
        this.context = context;
        this.settings = settings;
    }

    @Override
    public int run(String... args) {
        ReconcileOptions options = CommandLine.populateCommand(new ReconcileOptions(), args);
        RouteFiles files = RouteFiles.inWorkingDirectory();
        List<RouteFault> faults = new RouteCheck(context).check(files).stopping();
        if (!faults.isEmpty()) {
            faults.forEach(System.err::println);
            return RelayProcess.WRONG;
        }
        PrintWriter out = new PrintWriter(System.out, true);
        try (LedgerDatabase database = LedgerDatabase.open(settings.ledger())) {
            return reconcile(database, files, options, out);
        } finally {
            out.flush();
        }
    }

    private int reconcile(LedgerDatabase database, RouteFiles files, ReconcileOptions options, PrintWriter out) {
        ReconcileOutput output = options.json() ? new ReconcileJson(out) : new ReconcileText(out);
        try (Reconciliation reconciliation = new Reconciliation(
                database, destinations(database, options), options.since(), options.checksums(), output::finding)) {
            reconciliation.run(context, files);
            reconciliation.tallies().forEach(output::tally);
            if (options.replay() && reconciliation.missing() > 0) {
                if (isConfirmed(reconciliation.missing(), options)) {
                    int replayed = reconciliation.replayMissing(LedgerCommand.actor());
                    output.replayed(replayed, reconciliation.missing() - replayed);
                } else {
                    output.replayed(0, 0);
                }
            }
            return reconciliation.tallies().stream().allMatch(Tally::isComplete)
                    ? RelayProcess.DELIVERED
                    : RelayProcess.NOT_DELIVERED;
        }
    }

    private static List<String> destinations(LedgerDatabase database, ReconcileOptions options) {
        if (options.destination() == null) {
            return new DestinationSummaries(database, Clock.systemUTC())
                    .all().stream().map(DestinationSummary::name).toList();
        }
        new DestinationControl(database, Clock.systemUTC()).require(options.destination());
        return List.of(options.destination());
    }

    /** On a terminal: a partner that fetches its files makes all of them missing. */
    private static boolean isConfirmed(long missing, ReconcileOptions options) {
        UnaryOperator<String> terminal = Terminal.ask();
        return options.yes()
                || terminal == null
                || "yes"
                        .equals(terminal.apply("Deliver " + Counts.text(missing, "missing file", "missing files")
                                + " again? Write yes or no: "));
    }
}
