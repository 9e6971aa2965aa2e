package org.exportrelay.console;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.exportrelay.api.RateBudget.Remaining;
import org.exportrelay.json.DestinationJson;
import org.exportrelay.json.ExplanationJson;
import org.exportrelay.json.JsonInstant;
import org.exportrelay.ledger.InstanceList;
import org.exportrelay.ledger.InstanceList.Running;
import org.exportrelay.ledger.Overview;
import org.exportrelay.ledger.Progress.Risk;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.routes.LoadedRoutes;
import org.exportrelay.routes.LoadedRoutes.LoadedFile;
import org.exportrelay.runtime.LedgerSnapshot;
import org.exportrelay.runtime.LedgerSnapshots;

/** The relay as a whole: {@code status}, {@code instances} and {@code routes}. */
@Singleton
final class StatusOperations {

    private final LedgerDatabase database;
    private final LedgerSnapshots snapshots;
    private final LoadedRoutes routes;
    private final String version;

    @Inject
    StatusOperations(
            LedgerDatabase database,
            LedgerSnapshots snapshots,
            LoadedRoutes routes,
            @ConfigProperty(name = "quarkus.application.version") String version) {
        this.database = database;
        this.snapshots = snapshots;
        this.routes = routes;
        this.version = version;
    }

    List<Operation> operations() {
        return List.of(
                Operation.get("/status", Set.of(), call -> status(overview())),
                Operation.get("/instances", Set.of(), call -> items(instances())),
                Operation.get("/routes", Set.of(), call -> items(routes())));
    }

    static Map<String, Object> items(List<?> items) {
        return Map.of("items", items);
    }

    Overview overview() {
        return Overview.of(database, Clock.systemUTC());
    }

    Map<String, Object> status(Overview overview) {
        // Read every five seconds for metrics: the budget may need a lock of the ledger.
        LedgerSnapshot snapshot = snapshots.latest();
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("version", version);
        fields.put(
                "attention",
                overview.attention().stream().map(ExplanationJson::attention).toList());
        fields.put("relay_seen_at", JsonInstant.millis(overview.activity().seenAt()));
        fields.put(
                "next_poll_at",
                JsonInstant.millis(overview.activity().nextPoll().orElse(null)));
        Map<String, Object> totals = new LinkedHashMap<>();
        overview.totals().forEach((state, count) -> totals.put(state.text(), count));
        fields.put("totals", totals);
        fields.put(
                "destinations",
                overview.destinations().stream()
                        .map(destination -> DestinationJson.fields(
                                destination,
                                Optional.ofNullable(overview.expiring().get(destination.name()))))
                        .toList());
        fields.put(
                "expectations",
                overview.expectations().stream()
                        .map(DestinationJson::expectation)
                        .toList());
        fields.put(
                "risks", snapshot.risks().stream().map(StatusOperations::risk).toList());
        fields.put(
                "budget",
                snapshot.budget().stream().map(StatusOperations::budget).toList());
        return fields;
    }

    private static Map<String, Object> risk(Risk risk) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("destination", risk.destination());
        fields.put("deliveries", risk.deliveries());
        fields.put("first_expires_at", JsonInstant.millis(risk.firstEnd()));
        return fields;
    }

    private static Map<String, Object> budget(Remaining budget) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("window", budget.window());
        fields.put("remaining", budget.requests());
        fields.put("limit", budget.limit());
        return fields;
    }

    List<Map<String, Object>> instances() {
        return new InstanceList(database, Clock.systemUTC())
                .all().stream().map(StatusOperations::instance).toList();
    }

    private static Map<String, Object> instance(Running instance) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("instance", instance.id());
        fields.put("host", instance.host());
        fields.put("version", instance.version());
        fields.put("started_at", JsonInstant.millis(instance.startedAt()));
        fields.put("seen_at", JsonInstant.millis(instance.seenAt()));
        fields.put("running", instance.isRunning());
        fields.put("polls", instance.polls());
        return fields;
    }

    List<Map<String, Object>> routes() {
        return routes.files().stream().map(StatusOperations::route).toList();
    }

    private static Map<String, Object> route(LoadedFile file) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("file", file.name());
        fields.put("digest", file.digest());
        fields.put("loaded", file.isLoaded());
        fields.put("loaded_at", JsonInstant.millis(file.loadedAt()));
        fields.put("destinations", file.destinations());
        fields.put(
                "findings",
                file.findings().stream()
                        .map(finding -> {
                            Map<String, Object> found = new LinkedHashMap<>();
                            found.put("line", finding.line() == 0 ? null : finding.line());
                            found.put("severity", finding.stops() ? "error" : "warning");
                            found.put("message", finding.message());
                            return found;
                        })
                        .toList());
        return fields;
    }
}
