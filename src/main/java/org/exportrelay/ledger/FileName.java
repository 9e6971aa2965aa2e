package org.exportrelay.ledger;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Locale;

/**
 * Makes a file name that the API or an attacker chose safe on any file system, server and shell:
 * letters and digits of any script, {@code . _ -} and inner spaces stay, everything else becomes
 * {@code _}; no leading dot, dash or space, no trailing dot or space, at most 150 bytes.
 */
public final class FileName {

    private static final int LONGEST_BYTES = 150;
    private static final String FALLBACK = "export";
    private static final String CSV_GZ = ".csv.gz";

    private FileName() {}

    /** The safe form of any text; {@code export} if nothing is left. */
    public static String safe(String name) {
        StringBuilder safe = new StringBuilder();
        Normalizer.normalize(name, Normalizer.Form.NFC)
                .codePoints()
                .map(c -> isSafe(c) ? c : '_')
                .forEach(safe::appendCodePoint);
        String trimmed = trim(safe.toString());
        String shortened = shorten(trimmed, LONGEST_BYTES);
        return shortened.isEmpty() ? FALLBACK : shortened;
    }

    /** The safe name of the second, third … file that has the same one: {@code .2} before the extension. */
    public static String numbered(String safeName, int number) {
        return insert(safeName, "." + number);
    }

    /** The safe name with the export's id before its extension. */
    public static String withId(String safeName, String exportId) {
        return insert(safeName, "." + safe(exportId));
    }

    private static String insert(String name, String part) {
        String extension = extension(name);
        String stem = name.substring(0, name.length() - extension.length());
        int room = LONGEST_BYTES - bytes(part) - bytes(extension);
        return trimEnd(shorten(stem, Math.max(room, 1))) + part + extension;
    }

    /** {@code .csv.gz} where the name ends so, else what follows the last dot, else nothing. */
    static String extension(String name) {
        if (name.toLowerCase(Locale.ROOT).endsWith(CSV_GZ)) {
            return name.substring(name.length() - CSV_GZ.length());
        }
        int dot = name.lastIndexOf('.');
        return dot > 0 ? name.substring(dot) : "";
    }

    private static boolean isSafe(int c) {
        return Character.isLetterOrDigit(c) || isMark(c) || c == '.' || c == '_' || c == '-' || c == ' ';
    }

    /** Vowel signs and accents that NFC cannot merge belong to the letters of their script. */
    private static boolean isMark(int c) {
        int type = Character.getType(c);
        return type == Character.NON_SPACING_MARK || type == Character.COMBINING_SPACING_MARK;
    }

    private static String trim(String name) {
        int start = 0;
        while (start < name.length() && ".- ".indexOf(name.charAt(start)) >= 0) {
            start++;
        }
        return trimEnd(name.substring(start));
    }

    private static String trimEnd(String name) {
        int end = name.length();
        while (end > 0 && ". ".indexOf(name.charAt(end - 1)) >= 0) {
            end--;
        }
        return name.substring(0, end);
    }

    /** Cuts before the extension, between code points. */
    private static String shorten(String name, int longest) {
        if (bytes(name) <= longest) {
            return name;
        }
        String extension = bytes(extension(name)) < longest ? extension(name) : "";
        String stem = name.substring(0, name.length() - extension.length());
        int end = stem.length();
        while (end > 0 && bytes(stem.substring(0, end)) + bytes(extension) > longest) {
            end = stem.offsetByCodePoints(end, -1);
        }
        return trimEnd(stem.substring(0, end)) + extension;
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
