package org.exportrelay.delivery;

import java.util.Optional;

/**
 * A destination as its route describes it.
 *
 * @param name unique among the running routes; the key of its rows
 * @param pattern which exports it wants
 * @param needsFile whether its deliveries wait for the downloaded file, or only for a URL
 * @param backfill whether it also wants exports completed before it existed
 * @param retries when its failed deliveries are tried again
 * @param window when it receives deliveries; empty for any time
 * @param routeDigest SHA-256 of the file that has its route, in hex; null if none has
 * @param manifestOf the destination whose files its manifests list; null if it receives files, links or records
 */
public record Destination(
        String name,
        NamePattern pattern,
        boolean needsFile,
        boolean backfill,
        RetryPolicy retries,
        Optional<DeliveryWindow> window,
        String routeDigest,
        String manifestOf) {

    /** One of files, links or records without a window, whose route does not come from a file. */
    public Destination(String name, NamePattern pattern, boolean needsFile, boolean backfill, RetryPolicy retries) {
        this(name, pattern, needsFile, backfill, retries, Optional.empty(), null, null);
    }

    /** The same destination for manifests of what another one has received; null for files, links or records. */
    public Destination ofManifests(String of) {
        return new Destination(name, pattern, needsFile, backfill, retries, window, routeDigest, of);
    }

    /** The same destination with the digest of its route. */
    public Destination under(String digest) {
        return new Destination(name, pattern, needsFile, backfill, retries, window, digest, manifestOf);
    }
}
