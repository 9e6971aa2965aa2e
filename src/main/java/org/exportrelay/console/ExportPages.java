package org.exportrelay.console;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.NamePattern;
import org.exportrelay.json.ExportJson;
import org.exportrelay.ledger.DestinationSummaries;
import org.exportrelay.ledger.DestinationSummary;
import org.exportrelay.ledger.EventKind;
import org.exportrelay.ledger.Explanations;
import org.exportrelay.ledger.ExportList;
import org.exportrelay.ledger.Status.Row;
import org.exportrelay.ledger.database.LedgerDatabase;

/** Exports, with what became of them at each destination, and events. */
@Singleton
final class ExportPages {

    private static final int EXPORTS = 50;
    private static final String[] FILTERS = {"name", "destination", "state", "since", "until"};

    private final LedgerDatabase database;
    private final DestinationSummaries summaries;
    private final DeliveryOperations deliveries;
    private final EventOperations events;

    @Inject
    ExportPages(
            LedgerDatabase database,
            DestinationSummaries summaries,
            DeliveryOperations deliveries,
            EventOperations events) {
        this.database = database;
        this.summaries = summaries;
        this.deliveries = deliveries;
        this.events = events;
    }

    List<Page> pages() {
        return List.of(
                new Page(
                        "/exports",
                        "exports",
                        "exports.html",
                        Set.of("name", "destination", "state", "since", "until", "cursor"),
                        this::exports),
                new Page("/exports/{id}", "exports", "export.html", Set.of(), this::export),
                new Page(
                        "/events",
                        "events",
                        "events.html",
                        Set.of("kind", "destination", "export", "since", "cursor"),
                        this::events));
    }

    private Map<String, Object> exports(Call call) {
        Parameters query = call.query();
        Long before = query.cursor(Cursor::export);
        String name = query.text("name");
        ExportList.Choice choice = new ExportList.Choice(
                pattern(name),
                query.text("destination"),
                query.states("state"),
                query.time("since"),
                query.end("until"));
        ExportList list = new ExportList(database);
        List<String> found = name == null || hasOtherFilters(query) ? List.of() : byId(name);
        ExportList.Page page = found.isEmpty()
                ? list.page(choice, before == null ? Long.MAX_VALUE : before, EXPORTS)
                : new ExportList.Page(list.of(found), null);
        List<String> destinations = columns(page.exports());
        Map<String, Object> values = new HashMap<>();
        values.put("title", "Exports");
        values.put("filter", filter(query, FILTERS));
        values.put("destinations", destinations);
        values.put(
                "states",
                Stream.of(DeliveryState.values()).map(DeliveryState::text).toList());
        values.put(
                "exports",
                page.exports().stream().map(rows -> row(rows, destinations)).toList());
        values.put("isLater", before != null);
        values.put("first", link("/exports", query, null, FILTERS));
        values.put("next", page.next() == null ? null : link("/exports", query, Cursor.ofExport(page.next()), FILTERS));
        return values;
    }

    private static boolean hasOtherFilters(Parameters query) {
        return Stream.of(FILTERS).anyMatch(filter -> !filter.equals("name") && query.text(filter) != null);
    }

    /** What is no pattern may be an id of an export, a file or a delivery, which an index finds. */
    private List<String> byId(String text) {
        return new Explanations(database, Clock.systemUTC())
                .exportOf(text).stream().toList();
    }

    /** A word is searched anywhere in the name. */
    private static NamePattern pattern(String name) {
        return name == null ? null : new NamePattern(name.matches(".*[*?].*") ? name : "*" + name + "*");
    }

    /** Destinations in use, and others that the exports went to. */
    private List<String> columns(List<List<Row>> exports) {
        return Stream.concat(
                        summaries.all().stream()
                                .filter(summary -> !summary.isRetired())
                                .map(DestinationSummary::name),
                        exports.stream().flatMap(List::stream).map(Row::destination))
                .filter(name -> name != null)
                .distinct()
                .sorted(Comparator.naturalOrder())
                .toList();
    }

    private static Map<String, Object> row(List<Row> rows, List<String> destinations) {
        Map<String, Object> export = ExportJson.export(rows.get(0));
        export.put("file_count", rows.stream().map(Row::fileId).distinct().count());
        export.put("cells", destinations.stream().map(name -> cell(rows, name)).toList());
        return export;
    }

    /** The states of its files at a destination. */
    private static List<Map<String, Object>> cell(List<Row> rows, String destination) {
        Map<DeliveryState, Long> states = rows.stream()
                .filter(row -> destination.equals(row.destination()))
                .collect(Collectors.groupingBy(Row::state, TreeMap::new, Collectors.counting()));
        List<Map<String, Object>> cell = new ArrayList<>();
        states.forEach((state, count) -> cell.add(Map.of("state", state.text(), "count", count)));
        return cell;
    }

    private Map<String, Object> export(Call call) {
        Map<String, Object> export = deliveries.export(call);
        return Map.of("title", "Export " + export.get("export_id"), "export", export, "live", live(export));
    }

    /** Where the page learns of changes; empty if all of its deliveries have ended. Before it has one, any change may be its. */
    private static String live(Map<String, Object> export) {
        List<?> deliveries = (List<?>) export.get("deliveries");
        List<String> open = deliveries.stream()
                .map(delivery -> (Map<?, ?>) delivery)
                .filter(delivery ->
                        !DeliveryState.of((String) delivery.get("state")).isFinal())
                .map(delivery -> Texts.path((String) delivery.get("destination")))
                .distinct()
                .sorted()
                .toList();
        if (deliveries.isEmpty()) {
            return "/live/changes";
        }
        return open.isEmpty() ? "" : "/live/changes?destination=" + String.join(",", open);
    }

    private Map<String, Object> events(Call call) {
        Parameters query = call.query();
        Map<String, Object> values = new HashMap<>(events.events(call));
        Object next = values.get("next");
        values.put("title", "Events");
        values.put("filter", filter(query, "kind", "destination", "export", "since"));
        values.put("kinds", Stream.of(EventKind.values()).map(EventKind::text).toList());
        values.put(
                "destinations",
                summaries.all().stream().map(DestinationSummary::name).toList());
        values.put("isLater", query.text("cursor") != null);
        values.put("first", link("/events", query, null, "kind", "destination", "export", "since"));
        values.put(
                "next",
                next == null ? null : link("/events", query, (String) next, "kind", "destination", "export", "since"));
        return values;
    }

    /** The values of a form; empty instead of absent. */
    static Map<String, String> filter(Parameters query, String... names) {
        Map<String, String> filter = new LinkedHashMap<>();
        for (String name : names) {
            filter.put(name, query.text(name) == null ? "" : query.text(name));
        }
        return filter;
    }

    private static String link(String path, Parameters query, String cursor, String... names) {
        Map<String, String> values = filter(query, names);
        values.put("cursor", cursor == null ? "" : cursor);
        String parameters = values.entrySet().stream()
                .filter(value -> !value.getValue().isEmpty())
                .map(value -> value.getKey() + "=" + URLEncoder.encode(value.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
        return parameters.isEmpty() ? path : path + "?" + parameters;
    }
}
