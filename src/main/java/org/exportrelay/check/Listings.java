package org.exportrelay.check;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.exportrelay.destinations.Inventory;
import org.exportrelay.destinations.ListedFile;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.PreparedBatch;

/**
 * What the directories of destinations hold, on disk: a listing can have millions of files, in any order. Each directory
 * is listed once. A temporary SQLite file, which {@link #close} removes. For one thread.
 */
final class Listings implements AutoCloseable {

    private static final int BATCH = 1000;

    private static final List<String> TABLES = List.of(
            "PRAGMA journal_mode = OFF",
            "PRAGMA synchronous = OFF",
            // 32 MiB: names come in any order.
            "PRAGMA cache_size = -32768",
            "CREATE TABLE directory (location text PRIMARY KEY, failure text NOT NULL) WITHOUT ROWID",
            """
            CREATE TABLE file (location text PRIMARY KEY, size integer NOT NULL, destination text NOT NULL,
              is_delivered integer NOT NULL DEFAULT 0) WITHOUT ROWID""",
            "CREATE TABLE missing (delivery_id text PRIMARY KEY) WITHOUT ROWID");

    private final Path database;
    private final Handle handle;

    private Listings(Path database, Handle handle) {
        this.database = database;
        this.handle = handle;
    }

    /**
     * @throws UncheckedIOException if the directory for temporary files cannot be used
     */
    static Listings create() {
        try {
            Path database = Files.createTempFile("export-relay-reconcile-", ".db");
            // Also if the command is interrupted.
            database.toFile().deleteOnExit();
            Handle handle = Jdbi.create("jdbc:sqlite:" + database).open();
            TABLES.forEach(handle::execute);
            return new Listings(database, handle);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Lists a directory unless that was done before.
     *
     * @param destination for which it is listed
     * @return why it cannot be listed; empty if it was
     */
    Optional<String> list(String directory, String destination, Inventory inventory) {
        String failure = handle.createQuery("SELECT failure FROM directory WHERE location = ?")
                .bind(0, directory)
                .mapTo(String.class)
                .findOne()
                .orElseGet(() -> {
                    String met = read(directory, destination, inventory).orElse("");
                    handle.execute("INSERT INTO directory (location, failure) VALUES (?, ?)", directory, met);
                    return met;
                });
        return Optional.of(failure).filter(text -> !text.isEmpty());
    }

    private Optional<String> read(String directory, String destination, Inventory inventory) {
        List<ListedFile> batch = new ArrayList<>();
        try {
            inventory.list(directory, file -> {
                batch.add(file);
                if (batch.size() == BATCH) {
                    insert(batch, destination);
                }
            });
            insert(batch, destination);
            return Optional.empty();
        } catch (Exception e) {
            return Optional.of(ProbeFailure.describe(e, "check that the user of the route may list the directory"));
        }
    }

    private void insert(List<ListedFile> files, String destination) {
        if (files.isEmpty()) {
            return;
        }
        handle.useTransaction(transaction -> {
            PreparedBatch rows = transaction.prepareBatch(
                    "INSERT OR IGNORE INTO file (location, size, destination) VALUES (?, ?, ?)");
            files.forEach(file -> rows.add(file.location(), file.size(), destination));
            rows.execute();
        });
        files.clear();
    }

    /** The size of a delivered file, negative if it is not known; empty if there is no such file. */
    OptionalLong sizeOfDelivered(String location) {
        List<Long> size = handle.createQuery("UPDATE file SET is_delivered = 1 WHERE location = ? RETURNING size")
                .bind(0, location)
                .mapTo(Long.class)
                .list();
        return size.isEmpty() ? OptionalLong.empty() : OptionalLong.of(size.get(0));
    }

    /**
     * A file, and for which destination its directory was listed.
     *
     * @param size in bytes, negative if it is not known
     */
    record Listed(String location, long size, String destination) {}

    /** Each file that is not a delivered one, at most a thousand at a time. */
    void forEachOther(Consumer<List<Listed>> consumer) {
        String last = "";
        while (true) {
            List<Listed> files = handle.createQuery(
                            """
                            SELECT location, size, destination FROM file WHERE is_delivered = 0 AND location > ?
                            ORDER BY location LIMIT ?""")
                    .bind(0, last)
                    .bind(1, BATCH)
                    .map((row, context) -> new Listed(row.getString(1), row.getLong(2), row.getString(3)))
                    .list();
            if (files.isEmpty()) {
                return;
            }
            consumer.accept(files);
            last = files.get(files.size() - 1).location();
        }
    }

    boolean has(String location) {
        return handle.createQuery("SELECT 1 FROM file WHERE location = ?")
                .bind(0, location)
                .mapTo(Integer.class)
                .findOne()
                .isPresent();
    }

    void addMissing(String deliveryId) {
        handle.execute("INSERT OR IGNORE INTO missing (delivery_id) VALUES (?)", deliveryId);
    }

    long missing() {
        return handle.createQuery("SELECT count(*) FROM missing")
                .mapTo(Long.class)
                .one();
    }

    /** The ids of deliveries whose files are missing, at most a thousand at a time. */
    void forEachMissing(Consumer<List<String>> consumer) {
        String last = "";
        while (true) {
            List<String> ids = handle.createQuery(
                            "SELECT delivery_id FROM missing WHERE delivery_id > ? ORDER BY delivery_id LIMIT ?")
                    .bind(0, last)
                    .bind(1, BATCH)
                    .mapTo(String.class)
                    .list();
            if (ids.isEmpty()) {
                return;
            }
            consumer.accept(ids);
            last = ids.get(ids.size() - 1);
        }
    }

    @Override
    public void close() {
        handle.close();
        try {
            Files.deleteIfExists(database);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
