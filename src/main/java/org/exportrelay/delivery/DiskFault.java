package org.exportrelay.delivery;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Recognizes that a local disk cannot be written, which is no delivery's fault and ends by itself
 * once someone has made space: full, over its quota, or read-only.
 */
public final class DiskFault {

    /** The system's own words, which Java repeats and does not translate. */
    private static final Pattern SAID =
            Pattern.compile("No space left on device|Disk quota exceeded|Read-only file system");

    private DiskFault() {}

    /**
     * What the system said, such as {@code No space left on device}.
     *
     * @return empty if the failure has another cause
     */
    public static Optional<String> in(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof IOException io) {
                Matcher said = SAID.matcher(text(io));
                if (said.find()) {
                    return Optional.of(said.group());
                }
            }
        }
        return Optional.empty();
    }

    private static String text(IOException failure) {
        String reason = failure instanceof FileSystemException file ? file.getReason() : failure.getMessage();
        return reason == null ? "" : reason;
    }
}
