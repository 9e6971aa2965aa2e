package org.exportrelay.component;

/** What a destination's exchanges carry as their body. */
public enum Payload {
    /** JSON of one download with a fresh URL; nothing is downloaded, unless the route expects columns. */
    link,
    /** The verified local file, as {@link java.io.File}: streamed, never in memory whole. */
    file,
    /** The file's rows, as an iterator over lists of {@link org.exportrelay.records.ExportRecord}, read as asked for. */
    records,
    /** JSON of all files of an export that another destination has received; nothing is downloaded. */
    manifest
}
