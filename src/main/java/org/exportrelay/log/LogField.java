package org.exportrelay.log;

import java.util.Locale;

/** What a line in the log is about. */
public enum LogField {
    /** The API's id of the export. */
    EXPORT,
    /** The file's unique name. */
    FILE,
    /** The destination's name. */
    DESTINATION,
    /** The id of the delivery. */
    DELIVERY,
    /** Which attempt of the delivery; 1 or more. */
    ATTEMPT;

    /** The key of {@link LogEvent} beside those of the fields. */
    public static final String EVENT = "event";

    /** As the log shows it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
