package org.exportrelay.sandbox;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The four states of an export that the API documents. */
public enum ExportStatus {
    PENDING,
    PROCESSING,
    COMPLETED,
    FAILED;

    /** As the API writes it: {@code pending}, {@code processing}, {@code completed}, {@code failed}. */
    public String json() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<ExportStatus> parse(String json) {
        return Arrays.stream(values())
                .filter(status -> status.json().equals(json))
                .findFirst();
    }
}
