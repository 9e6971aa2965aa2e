package org.exportrelay.check;

import io.quarkus.runtime.util.ExceptionUtil;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Locale;
import java.util.regex.Pattern;
import org.apache.camel.util.ObjectHelper;
import org.exportrelay.api.ApiException;
import org.exportrelay.config.Secrets;
import org.exportrelay.config.SettingsException;
import org.exportrelay.delivery.DeliveryFailure;

/** Describes why something that {@code check} tried failed: the reason once, what to do, and no names of Java classes. */
final class ProbeFailure {

    private static final int LONGEST = 600;

    private static final String CLASS = "(?:[A-Za-z_][\\w$]*\\.)*[A-Z][\\w$]*(?:Exception|Error)\\b";

    /** In brackets, before a colon, or alone; libraries quote the exceptions of others so. */
    private static final Pattern CLASS_NAME = Pattern.compile(" ?\\(" + CLASS + "\\)|" + CLASS + "(?::\\s*)?");

    private ProbeFailure() {}

    /**
     * In one line without secrets.
     *
     * @param hint what to check, for a failure that does not end with what to do
     */
    static String describe(Throwable failure, String hint) {
        for (Throwable cause : ObjectHelper.createExceptionIterable(failure)) {
            if (cause instanceof DeliveryFailure
                    || cause instanceof ApiException
                    || cause instanceof SettingsException) {
                return clean(cause.getMessage());
            }
        }
        String outer = text(failure);
        String root = text(ExceptionUtil.getRootCause(failure));
        String reason = outer.contains(root) ? outer : root.contains(outer) ? root : outer + ": " + root;
        return reason + "; " + hint;
    }

    private static String text(Throwable failure) {
        String message = clean(failure.getMessage() == null ? "" : failure.getMessage());
        if (failure instanceof UnknownHostException) {
            return "there is no host " + message.replaceFirst(":.*", "");
        }
        if (failure instanceof FileSystemException file && file.getReason() == null) {
            return file.getFile() + ": " + problem(file);
        }
        return message.isEmpty() ? words(failure) : message;
    }

    /** These have a path and no text. */
    private static String problem(FileSystemException failure) {
        if (failure instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (failure instanceof NoSuchFileException) {
            return "no such file or directory";
        }
        if (failure instanceof FileAlreadyExistsException) {
            return "is not a directory";
        }
        return words(failure);
    }

    /** {@code SocketTimeoutException} without a message is a "socket timeout". */
    private static String words(Throwable failure) {
        String words = failure.getClass()
                .getSimpleName()
                .replaceFirst("(Exception|Error)$", "")
                .replaceAll("(?<=[a-z])(?=[A-Z])", " ")
                .toLowerCase(Locale.ROOT);
        return words.isBlank() ? "unknown failure" : words;
    }

    private static String clean(String message) {
        String line = CLASS_NAME
                .matcher(Secrets.masked(message))
                .replaceAll("")
                .replaceAll("[\\s\\p{Cntrl}]+", " ")
                .strip()
                .replaceFirst("[.:;]+$", "");
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "…";
    }
}
