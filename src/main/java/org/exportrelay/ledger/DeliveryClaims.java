package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.SqlStatement;

/** Claims due deliveries, in the only statement that does. Thread-safe. */
final class DeliveryClaims {

    /** The order in which a destination's deliveries are made. */
    static final String NEAREST_EXPIRY = "d.expires_at, d.file_id";
    /** The order of probes: those that have not met the outage yet, then the one that met it longest ago. */
    static final String IN_TURN = "coalesce(d.outage_at, :never), d.expires_at, d.file_id";

    /** What may be claimed for a destination: what needs no file, or has it in this instance's spool. */
    private static final String DUE = "d.destination = :destination AND d.spooled_by = :spool AND d." + Sql.OPEN
            + " AND d.state <> 'in_progress' AND d.next_attempt_at <= :now AND d.needs_file = :needsFile";

    private final LedgerDatabase database;
    private final InFlightDeliveries inFlight;
    private final String owner;
    private final String spool;
    private final Duration lease;
    private final Clock clock;

    /**
     * @param inFlight what is never claimed again before its outcome is recorded
     * @param owner this process
     * @param spool the name under which this process's spool has files
     * @param lease how long a claim holds without renewal
     */
    DeliveryClaims(
            LedgerDatabase database,
            InFlightDeliveries inFlight,
            String owner,
            String spool,
            Duration lease,
            Clock clock) {
        this.database = database;
        this.inFlight = inFlight;
        this.owner = owner;
        this.spool = spool;
        this.lease = lease;
        this.clock = clock;
    }

    /**
     * Whether there may be something to claim. Most polls end here: an idle relay writes nothing. In the order of the index:
     * otherwise PostgreSQL reads the whole table where most of it is the backlog of another destination.
     */
    boolean isAnyDue(Destination destination) {
        return database.jdbi()
                .withHandle(handle -> bindDue(
                                handle.createQuery("SELECT 1 FROM delivery d WHERE " + DUE + " ORDER BY "
                                        + NEAREST_EXPIRY + " LIMIT 1"),
                                destination)
                        .mapTo(Integer.class)
                        .findOne())
                .isPresent();
    }

    /**
     * Claims some in the caller's transaction.
     *
     * @param order {@link #NEAREST_EXPIRY} or {@link #IN_TURN}
     */
    List<Delivery> claim(Handle handle, Destination destination, int most, String order) {
        String claim = UUID.randomUUID().toString();
        // Materialized: otherwise PostgreSQL may run the subquery again for each row, and claim beyond its limit.
        List<String> ids = bindDue(
                        handle.createQuery(
                                """
                                WITH due AS MATERIALIZED (
                                  SELECT d.delivery_id FROM delivery d
                                  WHERE %s AND d.delivery_id NOT IN (<inFlight>)
                                  ORDER BY %s LIMIT :most%s)
                                UPDATE delivery SET state = 'in_progress', attempts = attempts + 1, claims = claims + 1,
                                  claim = :claim, lease_owner = :owner, lease_until = :until, made_by = :owner, route_digest = :digest
                                WHERE delivery_id IN (SELECT delivery_id FROM due)
                                RETURNING delivery_id"""
                                        .formatted(
                                                DUE, order, database.dialect().skipLocked())),
                        destination)
                .bind("claim", claim)
                .bind("owner", owner)
                .bindByType("digest", destination.routeDigest(), String.class)
                .bind("until", clock.instant().plus(lease))
                .bind("never", Instant.EPOCH)
                .bindList("inFlight", inFlight.of(destination.name()))
                .bind("most", most)
                .mapTo(String.class)
                .list();
        return ids.isEmpty() ? List.of() : deliveries(handle, ids, claim);
    }

    private <S extends SqlStatement<S>> S bindDue(S statement, Destination destination) {
        return statement
                .bind("destination", destination.name())
                .bind("spool", destination.needsFile() ? spool : SpooledFiles.NO_SPOOL)
                .bind("needsFile", destination.needsFile())
                .bind("now", clock.instant());
    }

    private static List<Delivery> deliveries(Handle handle, List<String> ids, String claim) {
        ExportFileMapper files = new ExportFileMapper();
        return handle.createQuery(
                        "SELECT d.delivery_id, d.destination, d.attempts, d.claims, d.replays, d.manifest, "
                                + ExportFileMapper.COLUMNS
                                + """
                           FROM delivery d
                          JOIN export_file f ON f.file_id = d.file_id
                          JOIN export e ON e.export_id = f.export_id
                        WHERE d.delivery_id IN (<ids>) ORDER BY d.expires_at, d.file_id""")
                .bindList("ids", Sql.ids(ids))
                .map((row, context) -> new Delivery(
                        row.getString("delivery_id"),
                        row.getString("destination"),
                        row.getInt("attempts"),
                        row.getInt("claims"),
                        row.getInt("replays"),
                        claim,
                        file(files.map(row, context), row.getString("manifest")),
                        row.getString("manifest") != null))
                .list();
    }

    private static ExportFile file(ExportFile file, String manifest) {
        return manifest == null ? file : file.manifest(manifest);
    }
}
