package org.exportrelay.component;

import java.util.Locale;
import java.util.Optional;
import org.exportrelay.delivery.FileName;
import org.exportrelay.pgp.PgpEncryption;
import org.exportrelay.records.FileFormat;

/**
 * The form in which a route receives files.
 *
 * @param expand whether they are decompressed; JSON Lines always are
 * @param format what they contain
 * @param encryption of what they contain; empty if they are not encrypted
 */
record FileForm(boolean expand, Format format, Optional<PgpEncryption> encryption) {

    private static final String GZIP = ".gz";
    private static final String CSV = ".csv";
    private static final String JSON_LINES = ".jsonl";

    /** Whether all routes receive the verified file itself. */
    boolean isOriginal() {
        return !expand && format == Format.original && !isEncrypted();
    }

    /** Each attempt encrypts anew, so that no two of them have the same content. */
    boolean isEncrypted() {
        return encryption.isPresent();
    }

    boolean isJsonLines() {
        return format == Format.jsonl;
    }

    /** Whether a file of this name is delivered in another form than it has. */
    boolean changes(String filename) {
        return isEncrypted() || isExpanded(filename);
    }

    /** Whether the form needs the content of the compressed file. */
    boolean isExpanded(String filename) {
        return isJsonLines() || expand && FileFormat.of(filename).isGzip();
    }

    /**
     * The name of a file that {@link #changes}: {@code x.csv} or {@code x.jsonl} for {@code x.csv.gz}, and {@code x.csv.gz.pgp}
     * or {@code x.csv.pgp} if it is encrypted.
     */
    String name(String filename) {
        return isEncrypted() ? contentName(filename) + PgpEncryption.EXTENSION : contentName(filename);
    }

    /** The name of what is encrypted. */
    String contentName(String filename) {
        if (!isExpanded(filename)) {
            return filename;
        }
        String expanded = without(filename, GZIP);
        return isJsonLines() ? without(expanded, CSV) + JSON_LINES : expanded;
    }

    /** The same for a name that is safe on any file system. */
    String safeName(String safeName) {
        return FileName.safe(name(safeName));
    }

    private static String without(String name, String extension) {
        return name.toLowerCase(Locale.ROOT).endsWith(extension)
                ? name.substring(0, name.length() - extension.length())
                : name;
    }
}
