package org.exportrelay.destinations.s3;

import jakarta.inject.Singleton;
import java.net.SocketTimeoutException;
import java.util.Map;
import java.util.Set;
import org.exportrelay.destinations.KnownFaults;
import org.exportrelay.destinations.NetworkFaults;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** The faults of S3 and of compatible stores. */
@Singleton
public final class S3Faults implements KnownFaults {

    private static final Map<String, Fault> FAULTS = Map.of(
            "connection refused",
                    (endpoint, target) -> SdkClientException.create(
                            "Unable to execute HTTP request: Connection refused", NetworkFaults.refused()),
            "timeout",
                    (endpoint, target) -> SdkClientException.create(
                            "Unable to execute HTTP request: Read timed out",
                            new SocketTimeoutException("Read timed out")),
            "access denied", answer(403, "AccessDenied", "Access Denied"),
            "login refused", answer(403, "InvalidAccessKeyId", "The access key id does not exist"),
            "no bucket", answer(404, "NoSuchBucket", "The specified bucket does not exist"),
            "slow down", answer(503, "SlowDown", "Please reduce your request rate"),
            "disk full",
                    answer(507, "XMinioStorageFull", "Storage backend has reached its minimum free drive threshold"),
            "refused name", answer(400, "KeyTooLongError", "Your key is refused because it is too long"),
            "object too large", answer(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size"),
            "bad digest", answer(400, "BadDigest", "The checksum you specified did not match what we received"));

    private static Fault answer(int status, String code, String message) {
        return (endpoint, target) -> S3Exception.builder()
                .statusCode(status)
                .message(message)
                .awsErrorDetails(AwsErrorDetails.builder()
                        .serviceName("S3")
                        .errorCode(code)
                        .errorMessage(message)
                        .build())
                .build();
    }

    @Override
    public Set<String> schemes() {
        return Set.of("s3", "aws2-s3");
    }

    @Override
    public Map<String, Fault> byName() {
        return FAULTS;
    }
}
