package org.exportrelay.component;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import jakarta.inject.Inject;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.exportrelay.delivery.DeliveredContent;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.ledger.Status;
import org.exportrelay.ledger.Status.Row;
import org.exportrelay.ledger.database.LedgerDatabase;

/** Writes manifests of what a destination has received, as the ledger has it. Thread-safe. */
@Singleton
class ExportManifests {

    /** Before the host in a location. */
    private static final Pattern USER = Pattern.compile("(?<=^[a-z0-9]{1,9}://)[^/]*@");

    private final LedgerDatabase database;
    private final ObjectWriter json;

    @Inject
    ExportManifests(LedgerDatabase database, @Named("exportsJson") ObjectMapper json) {
        this.database = database;
        // Only ASCII: its bytes, of which the ledger has the checksum, are the same in any encoding of a route.
        this.json = json.writer().with(JsonWriteFeature.ESCAPE_NON_ASCII.mappedFeature());
    }

    /**
     * A manifest.
     *
     * @param file its name and size, in place of a file of the export
     * @param content its size and checksum
     * @param text JSON
     */
    record Manifest(ExportFile file, DeliveredContent content, String text) {}

    /**
     * Writes the manifest of an export: the same bytes at each attempt, unless a file was delivered again.
     *
     * @param of the destination whose files it lists
     * @throws DeliveryException if one of them is just being delivered again, is missing there, or the ledger cannot be read
     */
    Manifest of(Delivery delivery, String of) throws DeliveryException {
        String text = text(delivery.file(), of, rows(delivery.file().exportId(), of));
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        DeliveredContent content = new DeliveredContent(
                bytes.length, HexFormat.of().formatHex(Sha256.digest().digest(bytes)));
        ExportFile file = delivery.file();
        return new Manifest(file.as(file.filename(), file.safeName(), content.size(), content.sha256()), content, text);
    }

    /** In the order of the API's list. */
    private List<Row> rows(String exportId, String of) throws DeliveryException {
        List<Row> rows = new ArrayList<>();
        long files;
        try {
            new Status(database).forEach(new Status.Choice(exportId, of, Set.of(), null, 0), rows::add);
            files = database.jdbi().withHandle(handle -> handle.createQuery(
                            "SELECT count(*) FROM export_file WHERE export_id = :export")
                    .bind("export", exportId)
                    .mapTo(Long.class)
                    .one());
        } catch (RuntimeException e) {
            if (!LedgerDatabase.isFault(e)) {
                throw e;
            }
            throw new DeliveryException(
                    FailureAction.POSTPONE,
                    "the ledger cannot be used now (" + LedgerDatabase.describe(e)
                            + "); the manifest is written once it has been read",
                    e);
        }
        List<Row> undelivered = rows.stream()
                .filter(row -> !isDelivered(row) && !isSkipped(row))
                .toList();
        Optional<Row> ended =
                undelivered.stream().filter(row -> row.state().isFinal()).findFirst();
        if (ended.isPresent()) {
            throw new DeliveryException(
                    FailureAction.PARK,
                    ended.get().uniqueName() + " is " + ended.get().state().text() + " at exports:" + of
                            + "; the manifest follows when it has been delivered");
        }
        if (!undelivered.isEmpty()) {
            throw new DeliveryException(
                    FailureAction.POSTPONE,
                    undelivered.get(0).uniqueName() + " was made due again at exports:" + of
                            + "; the manifest follows when it has been delivered");
        }
        if (rows.size() < files || rows.stream().noneMatch(ExportManifests::isDelivered)) {
            throw new DeliveryException(
                    FailureAction.PARK,
                    "exports:" + of + " has not received all files of this export; correct the option 'of', then run"
                            + " 'replay'");
        }
        rows.sort(Comparator.comparing(Row::fileId));
        return rows;
    }

    private static boolean isDelivered(Row row) {
        return row.state() == DeliveryState.DELIVERED;
    }

    private static boolean isSkipped(Row row) {
        return row.state() == DeliveryState.SKIPPED;
    }

    private String text(ExportFile file, String of, List<Row> rows) throws DeliveryException {
        try {
            return json.writeValueAsString(new ManifestMessage(
                    file.exportId(),
                    file.exportName(),
                    of,
                    ExportHeaders.text(file.createdAt()),
                    ExportHeaders.text(file.updatedAt()),
                    rows.stream()
                            .filter(ExportManifests::isDelivered)
                            .map(Row::finishedAt)
                            .max(Comparator.naturalOrder())
                            .map(ExportHeaders::text)
                            .orElse(null),
                    file.recordCount(),
                    rows.stream()
                            .filter(ExportManifests::isDelivered)
                            .map(ExportManifests::delivered)
                            .toList(),
                    rows.stream()
                            .filter(ExportManifests::isSkipped)
                            .map(Row::filename)
                            .toList()));
        } catch (JsonProcessingException e) {
            throw new DeliveryException(
                    FailureAction.PARK, file.safeName() + " cannot be written as JSON (" + e.getMessage() + ")", e);
        }
    }

    private static ManifestMessage.DeliveredFile delivered(Row row) {
        boolean isOtherForm = row.deliveredSha256() != null;
        String location =
                row.location() == null ? null : USER.matcher(row.location()).replaceFirst("");
        return new ManifestMessage.DeliveredFile(
                location == null ? row.uniqueName() : location.substring(location.lastIndexOf('/') + 1),
                row.filename(),
                location,
                isOtherForm ? row.deliveredSize() : row.size(),
                isOtherForm ? row.deliveredSha256() : row.sha256(),
                row.records(),
                isOtherForm ? row.size() : null,
                isOtherForm ? row.sha256() : null,
                ExportHeaders.text(row.finishedAt()));
    }
}
