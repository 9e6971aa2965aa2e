package org.exportrelay.delivery;

import java.time.Instant;

/**
 * One file of an export, as the ledger knows it.
 *
 * @param fileId the ledger's own key
 * @param exportId the API's key of the export
 * @param exportName may be null
 * @param filename as the API names it
 * @param occurrence 1, or 2 for the second file of that name in the export
 * @param safeName safe to be a file name anywhere
 * @param size bytes as the API lists it; null if it does not
 * @param sha256 lower-case hex of the verified file; null before
 * @param records counted in the verified file; null before, or if it is not CSV
 * @param recordCount records over all files of the export, as the API lists it; null if it does not
 * @param createdAt of the export; may be null
 * @param updatedAt of the export; may be null
 * @param expiresAt of the export; may be null
 */
public record ExportFile(
        long fileId,
        String exportId,
        String exportName,
        String filename,
        int occurrence,
        String safeName,
        Long size,
        String sha256,
        Long records,
        Long recordCount,
        Instant createdAt,
        Instant updatedAt,
        Instant expiresAt) {

    /** A name that no other file of any export has: the export's id before the extension. */
    public String uniqueName() {
        return FileName.withId(safeName, exportId);
    }

    /**
     * The manifest of its export, which is no file of the export: its size and checksum are not known yet.
     *
     * @param name {@link FileName#ofManifest}
     */
    public ExportFile manifest(String name) {
        return new ExportFile(
                fileId,
                exportId,
                exportName,
                name,
                1,
                name,
                null,
                null,
                null,
                recordCount,
                createdAt,
                updatedAt,
                expiresAt);
    }

    /** The same file in another form, as a destination receives it. */
    public ExportFile as(String otherFilename, String otherSafeName, long otherSize, String otherSha256) {
        return new ExportFile(
                fileId,
                exportId,
                exportName,
                otherFilename,
                occurrence,
                otherSafeName,
                otherSize,
                otherSha256,
                records,
                recordCount,
                createdAt,
                updatedAt,
                expiresAt);
    }
}
