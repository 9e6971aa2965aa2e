package org.exportrelay.ledger;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.exportrelay.config.RelaySettings;

/**
 * The data directory, owned by this process, and the ledger, open for work. Opening takes a quarter of
 * the time that Quarkus takes to start, so that a command may begin with it first.
 *
 * @param directory owned
 * @param database open
 */
public record OwnedLedger(DataDirectory directory, LedgerDatabase database) {

    private static CompletableFuture<OwnedLedger> begun;

    /** Begins to open it, in a thread of its own. What fails is told to whoever then asks for it. */
    public static synchronized void begin(RelaySettings settings) {
        begun = CompletableFuture.supplyAsync(() -> open(settings), opening -> {
            Thread thread = new Thread(opening, "ledger-opening");
            thread.setDaemon(true);
            thread.start();
        });
    }

    /**
     * The one that was begun, when it is open; else opens it.
     *
     * @throws DataDirectoryException if the directory or the ledger cannot be had
     */
    static synchronized OwnedLedger of(RelaySettings settings) {
        if (begun == null) {
            return open(settings);
        }
        try {
            return begun.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException failure ? failure : e;
        } finally {
            begun = null;
        }
    }

    private static OwnedLedger open(RelaySettings settings) {
        DataDirectory directory = DataDirectory.own(settings.dataDir());
        try {
            return new OwnedLedger(directory, LedgerDatabase.openForWork(settings.ledger()));
        } catch (RuntimeException e) {
            directory.close();
            throw e;
        }
    }

    void close() {
        database.close();
        directory.close();
    }
}
