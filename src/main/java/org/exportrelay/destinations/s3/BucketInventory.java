package org.exportrelay.destinations.s3;

import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Consumer;
import org.exportrelay.destinations.Inventory;
import org.exportrelay.destinations.ListedFile;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/**
 * The objects of a bucket: a request for each thousand, and one for each checksum. The bucket stays open, since its route
 * file owns it.
 */
final class BucketInventory implements Inventory {

    private static final String DELIMITER = "/";

    private final S3Bucket bucket;

    BucketInventory(S3Bucket bucket) {
        this.bucket = bucket;
    }

    @Override
    public String root() {
        return bucket.location("");
    }

    @Override
    public void list(String directory, Consumer<ListedFile> files) {
        bucket
                .client()
                .listObjectsV2Paginator(request ->
                        request.bucket(bucket.name()).prefix(key(directory)).delimiter(DELIMITER))
                .contents()
                .stream()
                // Some tools create an empty object for each folder.
                .filter(object -> !object.key().endsWith(DELIMITER))
                .forEach(object -> files.accept(new ListedFile(bucket.location(object.key()), object.size())));
    }

    /** The one that the store has computed, or, of an object in several parts, the one that came with the upload. */
    @Override
    public Optional<String> sha256(String location) {
        HeadObjectResponse object = bucket.client()
                .headObject(request ->
                        request.bucket(bucket.name()).key(key(location)).checksumMode(ChecksumMode.ENABLED));
        String computed = object.checksumSHA256();
        if (computed != null && !computed.contains("-")) {
            return Optional.of(HexFormat.of().formatHex(Base64.getDecoder().decode(computed)));
        }
        return Optional.of(object.metadata().getOrDefault(S3Upload.SHA256, ""));
    }

    private String key(String location) {
        return location.substring(root().length());
    }

    @Override
    public void close() {
        // The route file closes the bucket.
    }
}
