package org.exportrelay.ledger;

import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.exportrelay.api.Export;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.FileName;
import org.exportrelay.ledger.Explanation.Note;
import org.exportrelay.ledger.Explanation.OfDelivery;
import org.exportrelay.ledger.Status.Row;
import org.exportrelay.ledger.database.LedgerDatabase;

/** Explains what happened to an export, a file or a delivery. Reads only, also beside a running relay. Thread-safe. */
public final class Explanations {

    /** What {@link #of} searches, for the message that it has found nothing. */
    public static final String SEARCHED =
            "the ids of deliveries, exports and files, the names of files, rejected entries," + " and events";

    private static final int MOST_EXPORTS = 20;
    private static final int MOST_FILES = 5;
    private static final Pattern NUMBER = Pattern.compile("\\d{1,18}");

    private final LedgerDatabase database;
    private final Clock clock;

    /**
     * @param database open
     * @param clock for what is due or has expired
     */
    public Explanations(LedgerDatabase database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /**
     * Finds what an operator may have at hand.
     *
     * @param id of a delivery, an export or a file, or a file's name: as the API or as the destination has it
     * @return of each export that matches, newest first, at most 20; empty if none does
     */
    public List<Explanation> of(String id) {
        Optional<Explanation> byId = ofDelivery(id).or(() -> ofExport(id));
        if (byId.isPresent()) {
            return List.of(byId.get());
        }
        Optional<String> ofFile = ofFile(id);
        if (ofFile.isPresent()) {
            long file = Long.parseLong(id);
            return List.of(explain(
                    ofFile.get(),
                    row -> Objects.equals(row.fileId(), file),
                    event -> Objects.equals(event.fileId(), file)));
        }
        return byName(id);
    }

    /** Explains an export by its id: by indexes only. Empty if the ledger does not know it. */
    public Optional<Explanation> ofExport(String id) {
        return isKnownExport(id) ? Optional.of(explain(id, row -> true, event -> true)) : Optional.empty();
    }

    /** Explains a delivery by its id: by indexes only. Empty if the ledger does not know it. */
    public Optional<Explanation> ofDelivery(String id) {
        return exportOfDelivery(id)
                .map(export ->
                        explain(export, row -> id.equals(row.deliveryId()), event -> id.equals(event.deliveryId())));
    }

    /**
     * Explains rows that have been read.
     *
     * @param destinations by name, those of the rows
     */
    public List<OfDelivery> of(Collection<Row> rows, Map<String, DestinationSummary> destinations) {
        DeliveryExplainer explainer = new DeliveryExplainer(clock.instant());
        return rows.stream()
                .map(row -> explainer.explain(row, Optional.ofNullable(destinations.get(row.destination()))))
                .toList();
    }

    /**
     * Finds an export by an id, not by a name: by indexes only.
     *
     * @param id of a delivery, an export or a file
     * @return the id of the export; empty if none matches
     */
    public Optional<String> exportOf(String id) {
        Optional<String> ofDelivery = exportOfDelivery(id);
        if (ofDelivery.isPresent() || isKnownExport(id)) {
            return Optional.of(ofDelivery.orElse(id));
        }
        return ofFile(id);
    }

    private Optional<String> exportOfDelivery(String id) {
        return one(
                "SELECT f.export_id FROM delivery d JOIN export_file f ON f.file_id = d.file_id WHERE d.delivery_id = :id",
                id);
    }

    private Optional<String> ofFile(String id) {
        return NUMBER.matcher(id).matches()
                ? one("SELECT export_id FROM export_file WHERE file_id = CAST(:id AS bigint)", id)
                : Optional.empty();
    }

    private Optional<String> one(String query, String id) {
        return database.jdbi().withHandle(handle -> handle.createQuery(query)
                .bind("id", id)
                .mapTo(String.class)
                .findFirst());
    }

    private boolean isKnownExport(String id) {
        return Stream.of("export", "rejected_entry", "event")
                .anyMatch(table -> one("SELECT export_id FROM " + table + " WHERE export_id = :id LIMIT 1", id)
                        .isPresent());
    }

    /** A destination's name of a file has the export's id in it. */
    private List<Explanation> byName(String name) {
        Set<String> exports = new LinkedHashSet<>();
        Stream.of(name.split("\\.")).filter(this::isKnownExport).forEach(exports::add);
        if (exports.isEmpty()) {
            exports.addAll(database.jdbi().withHandle(handle -> handle.createQuery(
                            """
                            SELECT export_id FROM export_file WHERE filename = :name OR safe_name = :name
                            ORDER BY file_id DESC LIMIT :most""")
                    .bind("name", name)
                    .bind("most", MOST_EXPORTS)
                    .mapTo(String.class)
                    .list()));
        }
        return exports.stream()
                .map(export -> explain(export, row -> isNamed(row, name), event -> true))
                .filter(explanation -> !explanation.deliveries().isEmpty() || hasFile(explanation.exportId(), name))
                .toList();
    }

    /** One that no destination wants. */
    private boolean hasFile(String exportId, String name) {
        return database.jdbi().withHandle(handle -> handle.createQuery(
                        "SELECT filename, safe_name FROM export_file WHERE export_id = :id")
                .bind("id", exportId)
                .map((row, context) -> name.equals(row.getString(1))
                        || name.equals(row.getString(2))
                        || name.equals(FileName.withId(row.getString(2), exportId)))
                .list()
                .contains(true));
    }

    private static boolean isNamed(Row row, String name) {
        return name.equals(row.uniqueName())
                || !row.isManifest() && (name.equals(row.filename()) || name.equals(row.safeName()));
    }

    private Explanation explain(String exportId, Predicate<Row> rows, Predicate<Event> events) {
        List<Row> all = new ArrayList<>();
        new Status(database).forEach(new Status.Choice(exportId, null, Set.of(), null, 0), all::add);
        List<Row> chosen = all.stream().filter(rows).toList();
        Map<String, DestinationSummary> destinations = chosen.isEmpty()
                ? Map.of()
                : new DestinationSummaries(database, clock)
                        .all().stream().collect(Collectors.toMap(DestinationSummary::name, Function.identity()));
        List<Event> happened = new Events(database)
                .inOrder(Events.Choice.ofExport(exportId)).stream()
                        .filter(events)
                        .toList();
        return new Explanation(
                exportId,
                one("SELECT name FROM export WHERE export_id = :id AND name IS NOT NULL", exportId)
                        .orElse(null),
                chosen.isEmpty() ? notes(exportId, happened) : missingManifests(all),
                of(chosen, destinations),
                happened);
    }

    /** Why destinations of manifests have none of an export: for which files each waits, or why it receives none. */
    private List<Note> missingManifests(List<Row> rows) {
        String name = rows.get(0).name();
        long lastFile = rows.stream()
                .map(Row::fileId)
                .filter(Objects::nonNull)
                .max(Comparator.naturalOrder())
                .orElse(0L);
        return database.jdbi().withHandle(ManifestDeliveries::targets).stream()
                .filter(target -> target.selects(name))
                .filter(target -> rows.stream().noneMatch(row -> target.name().equals(row.destination())))
                .flatMap(target -> missingManifest(rows, target, lastFile).stream())
                .toList();
    }

    /** Empty if it is missing for no reason that concerns files. */
    private Optional<Note> missingManifest(List<Row> rows, ManifestDeliveries.Target target, long lastFile) {
        if (!target.isNewEnough(lastFile)) {
            return Optional.of(new Note(
                    Cause.BEFORE_MANIFESTS,
                    "exports:" + target.name()
                            + " receives no manifest: its route has backfill: false, and the export was"
                            + " listed before the route started"));
        }
        List<Row> undelivered = rows.stream()
                .filter(row -> target.of().equals(row.destination()))
                .filter(row -> row.state() != DeliveryState.DELIVERED && row.state() != DeliveryState.SKIPPED)
                .toList();
        DeliveryExplainer explainer = new DeliveryExplainer(clock.instant());
        List<Row> lost = undelivered.stream().filter(explainer::isLost).toList();
        if (!lost.isEmpty()) {
            return Optional.of(new Note(
                    Cause.FILE_LOST,
                    "exports:" + target.name() + " receives no manifest: exports:" + target.of()
                            + " can no longer receive " + files(lost)));
        }
        return undelivered.isEmpty()
                ? Optional.empty()
                : Optional.of(new Note(
                        Cause.WAITS_FOR_FILES,
                        "exports:" + target.name() + " waits for exports:" + target.of() + ": " + files(undelivered)));
    }

    private static String files(List<Row> rows) {
        return rows.stream()
                        .limit(MOST_FILES)
                        .map(row -> row.uniqueName() + " (" + row.state().text() + ")")
                        .collect(Collectors.joining(", "))
                + (rows.size() > MOST_FILES ? " and " + (rows.size() - MOST_FILES) + " more" : "");
    }

    private List<Note> notes(String exportId, List<Event> events) {
        List<Note> notes = new ArrayList<>();
        one("SELECT reason FROM rejected_entry WHERE export_id = :id", exportId)
                .ifPresent(reason -> notes.add(new Note(Cause.REJECTED, reason)));
        if (has(events, EventKind.EXPORT_FAILED)) {
            notes.add(new Note(Cause.EXPORT_FAILED, ""));
        }
        if (has(events, EventKind.EXPORT_UNFETCHABLE)) {
            notes.add(new Note(Cause.EXPORT_UNFETCHABLE, ""));
        }
        if (notes.isEmpty()) {
            one("SELECT status FROM export WHERE export_id = :id", exportId)
                    .map(status -> new Note(
                            status.equals(Export.COMPLETED) && !hasFiles(exportId)
                                    ? Cause.WITHOUT_URLS
                                    : Cause.NOT_WANTED,
                            ""))
                    .ifPresent(notes::add);
        }
        return notes;
    }

    private boolean hasFiles(String exportId) {
        return one("SELECT export_id FROM export_file WHERE export_id = :id LIMIT 1", exportId)
                .isPresent();
    }

    private static boolean has(List<Event> events, EventKind kind) {
        return events.stream().anyMatch(event -> event.kind().equals(kind.text()));
    }
}
