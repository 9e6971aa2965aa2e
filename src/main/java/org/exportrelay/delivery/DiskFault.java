package org.exportrelay.delivery;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.util.ObjectHelper;

/**
 * Recognizes that a local disk cannot be written: full, over its quota, or read-only. No delivery is at fault, and it
 * ends once someone has made space.
 */
public final class DiskFault {

    /** The operating system's messages, which Java repeats and does not translate. */
    private static final Pattern MESSAGE =
            Pattern.compile("No space left on device|Disk quota exceeded|Read-only file system");

    private DiskFault() {}

    /**
     * The operating system's message, such as {@code No space left on device}.
     *
     * @return empty if the failure has another cause
     */
    public static Optional<String> in(Throwable failure) {
        for (Throwable cause : ObjectHelper.createExceptionIterable(failure)) {
            if (cause instanceof IOException io) {
                Matcher message = MESSAGE.matcher(text(io));
                if (message.find()) {
                    return Optional.of(message.group());
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
