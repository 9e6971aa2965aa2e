package org.exportrelay.delivery;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.text.Normalizer;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Turns a file name that the API or an attacker chose into one that is safe on any file system, server and shell:
 * letters and digits of any script, {@code . _ -} and inner spaces stay, everything else becomes
 * {@code _}; no leading dot, dash or space, no trailing dot or space, at most 150 bytes. A name that
 * Windows reserves for a device, such as {@code CON.csv}, gets {@code _} in front.
 */
public final class FileName {

    private static final int LONGEST_BYTES = 150;
    private static final String FALLBACK = "export";
    private static final String PGP = ".pgp";
    private static final String MANIFEST = ".manifest.json";
    /** Those with more than one dot. */
    private static final List<String> LONG_EXTENSIONS = List.of(".csv.gz", MANIFEST);
    /** Room for any UUID; a longer or unsafe one is made unique by a digest. */
    private static final int LONGEST_ID_BYTES = 48;

    private static final int DIGEST_BYTES = 6;
    private static final int LONGEST_CHARACTER_BYTES = 4;
    private static final Pattern DEVICE =
            Pattern.compile("(CON|PRN|AUX|NUL|(COM|LPT)[0-9\u00b9\u00b2\u00b3]) *(\\..*)?", Pattern.CASE_INSENSITIVE);

    private FileName() {}

    /** The safe form of any text; {@code export} if nothing is left. */
    public static String safe(String name) {
        StringBuilder safe = new StringBuilder();
        Normalizer.normalize(name, Normalizer.Form.NFC)
                .codePoints()
                .map(c -> isSafe(c) ? c : '_')
                .forEach(safe::appendCodePoint);
        String trimmed = trim(safe.toString());
        if (trimmed.isEmpty()) {
            return FALLBACK;
        }
        return shorten(noDevice(trimmed), LONGEST_BYTES);
    }

    /**
     * The safe name of the manifest of an export.
     *
     * @param exportName may be null
     */
    public static String ofManifest(String exportName) {
        return safe((exportName == null || exportName.isBlank() ? FALLBACK : exportName) + MANIFEST);
    }

    /** The safe name of the second, third … file that has the same one: {@code .2} before the extension. */
    public static String numbered(String safeName, int number) {
        return insert(safeName, "." + number);
    }

    /** The safe name with the export's id before its extension; another one for every id. */
    public static String withId(String safeName, String exportId) {
        return insert(safeName, "." + distinct(exportId));
    }

    private static String distinct(String exportId) {
        String id = safe(exportId);
        return id.equals(exportId) && bytes(id) <= LONGEST_ID_BYTES
                ? id
                : cut(id, LONGEST_ID_BYTES - 1 - 2 * DIGEST_BYTES) + "-" + digest(exportId);
    }

    private static String digest(String text) {
        try {
            byte[] sha256 = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(sha256, 0, DIGEST_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static String insert(String name, String part) {
        String extension = shortExtension(name, LONGEST_BYTES - bytes(part));
        String stem = name.substring(0, name.length() - extension.length());
        return noDevice(cut(stem, LONGEST_BYTES - 1 - bytes(part) - bytes(extension))) + part + extension;
    }

    /**
     * {@code .csv.gz} or {@code .manifest.json} where the name ends so, otherwise what follows the last dot, or nothing; with
     * {@code .pgp} behind it where the file is encrypted.
     */
    static String extension(String name) {
        String lowerCase = name.toLowerCase(Locale.ROOT);
        if (lowerCase.endsWith(PGP)) {
            int end = name.length() - PGP.length();
            return extension(name.substring(0, end)) + name.substring(end);
        }
        int dot = name.lastIndexOf('.');
        return LONG_EXTENSIONS.stream()
                .filter(lowerCase::endsWith)
                .findFirst()
                .map(extension -> name.substring(name.length() - extension.length()))
                .orElseGet(() -> dot > 0 ? name.substring(dot) : "");
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

    /** Cuts before the extension. */
    private static String shorten(String name, int longest) {
        if (bytes(name) <= longest) {
            return name;
        }
        String extension = shortExtension(name, longest);
        return noDevice(cut(name.substring(0, name.length() - extension.length()), longest - 1 - bytes(extension)))
                + extension;
    }

    /** Also checked after a cut, which may turn a name into that of a device. */
    private static String noDevice(String name) {
        return DEVICE.matcher(name).matches() ? "_" + name : name;
    }

    /** The extension, unless it would leave no room for a name. */
    private static String shortExtension(String name, int longest) {
        String extension = extension(name);
        return bytes(extension) < longest - LONGEST_CHARACTER_BYTES ? extension : "";
    }

    /** Cuts between code points. */
    private static String cut(String name, int longest) {
        int end = 0;
        int bytes = 0;
        while (end < name.length()) {
            String next = Character.toString(name.codePointAt(end));
            bytes += bytes(next);
            if (bytes > longest) {
                break;
            }
            end += next.length();
        }
        return trimEnd(name.substring(0, end));
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
