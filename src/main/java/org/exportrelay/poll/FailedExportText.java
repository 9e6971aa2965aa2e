package org.exportrelay.poll;

import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.time.Instant;
import org.exportrelay.api.Export;

/**
 * The text of an alert, in one line. Control characters of the API's texts are removed, so that none
 * can begin a line of a log or a header of a mail. Stateless.
 */
@Singleton
@Named("failedExportText")
public final class FailedExportText {

    /** {@code export ID (NAME) failed …; run it again}; nothing in it is a secret. */
    public String of(Export export) {
        return "export " + plain(export.exportId())
                + (export.name() == null ? "" : " (" + plain(export.name()) + ")")
                + " has failed at the vendor" + at(", created ", export.createdAt())
                + at(", last changed ", export.updatedAt())
                + (export.progress() == null ? "" : ", at " + export.progress() + " %")
                + "; it has no files to deliver; run it again there";
    }

    private static String at(String words, Instant time) {
        return time == null ? "" : words + time;
    }

    private static String plain(String text) {
        return text.replaceAll("[\\p{Cntrl}\\u2028\\u2029]+", " ").strip();
    }
}
