package org.exportrelay.api;

import java.nio.charset.StandardCharsets;

/**
 * One file of an export. The URL is a credential: it is all that a download needs. It is therefore
 * never part of {@link #toString}.
 *
 * @param filename as the API names it: not unique, not safe
 * @param url signed and time-limited; never null
 * @param size bytes as stored, compressed; null if the API does not list it
 */
public record DownloadUrl(String filename, String url, Long size) {

    /** An index entry of PostgreSQL has room for no more in any script. */
    static final int LONGEST_NAME = 500;

    /**
     * @throws IllegalArgumentException if there is no URL, or no name or size that a file can have
     */
    public DownloadUrl {
        if (url == null || url.isBlank()) {
            throw new IllegalArgumentException("one of its download_urls has no url");
        }
        if (size != null && size < 0) {
            throw new IllegalArgumentException("one of its download_urls has the size " + size);
        }
        if (filename != null && filename.length() > LONGEST_NAME) {
            throw new IllegalArgumentException(
                    "one of its download_urls has a filename longer than " + LONGEST_NAME + " characters");
        }
        if (filename != null && !Export.isStorable(filename)) {
            byte[] whole = filename.replace('\0', '_').getBytes(StandardCharsets.UTF_8);
            filename = new String(whole, StandardCharsets.UTF_8);
        }
        filename = filename == null ? "" : filename;
    }

    @Override
    public String toString() {
        return "DownloadUrl[filename=" + filename + ", size=" + size + "]";
    }
}
