package org.exportrelay.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.apache.camel.CamelExecutionException;
import org.apache.camel.http.base.HttpOperationFailedException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FailureClassifierTest {

    @ParameterizedTest
    @CsvSource({
        "302, RETRY",
        "400, PARK",
        "401, PARK",
        "404, PARK",
        "408, RETRY",
        "410, PARK",
        "425, RETRY",
        "429, RETRY",
        "499, PARK",
        "500, RETRY",
        "503, RETRY"
    })
    void anHttpStatusSaysWhatFollowsAndTheReasonNamesTheHostOnly(int status, FailureAction action) {
        HttpOperationFailedException answered = new HttpOperationFailedException(
                "https://hooks.example:8443/s3cret/path?token=s3cret", status, "Because", null, Map.of(), "s3cret");
        DeliveryException failure = FailureClassifier.of(new CamelExecutionException("failed", null, answered));
        assertThat(failure.action()).isEqualTo(action);
        assertThat(failure.getMessage()).isEqualTo("hooks.example:8443 answered " + status);
    }
}
