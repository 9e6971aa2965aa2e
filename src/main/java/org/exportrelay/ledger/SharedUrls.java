package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.exportrelay.api.Export;
import org.exportrelay.api.UrlCipher;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jdbi.v3.core.statement.PreparedBatch;

/**
 * Passes download URLs from the instance that polls to those that share its ledger, so that they need no requests. The
 * ledger has them encrypted only. A ledger of a single process has none. Thread-safe.
 */
public final class SharedUrls {

    /** Deliveries of an export are created within this time. */
    private static final Duration NEW = Duration.ofMinutes(10);

    private final LedgerDatabase database;
    private final UrlCipher cipher;
    private final Clock clock;

    /**
     * @param database open
     * @param cipher with the key of the API
     * @param clock for the age of URLs
     */
    public SharedUrls(LedgerDatabase database, UrlCipher cipher, Clock clock) {
        this.database = database;
        this.cipher = cipher;
        this.clock = clock;
    }

    /** Saves the URLs of exports that are new, or wait. */
    public void save(Collection<Export> exports) {
        if (database.isExclusive() || exports.isEmpty()) {
            return;
        }
        database.jdbi().useTransaction(handle -> {
            PreparedBatch batch = handle.prepareBatch(
                    """
                    INSERT INTO export_url (export_id, encrypted, saved_at) VALUES (:id, :encrypted, :now)
                    ON CONFLICT (export_id) DO UPDATE SET encrypted = excluded.encrypted, saved_at = excluded.saved_at""");
            exports.stream().filter(export -> !export.files().isEmpty()).forEach(export -> cipher.encrypt(export)
                    .ifPresent(encrypted -> batch.bind("id", export.exportId())
                            .bind("encrypted", encrypted)
                            .bind("now", clock.instant())
                            .add()));
            if (batch.size() > 0) {
                batch.execute();
            }
        });
    }

    /** The exports of some ids whose URLs another instance has saved. */
    public List<Export> load(Collection<String> exportIds) {
        if (database.isExclusive() || exportIds.isEmpty()) {
            return List.of();
        }
        return database.jdbi().withHandle(handle -> handle
                .createQuery("SELECT export_id, encrypted FROM export_url WHERE export_id IN (<ids>)")
                .bindList("ids", Sql.ids(exportIds))
                .map((row, context) -> cipher.decrypt(row.getString("export_id"), row.getString("encrypted")))
                .list()
                .stream()
                .flatMap(Optional::stream)
                .toList());
    }

    /** Deletes the URLs of exports that no delivery waits for any more. */
    public void deleteUnneeded() {
        if (database.isExclusive()) {
            return;
        }
        database.jdbi().useHandle(handle -> handle.createUpdate(
                        """
                        DELETE FROM export_url WHERE saved_at < :old AND NOT EXISTS (
                          SELECT 1 FROM export_file f JOIN delivery d ON d.file_id = f.file_id
                          WHERE f.export_id = export_url.export_id AND d.%s)"""
                                .formatted(Sql.OPEN))
                .bind("old", clock.instant().minus(NEW))
                .execute());
    }
}
