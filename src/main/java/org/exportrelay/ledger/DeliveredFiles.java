package org.exportrelay.ledger;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.exportrelay.delivery.FileName;
import org.exportrelay.ledger.database.LedgerDatabase;

/** Which files a destination has accepted, and where they are. Reads only, also beside a running relay. Thread-safe. */
public final class DeliveredFiles {

    /** Read at a time: what is done with them may take long, and must not keep a transaction open. */
    private static final int BATCH = 1000;

    private final LedgerDatabase database;

    /**
     * @param database open
     */
    public DeliveredFiles(LedgerDatabase database) {
        this.database = database;
    }

    /**
     * A delivery that the destination has accepted.
     *
     * @param fileId in the ledger
     * @param name unique name of the file
     * @param location where its file is; null if that is not known, or it is no file there
     * @param size of what was delivered in bytes; null if that is not known
     * @param sha256 of what was delivered in lower-case hex; null if that is not known
     */
    public record DeliveredFile(
            String deliveryId, long fileId, String exportId, String name, String location, Long size, String sha256) {}

    /**
     * Reads those of a destination, newest file first, without those whose place another delivery has now. Memory is
     * constant.
     *
     * @param since when they were delivered, or later
     * @param until when they were delivered, or before
     */
    public void forEach(String destination, Instant since, Instant until, Consumer<DeliveredFile> consumer) {
        long before = Long.MAX_VALUE;
        while (true) {
            List<DeliveredFile> batch = batch(destination, since, until, before);
            batch.forEach(consumer);
            if (batch.size() < BATCH) {
                return;
            }
            before = batch.get(BATCH - 1).fileId();
        }
    }

    private List<DeliveredFile> batch(String destination, Instant since, Instant until, long before) {
        return database.jdbi().withHandle(handle -> handle.createQuery(
                        """
                        SELECT d.delivery_id, d.file_id, f.export_id, %s, d.location,
                          CASE WHEN d.sha256 IS NULL THEN f.size ELSE d.bytes END AS size,
                          coalesce(d.sha256, f.sha256) AS sha256
                        FROM delivery d JOIN export_file f ON f.file_id = d.file_id
                        WHERE d.destination = :destination AND d.%s AND d.file_id < :before AND d.state = 'delivered'
                          AND d.finished_at >= :since AND d.finished_at <= :until AND NOT EXISTS (
                            SELECT 1 FROM file_location l
                            WHERE l.location = d.location AND l.delivery_id <> d.delivery_id)
                        ORDER BY d.file_id DESC LIMIT :batch"""
                                .formatted(Sql.SAFE_NAME, Sql.IN_HISTORY))
                .bind("destination", destination)
                .bind("before", before)
                .bind("since", since)
                .bind("until", until)
                .bind("batch", BATCH)
                .map((row, context) -> new DeliveredFile(
                        row.getString("delivery_id"),
                        row.getLong("file_id"),
                        row.getString("export_id"),
                        FileName.withId(row.getString("safe_name"), row.getString("export_id")),
                        row.getString("location"),
                        Sql.number(row, "size"),
                        row.getString("sha256")))
                .list());
    }

    /**
     * Those of some files that the ledger cannot know, of any destination and state: no part of the name is the id of an
     * export, and no delivery has claimed the place.
     *
     * @param locations at most a thousand
     */
    public Set<String> unknown(Collection<String> locations) {
        Set<String> parts = locations.stream().flatMap(DeliveredFiles::parts).collect(Collectors.toSet());
        Set<String> exports = present("SELECT DISTINCT export_id FROM export_file WHERE export_id IN (<keys>)", parts);
        Set<String> claimed = present("SELECT location FROM file_location WHERE location IN (<keys>)", locations);
        return locations.stream()
                .filter(location ->
                        !claimed.contains(location) && parts(location).noneMatch(exports::contains))
                .collect(Collectors.toSet());
    }

    /** Of the name of a file, between its dots. */
    private static Stream<String> parts(String location) {
        return Stream.of(location.substring(location.lastIndexOf('/') + 1).split("\\."));
    }

    private Set<String> present(String query, Collection<String> keys) {
        return database.jdbi().withHandle(handle -> Sql.chunks(keys).stream()
                .flatMap(chunk ->
                        handle.createQuery(query).bindList("keys", Sql.ids(chunk)).mapTo(String.class).list().stream())
                .collect(Collectors.toSet()));
    }
}
