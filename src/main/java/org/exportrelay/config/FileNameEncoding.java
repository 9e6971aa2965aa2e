package org.exportrelay.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Which characters file names may have in this process. Java takes their encoding from the locale when it starts; with
 * {@code LANG} unset, {@code C} or {@code POSIX}, names have ASCII only, and {@link java.io.File} silently writes
 * {@code ?} in place of any other character.
 */
public final class FileNameEncoding {

    /** Ends a message. */
    public static final String ACTION = "restart with the environment variable LANG=C.UTF-8 (and LC_ALL, if it is set)";

    /** Letters of two scripts, which no other encoding than a Unicode one has together. */
    private static final String SAMPLE = "\u00fc\u4e16";

    private FileNameEncoding() {}

    /** Whether every character can be in a file name, and in what is printed. */
    public static boolean isUnicode() {
        return isUsable(SAMPLE);
    }

    /** A line for the log if file names beyond ASCII fail. */
    public static Optional<String> warning() {
        return isUnicode()
                ? Optional.empty()
                : Optional.of(value() + " is not UTF-8: deliveries with other than ASCII characters in a file name"
                        + " are parked; " + ACTION);
    }

    /**
     * Why a file of that name cannot be read or written, with the action; follows the name in a message.
     *
     * @return empty if it can, or if the encoding is not the reason
     */
    public static Optional<String> problem(String path) {
        return isUnicode() || isUsable(path) ? Optional.empty() : Optional.of(problem());
    }

    static String problem() {
        return "cannot be a file name while " + value() + " is not UTF-8; " + ACTION;
    }

    private static boolean isUsable(String path) {
        try {
            Path.of(path);
            return true;
        } catch (InvalidPathException e) {
            return false;
        }
    }

    private static String value() {
        return "sun.jnu.encoding=" + System.getProperty("sun.jnu.encoding");
    }
}
