package org.exportrelay.destinations.azure;

import com.azure.core.exception.AzureException;
import com.azure.core.exception.HttpResponseException;
import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.HttpHeaders;
import com.azure.core.http.HttpResponse;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.apache.camel.util.ObjectHelper;
import org.exportrelay.api.RetryAfter;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.FailureClassifier;
import org.exportrelay.delivery.FailureReason;

/**
 * What the answers of Azure Blob Storage mean. The error code decides, not the HTTP status: with 400 and 409, Azure also
 * answers a wrong version or a disabled account. Only codes about the one blob are faults. What has no answer, {@code
 * HttpFailures} knows. Thread-safe.
 */
@Singleton
public final class BlobFailures implements FailureClassifier {

    static final HttpHeaderName ERROR_CODE = HttpHeaderName.fromString("x-ms-error-code");

    /** The same blob is refused again. */
    private static final Set<String> BLOB_REFUSED = Set.of(
            "InvalidResourceName",
            "InvalidUri",
            "InvalidMetadata",
            "MetadataTooLarge",
            "RequestBodyTooLarge",
            "ContentLengthLargerThanTierLimit",
            "BlockCountExceedsLimit",
            "BlockListTooLong",
            "InvalidBlobType",
            "OutOfRangeInput",
            "BlobArchived",
            "BlobBeingRehydrated",
            "BlobUsesCustomerSpecifiedEncryption",
            "BlobImmutableDueToPolicy");

    /** The blob or the upload was damaged, is gone or is in use; another upload may succeed. */
    private static final Set<String> UPLOAD_FAILED = Set.of(
            "Md5Mismatch",
            "InvalidMd5",
            "InvalidBlockList",
            "InvalidBlobOrBlock",
            "BlobNotFound",
            "ConditionNotMet",
            "LeaseIdMissing");

    /** Without a code, as from a proxy: too large, a name that is too long, not acceptable. */
    private static final Set<Integer> REFUSED_STATUS = Set.of(413, 414, 422);

    @Override
    public Optional<DeliveryException> classify(Throwable failure) {
        HttpResponseException answered = ObjectHelper.getException(HttpResponseException.class, failure);
        if (answered != null && answered.getResponse() != null) {
            HttpResponse answer = answered.getResponse();
            return Optional.of(new DeliveryException(action(answer), text(answered), retryAfter(answer), failure));
        }
        // No identity, or no token for it.
        return Optional.ofNullable(ObjectHelper.getException(AzureException.class, failure))
                .map(thrown -> new DeliveryException(FailureAction.OUTAGE, FailureReason.of(failure), failure));
    }

    /** An answer in a few words: the text of the exception is the whole answer, and quotes the request. */
    static String text(HttpResponseException answered) {
        HttpResponse answer = answered.getResponse();
        return answer == null
                ? FailureReason.of(answered)
                : ("Azure answered " + answer.getStatusCode() + " " + code(answer)).strip();
    }

    private static FailureAction action(HttpResponse answer) {
        String code = code(answer);
        if (UPLOAD_FAILED.contains(code)) {
            return FailureAction.RETRY;
        }
        return BLOB_REFUSED.contains(code) || REFUSED_STATUS.contains(answer.getStatusCode())
                ? FailureAction.PARK
                : FailureAction.OUTAGE;
    }

    /** Empty if the answer is not Azure's, but that of a proxy. */
    private static String code(HttpResponse answer) {
        return Objects.requireNonNullElse(answer.getHeaders().getValue(ERROR_CODE), "");
    }

    private static Optional<Duration> retryAfter(HttpResponse answer) {
        HttpHeaders headers = answer.getHeaders();
        return RetryAfter.parse(
                headers.getValue(HttpHeaderName.RETRY_AFTER),
                headers.getValue(HttpHeaderName.DATE),
                Clock.systemUTC().instant());
    }
}
