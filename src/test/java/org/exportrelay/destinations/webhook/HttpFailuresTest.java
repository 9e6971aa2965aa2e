package org.exportrelay.destinations.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.apache.camel.CamelExecutionException;
import org.apache.camel.http.base.HttpOperationFailedException;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HttpFailuresTest {

    @ParameterizedTest
    @CsvSource({
        "302, OUTAGE",
        "400, PARK",
        "401, OUTAGE",
        "403, OUTAGE",
        "404, OUTAGE",
        "408, OUTAGE",
        "410, PARK",
        "413, PARK",
        "422, PARK",
        "425, OUTAGE",
        "429, OUTAGE",
        "499, PARK",
        "500, OUTAGE",
        "503, OUTAGE"
    })
    void anHttpStatusSaysWhatFollowsAndTheReasonNamesTheHostOnly(int status, FailureAction action) {
        HttpOperationFailedException answered = new HttpOperationFailedException(
                "https://hooks.example:8443/s3cret/path?token=s3cret", status, "Because", null, Map.of(), "s3cret");
        DeliveryException failure = new HttpFailures()
                .classify(new CamelExecutionException("failed", null, answered))
                .orElseThrow();
        assertThat(failure.action()).isEqualTo(action);
        assertThat(failure.getMessage()).isEqualTo("hooks.example:8443 answered " + status);
    }

    @Test
    void honoursRetryAfterWhateverTheCaseOfItsName() {
        HttpOperationFailedException answered = new HttpOperationFailedException(
                "https://hooks.example/", 503, "Because", null, Map.of("retry-after", "120"), "");
        assertThat(new HttpFailures().classify(answered).orElseThrow().retryAfter())
                .contains(Duration.ofMinutes(2));
    }

    @Test
    void namesNoLoginOfTheUrl() {
        HttpOperationFailedException answered = new HttpOperationFailedException(
                "https://relay:s3cret@hooks.example/", 403, "Because", null, Map.of(), "");
        assertThat(new HttpFailures().classify(answered).orElseThrow()).hasMessage("hooks.example answered 403");
    }

    @Test
    void comparesTheDateOfRetryAfterWithTheDateOfTheSameAnswer() {
        HttpOperationFailedException answered = new HttpOperationFailedException(
                "https://hooks.example/",
                503,
                "Because",
                null,
                Map.of("retry-after", "Tue, 17 Feb 2026 16:02:00 GMT", "date", "Tue, 17 Feb 2026 16:00:00 GMT"),
                "");
        assertThat(new HttpFailures().classify(answered).orElseThrow().retryAfter())
                .contains(Duration.ofMinutes(2));
    }

    @Test
    void leavesFailuresOfOtherDestinationsToTheirClassifiers() {
        assertThat(new HttpFailures().classify(new IllegalStateException("no answer")))
                .isEmpty();
    }
}
