package org.exportrelay.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.quarkus.runtime.QuarkusApplication;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.exportrelay.config.Counts;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.json.JsonText;
import org.exportrelay.ledger.BackfillEstimate;
import org.exportrelay.ledger.DestinationStates;
import org.exportrelay.ledger.EventLog;
import org.exportrelay.ledger.Events;
import org.exportrelay.ledger.Progress;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.routes.PlannedChange;
import org.exportrelay.routes.RouteCheck;
import org.exportrelay.routes.RouteConfirmation;
import org.exportrelay.routes.RouteFault;
import org.exportrelay.routes.RouteFile;
import org.exportrelay.routes.RouteFiles;
import org.exportrelay.routes.RoutePlan;
import picocli.CommandLine;

/** Prints what the route files change, and confirms it if that is asked for. */
@Singleton
public class PlanApplication implements QuarkusApplication {

    private final CamelContext context;
    private final RelaySettings settings;
    private final JsonMapper mapper = JsonText.mapper();

    @Inject
    PlanApplication(CamelContext context, RelaySettings settings) {
        this.context = context;
        this.settings = settings;
    }

    @Override
    public int run(String... args) {
        PlanOptions options = CommandLine.populateCommand(new PlanOptions(), args);
        RouteFiles files = RouteFiles.inWorkingDirectory();
        // Once: what is confirmed is what was checked and printed, also if a file is edited meanwhile.
        List<RouteFile> read = files.read();
        RouteCheck check = new RouteCheck(context);
        List<RouteFault> faults = check.check(files, read).stopping();
        if (!faults.isEmpty()) {
            faults.forEach(options.json() ? System.err::println : System.out::println);
            return RelayProcess.WRONG;
        }
        try (LedgerDatabase database = LedgerDatabase.open(settings.ledger())) {
            Clock clock = Clock.systemUTC();
            Events events = new Events(database);
            DestinationStates states = new DestinationStates(database, Duration.ZERO, clock);
            BackfillEstimate estimate = new BackfillEstimate(database, clock);
            List<PlannedChange> changes = new RoutePlan(events, states, estimate, new Progress(database, clock))
                    .changes(files.directory(), read, check.destinations(read));
            changes.forEach(change ->
                    System.out.println(options.json() ? json(change) : change.subject() + " " + change.text()));
            if (options.apply()) {
                new RouteConfirmation(
                                events,
                                new EventLog(database, clock),
                                states,
                                estimate,
                                settings.routes().confirmAbove())
                        .confirm(read, LedgerCommand.actor());
            }
            if (!options.json()) {
                System.out.println(summary(changes, options.apply()));
            }
            return RelayProcess.DELIVERED;
        }
    }

    private String summary(List<PlannedChange> changes, boolean isApplied) {
        long deliveries = changes.stream()
                .mapToLong(change -> change.backfill().deliveries())
                .sum();
        return "plan: " + Counts.text(changes.size(), "change", "changes") + ", "
                + Counts.text(deliveries, "delivery of the past", "deliveries of the past")
                + "; "
                + (isApplied ? "confirmed; " : "")
                + switch (settings.routes().reload()) {
                    case ON -> "a running relay loads changes within five seconds (relay.routes.reload=true)";
                    case OFF -> "a running relay loads changes when it is restarted (relay.routes.reload=false)";
                    case CONFIRM -> isApplied
                            ? "a running relay loads the files within five seconds (relay.routes.reload=confirm)"
                            : "an edit that creates more than " + settings.routes().confirmAbove()
                                    + " deliveries of the past waits for 'plan --apply' (relay.routes.reload=confirm)";
                };
    }

    private String json(PlannedChange change) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("change", change.kind().name().toLowerCase(Locale.ROOT).replace('_', '-'));
        line.put("subject", change.subject());
        line.put("text", change.text());
        line.put("deliveries", change.backfill().deliveries());
        line.put("bytes", change.backfill().bytes());
        line.put("api_requests", change.backfill().exports());
        return JsonText.of(mapper, line);
    }
}
