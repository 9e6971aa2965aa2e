package org.exportrelay.destinations.table;

import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.apache.camel.spi.ExecutorServiceManager;
import org.exportrelay.destinations.ReadAhead;
import org.exportrelay.records.ExportRecord;

/**
 * The file that a delivery writes.
 *
 * @param batches its rows, read once
 * @param file its name, for messages
 * @param exportId of its export
 * @param threads creates the thread that reads it
 */
record FileSource(Iterator<List<ExportRecord>> batches, String file, String exportId, ExecutorServiceManager threads) {

    /**
     * Reads in another thread, so that the file is read while the database works.
     *
     * @param source that reads {@link #batches}
     */
    <T> ReadAhead<T> ahead(Iterator<T> source) {
        return new ReadAhead<>(threads, "records of " + file, source, interruption -> {
            Thread.currentThread().interrupt();
            return new CancellationException("interrupted");
        });
    }
}
