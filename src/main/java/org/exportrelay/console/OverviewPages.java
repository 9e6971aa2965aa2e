package org.exportrelay.console;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.download.Spool;
import org.exportrelay.ledger.DestinationSummaries;
import org.exportrelay.ledger.DestinationSummary;

/** The relay as a whole: the first page, the route files and the instances. */
@Singleton
final class OverviewPages {

    private final StatusOperations status;
    private final DestinationSummaries summaries;
    private final Rates rates;
    private final Supplier<Map<String, Object>> room;

    @Inject
    OverviewPages(
            StatusOperations status, DestinationSummaries summaries, Rates rates, Spool spool, RelaySettings settings) {
        this(status, summaries, rates, () -> room(spool, settings.dataDir()));
    }

    OverviewPages(
            StatusOperations status, DestinationSummaries summaries, Rates rates, Supplier<Map<String, Object>> room) {
        this.status = status;
        this.summaries = summaries;
        this.rates = rates;
        this.room = room;
    }

    private static Map<String, Object> room(Spool spool, Path directory) {
        return Map.of(
                "used", spool.used(),
                "limit", spool.capacity(),
                "disk_free", directory.toFile().getUsableSpace());
    }

    List<Page> pages() {
        return List.of(
                new Page("/", "overview", "overview.html", Set.of(), call -> overview()),
                new Page(
                        "/routes",
                        "routes",
                        "routes.html",
                        Set.of(),
                        call -> Map.of("title", "Routes", "files", status.routes())),
                new Page(
                        "/instances",
                        "instances",
                        "instances.html",
                        Set.of(),
                        call -> Map.of("title", "Instances", "items", status.instances())));
    }

    /** The same for every user. */
    Map<String, Object> overview() {
        Map<String, Object> shown = new LinkedHashMap<>(status.status());
        Map<String, DestinationSummary> byName = new HashMap<>();
        summaries.all().forEach(summary -> byName.put(summary.name(), summary));
        List<Map<String, Object>> destinations = new ArrayList<>();
        for (Object destination : (List<?>) shown.get("destinations")) {
            Map<String, Object> fields = new LinkedHashMap<>();
            ((Map<?, ?>) destination).forEach((name, value) -> fields.put((String) name, value));
            DestinationSummary summary = byName.get(fields.get("destination"));
            if (summary != null) {
                fields.put("condition", summary.shortCondition());
                fields.put("last_hour", rates.lastHour(summary.name()));
                destinations.add(fields);
            }
        }
        shown.put("destinations", destinations);
        shown.put("spool", room.get());
        return new HashMap<>(Map.of("title", "Overview", "status", shown, "destinations", byName.keySet()));
    }
}
