package org.exportrelay.destinations.s3;

import java.io.File;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.Body;
import org.apache.camel.Exchange;
import org.apache.camel.Header;
import org.apache.camel.component.aws2.s3.AWS2S3Constants;
import org.apache.camel.component.file.GenericFileExist;
import org.exportrelay.component.ExportHeaders;
import org.exportrelay.component.Handover;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.destinations.Checkable;
import org.exportrelay.destinations.FileClaim;
import org.exportrelay.destinations.FileParts;
import org.exportrelay.destinations.FileParts.Part;
import org.exportrelay.destinations.Inventory;
import org.exportrelay.destinations.Listable;
import org.exportrelay.destinations.MediaTypes;
import org.exportrelay.destinations.TestFile;
import org.jboss.logging.Logger;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Puts a verified file into a bucket so that what is there is what was verified: the file is read
 * against its SHA-256, the store checks each part against the checksum that comes with it, and in the
 * end size and checksum of the object are asked for and compared. An object appears under its key
 * only when it is complete, since S3 shows nothing earlier.
 *
 * <p>Camel's own {@code aws2-s3} would do it without these checks, cannot send a part again, and
 * leaves out the metadata of an object in several parts. Thread-safe.
 */
public final class S3Upload implements Checkable, Listable {

    /** The key of the metadata that has the checksum of the whole file. */
    static final String SHA256 = "sha256";

    private static final Logger LOG = Logger.getLogger(S3Upload.class);
    private static final int MOST_PARTS = 10_000;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;
    private static final String CHECK_KEY = ".export-relay-check";

    private S3Bucket bucket;

    public void setBucket(S3Bucket bucket) {
        this.bucket = bucket;
    }

    /**
     * Uploads a file, replacing an object of that key unless it is another delivery's.
     *
     * @throws DeliveryException if file, or object, is not what was verified, or the key belongs to another delivery
     * @throws Exception if the store does not answer
     */
    public void put(
            @Body File file,
            @Header(AWS2S3Constants.KEY) String key,
            @Header(ExportHeaders.SHA256) String sha256,
            @Header(ExportHeaders.DELIVERY_ID) String deliveryId,
            Exchange exchange)
            throws Exception {
        String location = bucket.location(key);
        FileClaim claim = new FileClaim(exchange, GenericFileExist.Override);
        claim.claim(location, () -> isThere(key));
        FileParts parts = FileParts.verified(file, sha256, bucket.partSize(), MOST_PARTS, "SHA-256");
        Map<String, String> metadata = Map.of(SHA256, sha256, "delivery-id", deliveryId);
        String contentType = MediaTypes.of(exchange.getMessage().getHeader(ExportHeaders.FILE, "", String.class));
        if (parts.parts().size() == 1) {
            putWhole(key, parts, contentType, metadata);
        } else {
            abortEarlier(key);
            putInParts(key, parts, contentType, metadata);
        }
        verify(key, parts);
        Handover.mark(exchange);
        claim.written(location);
    }

    private boolean isThere(String key) {
        try {
            bucket.client().headObject(request -> request.bucket(bucket.name()).key(key));
            return true;
        } catch (S3Exception e) {
            if (e.statusCode() == NOT_FOUND) {
                return false;
            }
            // Without the permission to list a bucket, a store answers 403 for every object that it does not have.
            if (e.statusCode() == FORBIDDEN) {
                return true;
            }
            throw e;
        }
    }

    private void putWhole(String key, FileParts file, String contentType, Map<String, String> metadata) {
        bucket.client()
                .putObject(
                        request -> request.bucket(bucket.name())
                                .key(key)
                                .contentType(contentType)
                                .metadata(metadata)
                                .checksumSHA256(file.parts().get(0).checksum()),
                        RequestBody.fromFile(file.file()));
    }

