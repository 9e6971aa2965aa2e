package org.exportrelay.component;

/** What the files of {@code payload=file} contain. */
public enum Format {
    /** What the file has. */
    original,
    /** JSON Lines: one JSON object per record. */
    jsonl
}
