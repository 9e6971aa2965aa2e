package org.exportrelay.destinations.s3;

import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.apache.camel.util.ObjectHelper;
import org.exportrelay.api.RetryAfter;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.FailureClassifier;
import org.exportrelay.delivery.FailureReason;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * What the answers of S3 and of compatible stores mean, and what the client reports. The error code decides, not the
 * HTTP status: with 400, stores also answer a wrong region, an expired token, a full quota. Only codes about the one
 * object are faults. Thread-safe.
 */
@Singleton
public final class S3Failures implements FailureClassifier {

    /** The same object is refused again. */
    private static final Set<String> OBJECT_REFUSED = Set.of(
            "InvalidArgument",
            "KeyTooLongError",
            "EntityTooLarge",
            "EntityTooSmall",
            "MetadataTooLarge",
            "InvalidURI",
            "InvalidTag",
            "XMinioInvalidObjectName");

    /** The object or the upload was damaged or is gone; another upload may succeed. */
    private static final Set<String> UPLOAD_FAILED = Set.of(
            "BadDigest",
            "InvalidDigest",
            "XAmzContentSHA256Mismatch",
            "XAmzContentChecksumMismatch",
            "IncompleteBody",
            "InvalidPart",
            "InvalidPartOrder",
            "NoSuchUpload",
            "NoSuchKey");

    /** Without a code, as from a proxy: too large, a key that is too long, not acceptable. */
    private static final Set<Integer> REFUSED_STATUS = Set.of(413, 414, 422);

    @Override
    public Optional<DeliveryException> classify(Throwable failure) {
        return Optional.ofNullable(ObjectHelper.getException(SdkException.class, failure))
                .map(thrown -> thrown instanceof AwsServiceException answer
                        ? new DeliveryException(action(answer), FailureReason.of(failure), retryAfter(answer), failure)
                        : new DeliveryException(FailureAction.OUTAGE, FailureReason.of(failure), failure));
    }

    private static FailureAction action(AwsServiceException answer) {
        String code = Optional.ofNullable(answer.awsErrorDetails())
                .map(AwsErrorDetails::errorCode)
                .orElse("");
        if (UPLOAD_FAILED.contains(code)) {
            return FailureAction.RETRY;
        }
        return OBJECT_REFUSED.contains(code) || REFUSED_STATUS.contains(answer.statusCode())
                ? FailureAction.PARK
                : FailureAction.OUTAGE;
    }

    private static Optional<Duration> retryAfter(AwsServiceException answer) {
        return Optional.ofNullable(answer.awsErrorDetails())
                .map(AwsErrorDetails::sdkHttpResponse)
                .flatMap(response -> RetryAfter.parse(
                        response.firstMatchingHeader("Retry-After").orElse(null),
                        response.firstMatchingHeader("Date").orElse(null),
                        Clock.systemUTC().instant()));
    }
}
