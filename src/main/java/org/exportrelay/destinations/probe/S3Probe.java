package org.exportrelay.destinations.probe;

import jakarta.inject.Singleton;
import org.apache.camel.Endpoint;
import org.apache.camel.component.aws2.s3.AWS2S3Endpoint;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/** S3 buckets: logs in, puts a small object and deletes it. */
@Singleton
final class S3Probe implements EndpointProbe {

    private static final String KEY = ".export-relay-check";

    @Override
    public boolean knows(Endpoint endpoint) {
        return endpoint instanceof AWS2S3Endpoint;
    }

    @Override
    public String remedy() {
        return "see that endpoint, region, bucket and keys are right, and that they may put and delete objects";
    }

    @Override
    public String tryOut(Endpoint endpoint) {
        AWS2S3Endpoint bucket = (AWS2S3Endpoint) endpoint;
        // Makes the endpoint's client, and contacts nobody yet.
        bucket.getConfiguration().setAutoCreateBucket(false);
        bucket.start();
        S3Client client = bucket.getS3Client();
        String name = bucket.getConfiguration().getBucketName();
        client.putObject(put -> put.bucket(name).key(KEY), RequestBody.fromString("export-relay check"));
        client.deleteObject(delete -> delete.bucket(name).key(KEY));
        return "wrote and removed " + KEY + " in bucket " + name;
    }
}
