package org.exportrelay.download;

import org.exportrelay.delivery.VerifiedFile;

/**
 * A verified file, before it is known whether its empty lines are records.
 *
 * @param file with the number of records without them
 * @param emptyRecords the empty lines that may be records, see {@link
 *     org.exportrelay.records.CsvRecordCounter#emptyRecords}
 */
record VerifiedContent(VerifiedFile file, long emptyRecords) {

    VerifiedFile withEmptyRecords() {
        return emptyRecords == 0 ? file : new VerifiedFile(file.fileId(), file.sha256(), file.records() + emptyRecords);
    }
}
