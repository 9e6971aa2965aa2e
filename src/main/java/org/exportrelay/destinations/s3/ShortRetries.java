package org.exportrelay.destinations.s3;

import java.time.Duration;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.retries.api.AcquireInitialTokenRequest;
import software.amazon.awssdk.retries.api.AcquireInitialTokenResponse;
import software.amazon.awssdk.retries.api.RecordSuccessRequest;
import software.amazon.awssdk.retries.api.RecordSuccessResponse;
import software.amazon.awssdk.retries.api.RefreshRetryTokenRequest;
import software.amazon.awssdk.retries.api.RefreshRetryTokenResponse;
import software.amazon.awssdk.retries.api.RetryStrategy;
import software.amazon.awssdk.retries.api.TokenAcquisitionFailedException;

/**
 * The SDK's own retries of a request, except that a long {@code Retry-After} ends them: the SDK would keep the thread
 * of the delivery for as long as a store asks, while the relay can wait for all deliveries of the destination.
 * Thread-safe.
 */
final class ShortRetries implements RetryStrategy {

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(3);

    private final RetryStrategy sdk = AwsRetryStrategy.defaultRetryStrategy();

    @Override
    public AcquireInitialTokenResponse acquireInitialToken(AcquireInitialTokenRequest request) {
        return sdk.acquireInitialToken(request);
    }

    @Override
    public RefreshRetryTokenResponse refreshRetryToken(RefreshRetryTokenRequest request) {
        if (request.suggestedDelay()
                .filter(wait -> wait.compareTo(LONGEST_WAIT) > 0)
                .isPresent()) {
            throw new TokenAcquisitionFailedException("the store asks for a longer wait", request.failure());
        }
        return sdk.refreshRetryToken(request);
    }

    @Override
    public RecordSuccessResponse recordSuccess(RecordSuccessRequest request) {
        return sdk.recordSuccess(request);
    }

    @Override
    public int maxAttempts() {
        return sdk.maxAttempts();
    }

    @Override
    public Builder<?, ?> toBuilder() {
        return sdk.toBuilder();
    }
}
