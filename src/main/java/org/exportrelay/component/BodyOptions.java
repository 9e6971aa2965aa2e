package org.exportrelay.component;

import java.util.Optional;
import org.exportrelay.records.ExpectedColumns;

/**
 * What a route asks to receive of each file.
 *
 * @param payload the kind of body
 * @param batchSize records per batch, where the payload is records; 1 or more
 * @param form in which the route receives files, where the payload is file
 * @param expectedColumns of the CSV header; empty if any header is accepted
 * @param of the destination whose files are listed, where the payload is a manifest; otherwise null
 */
record BodyOptions(
        Payload payload, int batchSize, FileForm form, Optional<ExpectedColumns> expectedColumns, String of) {

    /** Whether a delivery waits for the downloaded file. */
    boolean needsFile() {
        return payload == Payload.file || payload == Payload.records;
    }
}
