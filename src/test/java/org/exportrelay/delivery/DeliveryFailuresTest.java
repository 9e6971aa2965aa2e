package org.exportrelay.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ConnectException;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which failures show that the destination is up. */
class DeliveryFailuresTest {

    @ParameterizedTest
    @CsvSource({"RETRY, true", "PARK, true", "OUTAGE, false", "POSTPONE, false", "EXPIRE, false"})
    void aFaultThatAClassifierRecognizesIsTheDestinationsAnswer(FailureAction action, boolean isAnswer) {
        FailureClassifier classifier = thrown -> Optional.of(new DeliveryException(action, "550 no such user"));
        DeliveryException failure = new DeliveryFailures(() -> Stream.of(classifier)).of(new IOException("550"));
        assertThat(failure.action()).isEqualTo(action);
        assertThat(failure.isAnswer()).isEqualTo(isAnswer);
    }

    @Test
    void aStepOfTheRouteDoesNotAnswerForTheDestination() {
        assertThat(of(new DeliveryException(FailureAction.PARK, "the file is not CSV"))
                        .isAnswer())
                .isFalse();
        assertThat(of(new IllegalStateException("a bean")).isAnswer()).isFalse();
        assertThat(of(new ConnectException("refused")).isAnswer()).isFalse();
    }

    @Test
    void aFaultyClassifierLeavesTheFailureToTheOthersAndToTheUsualRules() {
        FailureClassifier throwing = thrown -> Optional.of(
                new DeliveryException(FailureAction.PARK, thrown.getMessage().trim()));
        FailureClassifier none = thrown -> null;
        FailureClassifier sound = thrown -> Optional.of(new DeliveryException(FailureAction.PARK, "550"));
        IOException thrown = new IOException((String) null);
        assertThat(new DeliveryFailures(() -> Stream.of(throwing, none, sound))
                        .of(thrown)
                        .action())
                .isEqualTo(FailureAction.PARK);
        DeliveryFailures faulty = new DeliveryFailures(() -> Stream.of(throwing, none));
        assertThat(faulty.of(new IllegalStateException()).action()).isEqualTo(FailureAction.RETRY);
        assertThat(faulty.of(new ConnectException()).action()).isEqualTo(FailureAction.OUTAGE);
    }

    @Test
    void anAnswerThatIsDeclaredStaysOne() {
        DeliveryException declared = new DeliveryException(FailureAction.PARK, "too large").asAnswer();
        assertThat(of(new IOException(declared)).isAnswer()).isTrue();
    }

    private static DeliveryException of(Exception thrown) {
        return new DeliveryFailures(Stream::empty).of(thrown);
    }
}
