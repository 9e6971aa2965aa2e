package org.exportrelay.api;

/**
 * One file of an export. The URL is a credential: whoever has it has the file. It is therefore never
 * part of {@link #toString}.
 *
 * @param filename as the API names it: not unique, not safe
 * @param url signed and time-limited; never null
 * @param size bytes as stored, compressed; null if the API does not say
 */
public record DownloadUrl(String filename, String url, Long size) {

    /**
     * @throws IllegalArgumentException if there is no URL
     */
    public DownloadUrl {
        if (url == null || url.isBlank()) {
            throw new IllegalArgumentException("one of its download_urls has no url");
        }
        if (size != null && size < 0) {
            throw new IllegalArgumentException("one of its download_urls has the size " + size);
        }
        if (filename != null && filename.indexOf('\0') >= 0) {
            filename = filename.replace('\0', '_');
        }
        filename = filename == null ? "" : filename;
    }

    @Override
    public String toString() {
        return "DownloadUrl[filename=" + filename + ", size=" + size + "]";
    }
}