    private void putInParts(String key, FileParts file, String contentType, Map<String, String> metadata) {
        S3Client client = bucket.client();
        String upload = client.createMultipartUpload(request -> request.bucket(bucket.name())
                        .key(key)
                        .contentType(contentType)
                        .metadata(metadata)
                        .checksumAlgorithm(ChecksumAlgorithm.SHA256))
                .uploadId();
        try {
            List<CompletedPart> done = new ArrayList<>();
            for (Part part : file.parts()) {
                done.add(putPart(key, upload, file, contentType, part));
            }
            client.completeMultipartUpload(request ->
                    request.bucket(bucket.name()).key(key).uploadId(upload).multipartUpload(all -> all.parts(done)));
        } catch (RuntimeException e) {
            abort(key, upload);
            throw e;
        }
    }

    private CompletedPart putPart(String key, String upload, FileParts file, String contentType, Part part) {
        String tag = bucket.client()
                .uploadPart(
                        request -> request.bucket(bucket.name())
                                .key(key)
                                .uploadId(upload)
                                .partNumber(part.number())
                                .checksumSHA256(part.checksum()),
                        RequestBody.fromContentProvider(() -> file.open(part), part.length(), contentType))
                .eTag();
        return CompletedPart.builder()
                .partNumber(part.number())
                .eTag(tag)
                .checksumSHA256(part.checksum())
                .build();
    }

    /** The store keeps, and charges for, the parts of an upload that a killed process left; nobody sees them. */
    private void abortEarlier(String key) {
        try {
            bucket
                    .client()
                    .listMultipartUploads(
                            request -> request.bucket(bucket.name()).prefix(key))
                    .uploads()
                    .stream()
                    .filter(upload -> upload.key().equals(key))
                    .map(MultipartUpload::uploadId)
                    .forEach(upload -> abort(key, upload));
        } catch (S3Exception mayNotList) {
            LOG.debugf(mayNotList, "uploads left behind of %s cannot be listed", key);
        }
    }

    private void abort(String key, String upload) {
        try {
            bucket.client()
                    .abortMultipartUpload(
                            request -> request.bucket(bucket.name()).key(key).uploadId(upload));
        } catch (RuntimeException e) {
            LOG.debugf(e, "an upload of %s cannot be aborted now; the next attempt does", key);
        }
    }

    @Override
    public Optional<Inventory> inventory() {
        return Optional.of(new BucketInventory(bucket));
    }

    @Override
    public String target() {
        return "s3:" + bucket.name();
    }

    @Override
    public Optional<String> nameHeader() {
        return Optional.of(AWS2S3Constants.KEY);
    }

    @Override
    public String test() {
        try {
            bucket.client()
                    .putObject(
                            request -> request.bucket(bucket.name()).key(CHECK_KEY),
                            RequestBody.fromBytes(TestFile.content()));
        } catch (SdkClientException e) {
            // Without an answer it may have been stored all the same.
            removeTestObject(e);
            throw e;
        }
        bucket.client().deleteObject(request -> request.bucket(bucket.name()).key(CHECK_KEY));
        return "wrote and removed " + CHECK_KEY;
    }

    private void removeTestObject(SdkClientException failure) {
        try {
            bucket.client()
                    .deleteObject(request -> request.bucket(bucket.name()).key(CHECK_KEY));
        } catch (SdkException e) {
            failure.addSuppressed(e);
        }
    }

    @Override
    public String hint() {
        return "check s3.endpoint, s3.region, s3.bucket and the keys, and that they may put and delete objects";
    }

    private void verify(String key, FileParts file) throws DeliveryException {
        HeadObjectResponse object = bucket.client()
                .headObject(request -> request.bucket(bucket.name()).key(key).checksumMode(ChecksumMode.ENABLED));
        long size = file.file().length();
        if (object.contentLength() != size) {
            throw different(key, object.contentLength() + " bytes, the file has " + size);
        }
        String expected = file.parts().size() == 1 ? file.parts().get(0).checksum() : file.checksumOfParts();
        // A store that knows no checksums gives none; it has been sent them all the same.
        if (object.checksumSHA256() != null && !object.checksumSHA256().equals(expected)) {
            throw different(key, "SHA-256 " + object.checksumSHA256() + ", the file has " + expected);
        }
    }

    private DeliveryException different(String key, String difference) {
        return new DeliveryException(
                FailureAction.RETRY,
                "the object " + key + " in bucket " + bucket.name() + " is not the file that was sent: it has "
                        + difference);
    }
}
