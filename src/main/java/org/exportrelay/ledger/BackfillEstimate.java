package org.exportrelay.ledger;

import java.time.Clock;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.exportrelay.delivery.NamePattern;
import org.exportrelay.ledger.database.LedgerDatabase;

/** Counts what a route would be owed of the past. Reads only, also beside a running relay. Thread-safe. */
public final class BackfillEstimate {

    private final LedgerDatabase database;
    private final Clock clock;

    /**
     * @param database open
     * @param clock by which exports expire
     */
    public BackfillEstimate(LedgerDatabase database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /**
     * What has no delivery to the destination, is selected and can still be downloaded.
     *
     * @param manifestOf the destination whose files its manifests list; null if it receives files, links or records
     */
    public Backfill of(String destination, NamePattern pattern, String manifestOf) {
        return manifestOf == null ? files(destination, pattern) : manifests(destination, pattern, manifestOf);
    }

    /** One for each export that is complete at the other destination; nothing is downloaded for them. */
    private Backfill manifests(String destination, NamePattern pattern, String of) {
        return database.jdbi()
                .withHandle(handle -> new Backfill(
                        handle
                                .createQuery(
                                        """
                                SELECT e.name FROM export e
                                WHERE (e.expires_at IS NULL OR e.expires_at > :now) AND %s AND NOT EXISTS (
                                  SELECT 1 FROM export_file f JOIN delivery d ON d.file_id = f.file_id
                                  WHERE f.export_id = e.export_id AND d.destination = :destination)"""
                                                .formatted(ManifestDeliveries.complete("e.export_id", ":of")))
                                .bind("now", clock.instant())
                                .bind("of", of)
                                .bind("destination", destination)
                                .map((row, context) -> Optional.ofNullable(row.getString("name")))
                                .stream()
                                .filter(name -> pattern.matches(name.orElse(null)))
                                .count(),
                        0,
                        0));
    }

    private Backfill files(String destination, NamePattern pattern) {
        return database.jdbi().withHandle(handle -> {
            long[] sums = new long[2];
            Set<String> exports = new HashSet<>();
            handle.createQuery(
                            """
                            SELECT e.export_id, e.name, f.size
                            FROM export_file f JOIN export e ON e.export_id = f.export_id
                            WHERE (e.expires_at IS NULL OR e.expires_at > :now) AND NOT EXISTS (
                              SELECT 1 FROM delivery d WHERE d.file_id = f.file_id AND d.destination = :destination)""")
                    .bind("now", clock.instant())
                    .bind("destination", destination)
                    .map((row, context) ->
                            new Row(row.getString("export_id"), row.getString("name"), row.getLong("size")))
                    .forEach(row -> {
                        if (pattern.matches(row.name())) {
                            sums[0]++;
                            sums[1] += row.size();
                            exports.add(row.exportId());
                        }
                    });
            return new Backfill(sums[0], sums[1], exports.size());
        });
    }

    /** A size that the API does not list counts as 0. */
    private record Row(String exportId, String name, long size) {}
}
