package org.exportrelay.console;

import io.quarkus.qute.RawString;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.json.DestinationJson;
import org.exportrelay.json.JsonInstant;
import org.exportrelay.json.ReplayItemJson;
import org.exportrelay.ledger.DestinationControl;
import org.exportrelay.ledger.DestinationSummaries;
import org.exportrelay.ledger.DestinationSummary;
import org.exportrelay.ledger.Replay;
import org.exportrelay.ledger.Status;
import org.exportrelay.ledger.Status.Row;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.routes.LoadedRoutes;

/** A destination, and what an operator does with it. */
@Singleton
final class DestinationPages {

    private static final int WAITING = 20;
    private static final List<String> REPLAYABLE = List.of("parked", "expired", "skipped", "delivered", "retrying");
    private static final Set<String> CHOICE =
            new LinkedHashSet<>(Stream.concat(Stream.of("export", "destination", "since"), REPLAYABLE.stream())
                    .toList());

    private final LedgerDatabase database;
    private final DestinationControl control;
    private final DestinationSummaries summaries;
    private final Rates rates;
    private final LoadedRoutes routes;

    @Inject
    DestinationPages(
            LedgerDatabase database,
            DestinationControl control,
            DestinationSummaries summaries,
            Rates rates,
            LoadedRoutes routes) {
        this.database = database;
        this.control = control;
        this.summaries = summaries;
        this.rates = rates;
        this.routes = routes;
    }

    List<Page> pages() {
        return List.of(
                new Page("/destinations/{name}", "overview", "destination.html", Set.of(), this::destination),
                new Page("/replay", "exports", "replay.html", CHOICE, this::preview));
    }

    List<Form> forms() {
        return List.of(
                new Form("/destinations/{name}/pause", Set.of("note"), call -> {
                    control.pause(
                            call.path("name"), call.user().name(), call.query().text("note"));
                    return page(call.path("name"));
                }),
                new Form("/destinations/{name}/resume", Set.of(), call -> {
                    control.resume(call.path("name"), call.user().name());
                    return page(call.path("name"));
                }),
                new Form("/destinations/{name}/retry", Set.of(), call -> {
                    control.retry(call.path("name"), call.user().name());
                    return page(call.path("name"));
                }),
                new Form("/destinations/{name}/retire", Set.of(), call -> {
                    control.retire(call.path("name"), call.user().name());
                    return page(call.path("name"));
                }),
                new Form("/replay", CHOICE, this::replay));
    }

    private static String page(String name) {
        return "/destinations/" + Texts.path(name);
    }

    private Map<String, Object> destination(Call call) {
        String name = call.path("name");
        control.require(name);
        DestinationSummary summary = summaries.all().stream()
                .filter(found -> found.name().equals(name))
                .findFirst()
                .orElseThrow();
        Map<String, Object> fields = DestinationJson.fields(summary, Optional.empty());
        fields.put("condition", summary.shortCondition());
        fields.put("closed", summary.closed(Instant.now()).orElse(null));
        fields.put("last_hour", rates.lastHour(name));
        fields.put("last_hour_bytes", rates.lastHourBytes(name));
        RateChart chart = new RateChart(rates.lastDay(name));
        Map<String, Object> values = new HashMap<>();
        values.put("title", name);
        values.put("d", fields);
        values.put("hasChart", !chart.isEmpty());
        values.put("chart", new RawString(chart.svg()));
        values.put("chartText", chart.text());
        values.put(
                "waiting",
                new Status(database)
                        .expiring(name, WAITING).stream()
                                .map(DestinationPages::waiting)
                                .toList());
        values.put(
                "routes",
                routes.files().stream()
                        .filter(file -> file.destinations().contains(name))
                        .toList());
        return values;
    }

    private static Map<String, Object> waiting(Row row) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("export_id", row.exportId());
        fields.put("filename", row.listedName());
        fields.put("state", row.state().text());
        fields.put("next_attempt_at", JsonInstant.millis(row.nextAttemptAt()));
        fields.put("expires_at", JsonInstant.millis(row.expiresAt()));
        return fields;
    }

    private Map<String, Object> preview(Call call) {
        Parameters query = call.query();
        Set<String> chosen = chosen(query);
        if (chosen.isEmpty()) {
            chosen.addAll(List.of("parked", "expired"));
        }
        Replay replay = new Replay(database, Clock.systemUTC());
        Replay.Choice choice = choice(query, chosen);
        Map<String, Object> values = new HashMap<>();
        values.put("title", "Replay");
        values.put("filter", ExportPages.filter(query, "export", "destination", "since"));
        values.put("states", REPLAYABLE);
        values.put("chosen", chosen);
        values.put(
                "destinations",
                summaries.all().stream().map(DestinationSummary::name).toList());
        values.put(
                "groups",
                replay.preview(choice).stream().map(ReplayItemJson::group).toList());
        values.put("expired", replay.expired(choice));
        return values;
    }

    private String replay(Call call) {
        Parameters form = call.query();
        Set<String> chosen = chosen(form);
        if (chosen.isEmpty()) {
            throw Parameters.wrong("no state is chosen; choose one or more");
        }
        new Replay(database, Clock.systemUTC())
                .replay(choice(form, chosen), call.user().name());
        String export = form.text("export");
        return export == null ? "/events?kind=replayed" : "/exports/" + Texts.path(export);
    }

    private static Set<String> chosen(Parameters values) {
        return REPLAYABLE.stream()
                .filter(state -> values.text(state) != null)
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static Replay.Choice choice(Parameters values, Set<String> states) {
        return new Replay.Choice(
                values.text("export"),
                values.text("destination"),
                values.time("since"),
                states.stream().map(DeliveryState::of).collect(Collectors.toCollection(TreeSet::new)));
    }
}
