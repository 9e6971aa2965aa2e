package org.exportrelay.sandbox;

import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The path of each file in the store: {@code /dm-exports/<export_id>/<index>/<filename>}. The index
 * is needed because two files of one export may have the same name.
 */
final class StoreUrls {

    private static final Pattern PATH = Pattern.compile("/dm-exports/([^/]+)/(\\d{1,4})/.*", Pattern.DOTALL);

    private final URI store;
    private final UrlSigner signer;

    StoreUrls(URI store, UrlSigner signer) {
        this.store = store;
        this.signer = signer;
    }

    /** A new URL at every call; it expires with the export. */
    String sign(SandboxExport export, int index, Instant now) {
        String folder = "/dm-exports/" + export.id() + "/" + index + "/";
        String filename = export.files().get(index).filename();
        return store + folder + encoded(filename) + "?" + signer.query(folder + filename, now, export.expiresAt());
    }

    /**
     * The file at a path; empty where no file can be.
     *
     * @param path decoded
     */
    static Optional<FileKey> file(String path) {
        Matcher matcher = PATH.matcher(path);
        return matcher.matches()
                ? Optional.of(new FileKey(matcher.group(1), Integer.parseInt(matcher.group(2))))
                : Optional.empty();
    }

    private static String encoded(String filename) {
        return URLEncoder.encode(filename, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("*", "%2A");
    }
}
