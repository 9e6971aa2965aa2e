package org.exportrelay.delivery;

import io.quarkus.runtime.util.ExceptionUtil;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Locale;
import java.util.regex.Pattern;
import org.apache.camel.CamelExchangeException;
import org.exportrelay.config.Secrets;

/** The text of an exception, for operators: without the names of classes. */
public final class FailureReason {

    private static final int LONGEST = 600;

    private static final String CLASS = "(?:[A-Za-z_][\\w$]*\\.)*[A-Z][\\w$]*(?:Exception|Error)\\b";

    /** In brackets, before a colon, or alone; libraries quote the exceptions of others so. */
    private static final Pattern CLASS_NAME = Pattern.compile(" ?\\(" + CLASS + "\\)|" + CLASS + "(?::\\s*)?");

    private FailureReason() {}

    /** One line of at most some hundred characters, without the queries of URLs. */
    public static String of(Throwable thrown) {
        String outer = text(withoutWrapping(thrown));
        String root = text(ExceptionUtil.getRootCause(thrown));
        String reason = outer.contains(root) ? outer : root.contains(outer) ? root : outer + ": " + root;
        return shortened(reason);
    }

    /** The same of a message. */
    public static String line(String message) {
        return shortened(clean(message));
    }

    /** A step such as split wraps what its own steps throw, and its message only names the exchange. */
    private static Throwable withoutWrapping(Throwable thrown) {
        Throwable inner = thrown;
        while (inner instanceof CamelExchangeException && inner.getCause() != null) {
            inner = inner.getCause();
        }
        return inner;
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

    /** A destination's own error may quote what it was sent. */
    private static String clean(String message) {
        return CLASS_NAME
                .matcher(Secrets.masked(message))
                .replaceAll("")
                .replaceAll("[\\s\\p{Cntrl}]+", " ")
                .strip()
                .replaceFirst("[.:;]+$", "");
    }

    private static String shortened(String line) {
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "…";
    }
}
