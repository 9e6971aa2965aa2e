package org.exportrelay.trace;

import java.util.Locale;

/** The attributes of the spans; docs/operating.md lists them. */
public enum SpanAttribute {
    /** The API's id of the export. */
    EXPORT_ID,
    /** The ledger's id of the file. */
    FILE_ID,
    DESTINATION,
    DELIVERY_ID,
    /** The attempt that counts; 1 or more. */
    ATTEMPT,
    /** Of the file, or of all files of the export. */
    BYTES,
    /** Exports that a poll has listed. */
    LISTED,
    /** Exports that a poll has recorded. */
    NEW,
    /** How it ended. */
    OUTCOME;

    String text() {
        return "relay." + name().toLowerCase(Locale.ROOT).replace('_', '.');
    }
}
