package org.exportrelay.download;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.NoHttpResponseException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A store that is away: downloads pause, and no attempt counts. */
class StoreOutageTest {

    private final AtomicLong now = new AtomicLong();
    private final StoreOutage store = new StoreOutage(now::get);

    static Stream<Throwable> outages() {
        return Stream.of(
                new ConnectException("Connection refused"),
                new UnknownHostException("store"),
                new SocketTimeoutException("Read timed out"),
                new NoHttpResponseException("store:443 failed to respond"),
                new StoreUnavailableException("the store answered 503", Optional.empty()));
    }

    @ParameterizedTest
    @MethodSource("outages")
    void theSecondFailureInARowIsNoFaultOfItsFile(Throwable failure) {
        assertThat(store.failed(failure, "away")).isFalse();
        assertThat(store.allowed(4, 0)).isEqualTo(4);
        assertThat(store.failed(failure, "away")).isTrue();
        assertThat(store.allowed(4, 0)).isZero();
    }

    @Test
    void aFileThatFailsWhileOthersSucceedIsAtFault() {
        for (int i = 0; i < 10; i++) {
            assertThat(store.failed(new ConnectException(), "away")).isFalse();
            store.answered();
        }
    }

    @Test
    void otherFailuresSayNothingAboutTheStore() {
        for (int i = 0; i < 10; i++) {
            assertThat(store.failed(new IOException("Premature end of body"), "cut"))
                    .isFalse();
        }
        assertThat(store.allowed(4, 0)).isEqualTo(4);
    }

    @Test
    void triesOneDownloadAtATimeAtGrowingIntervals() {
        store.failed(new ConnectException(), "away");
        store.failed(new ConnectException(), "away");
        for (int seconds : new int[] {4, 8, 16, 32, 64, 128, 256, 300, 300}) {
            pass(Duration.ofSeconds(seconds).minusMillis(1));
            assertThat(store.allowed(4, 0)).isZero();
            pass(Duration.ofMillis(1));
            assertThat(store.allowed(4, 0)).isEqualTo(1);
            assertThat(store.allowed(4, 1)).as("one at a time").isZero();
            store.failed(new ConnectException(), "away");
        }
        store.answered();
        assertThat(store.allowed(4, 1)).isEqualTo(4);
    }

    @Test
    void waitsAsLongAsTheStoreAsks() {
        assertThat(store.failed(
                        new StoreUnavailableException("the store answered 429", Optional.of(Duration.ofMinutes(20))),
                        "429"))
                .isTrue();
        pass(Duration.ofMinutes(20).minusMillis(1));
        assertThat(store.allowed(4, 0)).isZero();
        pass(Duration.ofMillis(1));
        assertThat(store.allowed(4, 0)).isEqualTo(1);
    }

    @Test
    void anObjectThatAsksToWaitForADayPausesTheOthersForHalfAnHour() {
        store.failed(new StoreUnavailableException("the store answered 503", Optional.of(Duration.ofDays(1))), "503");
        pass(Duration.ofMinutes(30));
        assertThat(store.allowed(4, 0)).isEqualTo(1);
    }

    @Test
    void downloadsThatBeganBeforeThePauseAndFailTogetherDoNotLengthenIt() {
        for (int i = 0; i < 64; i++) {
            store.failed(new ConnectException(), "away");
        }
        pass(Duration.ofSeconds(4));
        assertThat(store.allowed(4, 0)).isEqualTo(1);
        store.failed(new ConnectException(), "away");
        assertThat(store.failed(
                        new StoreUnavailableException("the store answered 503", Optional.of(Duration.ofMinutes(20))),
                        "503"))
                .as("no fault of its file either")
                .isTrue();
        pass(Duration.ofSeconds(8));
        assertThat(store.allowed(4, 0)).isEqualTo(1);
    }

    @Test
    void aBodyThatEndsTooEarlyEndsThePauseSinceTheStoreAnswers() {
        store.failed(new ConnectException(), "away");
        store.failed(new ConnectException(), "away");
        pass(Duration.ofSeconds(4));
        assertThat(store.failed(new ConnectionClosedException("Premature end of body"), "cut"))
                .isFalse();
        assertThat(store.allowed(4, 0)).isEqualTo(4);
    }

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
    }
}
