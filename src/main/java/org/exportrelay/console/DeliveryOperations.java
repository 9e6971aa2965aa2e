package org.exportrelay.console;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.exportrelay.json.ExplanationJson;
import org.exportrelay.json.ExportJson;
import org.exportrelay.json.JsonInstant;
import org.exportrelay.ledger.Explanation;
import org.exportrelay.ledger.Explanations;
import org.exportrelay.ledger.ExportList;
import org.exportrelay.ledger.Status;
import org.exportrelay.ledger.Status.Row;
import org.exportrelay.ledger.database.LedgerDatabase;

/** Exports and deliveries: {@code exports} and {@code deliveries}. */
@Singleton
final class DeliveryOperations {

    private final LedgerDatabase database;

    @Inject
    DeliveryOperations(LedgerDatabase database) {
        this.database = database;
    }

    List<Operation> operations() {
        return List.of(
                Operation.get(
                        "/exports", Parameters.ofList("name", "destination", "state", "since", "until"), this::exports),
                Operation.get("/exports/{id}", Set.of(), this::export),
                Operation.get(
                        "/deliveries", Parameters.ofList("export", "destination", "state", "since"), this::deliveries),
                Operation.get("/deliveries/{id}", Set.of(), this::delivery));
    }

    private Map<String, Object> exports(Call call) {
        Parameters query = call.query();
        ExportList.Choice choice = new ExportList.Choice(
                query.pattern("name"),
                query.text("destination"),
                query.states("state"),
                query.time("since"),
                query.end("until"));
        Long before = query.cursor(Cursor::export);
        ExportList.Page page =
                new ExportList(database).page(choice, before == null ? Long.MAX_VALUE : before, query.limit());
        return page(
                page.exports().stream().map(DeliveryOperations::export).toList(),
                page.next() == null ? null : Cursor.ofExport(page.next()));
    }

    /** As {@code status --json} has it. The rows come by file. */
    private static Map<String, Object> export(List<Row> rows) {
        Map<String, Object> export = ExportJson.export(rows.get(0));
        Map<Long, List<Row>> files = new LinkedHashMap<>();
        rows.stream().filter(row -> row.fileId() != null).forEach(row -> files.computeIfAbsent(
                        row.fileId(), file -> new ArrayList<>())
                .add(row));
        export.put(
                "files", files.values().stream().map(DeliveryOperations::file).toList());
        return export;
    }

    private static Map<String, Object> file(List<Row> rows) {
        Map<String, Object> file = ExportJson.file(rows.get(0));
        file.put(
                "deliveries",
                rows.stream()
                        .filter(row -> row.destination() != null)
                        .map(ExportJson::delivery)
                        .toList());
        return file;
    }

    /** What is known of it, and its explanation. */
    Map<String, Object> export(Call call) {
        String id = call.path("id");
        Explanation explanation =
                new Explanations(database, Clock.systemUTC()).ofExport(id).orElseThrow(() -> missing("export", id));
        List<Row> rows = new ArrayList<>();
        new Status(database).forEachOf(List.of(id), rows::add);
        Map<String, Object> fields = rows.isEmpty() ? new LinkedHashMap<>() : export(rows);
        fields.putAll(ExplanationJson.fields(explanation));
        return fields;
    }

    private Map<String, Object> deliveries(Call call) {
        Parameters query = call.query();
        int limit = query.limit();
        List<Row> rows = new ArrayList<>();
        new Status(database)
                .forEach(
                        new Status.Choice(
                                query.text("export"),
                                query.text("destination"),
                                query.states("state"),
                                query.time("since"),
                                limit + 1,
                                query.cursor(Cursor::delivery)),
                        rows::add);
        List<Row> shown = rows.subList(0, Math.min(limit, rows.size()));
        Row last = rows.size() > limit ? shown.get(limit - 1) : null;
        return page(
                shown.stream().map(DeliveryOperations::listed).toList(),
                last == null ? null : Cursor.ofDelivery(last.fileId(), last.destination()));
    }

    private static Map<String, Object> listed(Row row) {
        Map<String, Object> fields = ExportJson.delivery(row);
        fields.put("export_id", row.exportId());
        fields.put("name", row.name());
        fields.put("file_id", row.fileId());
        ExportJson.putContent(fields, row);
        fields.put("waiting_since", JsonInstant.millis(row.waitingSince()));
        fields.put("finished_at", JsonInstant.millis(row.finishedAt()));
        fields.put("location", row.location());
        return fields;
    }

    /** With its export and its events: what {@code explain} shows. */
    private Map<String, Object> delivery(Call call) {
        String id = call.path("id");
        return new Explanations(database, Clock.systemUTC())
                .ofDelivery(id)
                .map(ExplanationJson::fields)
                .orElseThrow(() -> missing("delivery", id));
    }

    static Map<String, Object> page(List<Map<String, Object>> items, String next) {
        Map<String, Object> page = new LinkedHashMap<>();
        page.put("items", items);
        page.put("next", next);
        return page;
    }

    private static ProblemException missing(String what, String id) {
        return new Problem(404, "the ledger has no " + what + " '" + Texts.shortened(id) + "'").exception();
    }
}
