package org.exportrelay.ledger;

import java.time.Clock;
import org.exportrelay.config.SettingsException;
import org.exportrelay.delivery.Destination;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.SqlStatement;

/** Records destinations, and what their routes want; {@link DeliveryCreator} creates their deliveries. Thread-safe. */
public final class DestinationRecorder {

    private final LedgerDatabase database;
    private final Clock clock;

    /**
     * @param database open
     * @param clock for when a destination's route has started
     */
    public DestinationRecorder(LedgerDatabase database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /**
     * Records a destination whose route starts. A new one begins with every file that can still be downloaded, or with
     * none if it wants no backfill; so does one that was retired, except for what was skipped then. A known one continues
     * where it was.
     *
     * @throws SettingsException if it was sent manifests so far, and now files, or the other way round
     */
    void register(Destination destination) {
        database.jdbi().useTransaction(handle -> {
            record(handle, destination);
            beginAgainIfRetired(handle, destination);
            handle.createUpdate("UPDATE destination SET seen_at = :now WHERE name = :name")
                    .bind("now", clock.instant())
                    .bind("name", destination.name())
                    .execute();
        });
    }

    /**
     * Records a destination that has a route which is not started. It stays without a route, and retired if it was.
     *
     * @throws SettingsException as {@link #register}
     */
    void registerUnstarted(Destination destination) {
        database.jdbi().useTransaction(handle -> record(handle, destination));
    }

    private void record(Handle handle, Destination destination) {
        requireSameKind(handle, destination);
        setNeedsFile(handle, destination);
        insertIfNew(handle, destination);
        restartIfOtherNamesAreWanted(handle, destination);
        bindWishes(
                        handle.createUpdate(
                                """
                                UPDATE destination SET name_pattern = :pattern, backfill = :backfill,
                                  needs_file = :needsFile, delivery_window = :window, manifest_of = :manifestOf
                                WHERE name = :name"""),
                        destination)
                .bind("needsFile", destination.needsFile())
                .bindByType("window", destination.window().map(Object::toString).orElse(null), String.class)
                .execute();
    }

    /** A file has one delivery to a destination, which is either that of the file or that of the manifest. */
    private static void requireSameKind(Handle handle, Destination destination) {
        handle.createQuery("SELECT manifest_of IS NOT NULL FROM destination WHERE name = :name")
                .bind("name", destination.name())
                .mapTo(Boolean.class)
                .findOne()
                .filter(hasManifests -> hasManifests != (destination.manifestOf() != null))
                .ifPresent(hasManifests -> {
                    throw new SettingsException("exports:" + destination.name() + ": its deliveries so far are "
                            + (hasManifests
                                    ? "manifests, and its route does not have"
                                    : "no manifests, and its route has")
                            + " payload=manifest now; give the route a name of its own");
                });
    }

    /** Its open deliveries are locked before the destination, and in the order in which every transaction locks them. */
    private void setNeedsFile(Handle handle, Destination destination) {
        handle.createUpdate(
                        """
                        UPDATE delivery SET needs_file = :needsFile, spooled_by = %s
                        WHERE delivery_id IN (
                          SELECT delivery_id FROM delivery WHERE destination = :name AND %s AND needs_file <> :needsFile
                          ORDER BY file_id%s)"""
                                .formatted(
                                        SpooledFiles.spoolOf("delivery.file_id"),
                                        Sql.OPEN,
                                        database.dialect().lockRows()))
                .bind("needsFile", destination.needsFile())
                .bind("name", destination.name())
                .execute();
    }

    private static long newestFile(Handle handle) {
        return handle.createQuery("SELECT coalesce(max(file_id), 0) FROM export_file")
                .mapTo(Long.class)
                .one();
    }

    private static void insertIfNew(Handle handle, Destination destination) {
        long newest = newestFile(handle);
        bindWishes(
                        handle.createUpdate(
                                """
                                INSERT INTO destination
                                  (name, name_pattern, backfill, manifest_of, backfill_until, enrolled_until)
                                VALUES (:name, :pattern, :backfill, :manifestOf, :newest, :start)
                                ON CONFLICT DO NOTHING"""),
                        destination)
                .bind("newest", newest)
                .bind("start", destination.backfill() ? 0 : newest)
                .execute();
    }

    /**
     * A route that now wants other names scans the past again. It keeps the deliveries that it was owed, even if they
     * have expired since; of the newly wanted files it gets those that can still be downloaded.
     */
    private static void restartIfOtherNamesAreWanted(Handle handle, Destination destination) {
        bindWishes(
                        handle.createUpdate(
                                """
                                UPDATE destination
                                SET backfill_until = CASE WHEN enrolled_until > backfill_until THEN enrolled_until ELSE backfill_until END,
                                  enrolled_until = 0
                                WHERE name = :name AND :backfill AND (name_pattern <> :pattern OR backfill <> :backfill
                                  OR manifest_of <> :manifestOf)"""),
                        destination)
                .execute();
    }

    /**
     * What was recorded while it was retired is its past, as for a new destination. Of manifests also what was recorded before:
     * those of exports that were incomplete then are missing.
     */
    private static void beginAgainIfRetired(Handle handle, Destination destination) {
        handle.createUpdate(
                        """
                        UPDATE destination SET retired_at = NULL, backfill_until = :newest,
                          enrolled_until = CASE WHEN NOT :backfill THEN :newest WHEN manifest_of IS NULL THEN enrolled_until
                            ELSE 0 END
                        WHERE name = :name AND retired_at IS NOT NULL""")
                .bind("newest", newestFile(handle))
                .bind("backfill", destination.backfill())
                .bind("name", destination.name())
                .execute();
    }

    private static <S extends SqlStatement<S>> S bindWishes(S statement, Destination destination) {
        return statement
                .bind("name", destination.name())
                .bind("pattern", destination.pattern().toString())
                .bind("backfill", destination.backfill())
                .bindByType("manifestOf", destination.manifestOf(), String.class);
    }
}
