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
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.download.Spool;
import org.exportrelay.ledger.DestinationSummary;
import org.exportrelay.ledger.Overview;

/** The relay as a whole: the first page and the instances. */
@Singleton
final class OverviewPages {

    private final StatusOperations status;
    private final ExplainedAttention attention;
    private final Rates rates;
    private final Supplier<Map<String, Object>> room;

    @Inject
    OverviewPages(
            StatusOperations status, ExplainedAttention attention, Rates rates, Spool spool, RelaySettings settings) {
        this(status, attention, rates, () -> room(spool, settings.dataDir()));
    }

    OverviewPages(
            StatusOperations status, ExplainedAttention attention, Rates rates, Supplier<Map<String, Object>> room) {
        this.status = status;
        this.attention = attention;
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
                        "/instances",
                        "instances",
                        "instances.html",
                        Set.of(),
                        call -> Map.of("title", "Instances", "items", status.instances())));
    }

    /** The same for every user. */
    Map<String, Object> overview() {
        Overview overview = status.overview();
        Map<String, Object> shown = new LinkedHashMap<>(status.status(overview));
        Map<String, DestinationSummary> byName = overview.destinations().stream()
                .collect(Collectors.toMap(DestinationSummary::name, Function.identity()));
        List<Map<String, Object>> destinations = new ArrayList<>();
        for (Object destination : (List<?>) shown.get("destinations")) {
            Map<String, Object> fields = new LinkedHashMap<>();
            ((Map<?, ?>) destination).forEach((name, value) -> fields.put((String) name, value));
            String name = (String) fields.get("destination");
            fields.put("condition", byName.get(name).shortCondition());
            fields.put("closed", byName.get(name).closed(overview.at()).orElse(null));
            fields.put("last_hour", rates.lastHour(name));
            fields.put("last_hour_bytes", rates.lastHourBytes(name));
            destinations.add(fields);
        }
        shown.put("destinations", destinations);
        shown.put("attention", attention.of(overview.attention(), byName));
        shown.put("spool", room.get());
        return new HashMap<>(Map.of("title", "Overview", "status", shown, "destinations", byName.keySet()));
    }
}
