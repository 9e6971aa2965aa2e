package org.exportrelay.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How many logins may wait. */
class LoginQueueTest {

    private static final int PLACES = LoginQueue.PARALLEL + LoginQueue.MOST_WAITING;

    private final LoginQueue queue = new LoginQueue();
    private final CountDownLatch open = new CountDownLatch(1);
    private final AtomicInteger running = new AtomicInteger();
    private final ExecutorService clients = Executors.newFixedThreadPool(PLACES + 1);

    @AfterEach
    void close() {
        clients.shutdownNow();
    }

    @Test
    void aLoginThatFindsTheQueueFullIsRefusedImmediately() throws Exception {
        List<Future<Problem>> answers = new ArrayList<>();
        for (int i = 0; i < PLACES + 1; i++) {
            answers.add(clients.submit(this::login));
        }
        await().until(() -> answers.stream().filter(Future::isDone).count() == 1);
        Problem refused = answers.stream()
                .filter(Future::isDone)
                .findFirst()
                .orElseThrow()
                .get();
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.headers()).containsKey("Retry-After");
        await().untilAsserted(() -> assertThat(running).hasValue(LoginQueue.PARALLEL));
        open.countDown();
        for (Future<Problem> answer : answers) {
            assertThat(answer.get(30, TimeUnit.SECONDS)).isIn(null, refused);
        }
        assertThat(running).as("all others had their turn").hasValue(PLACES);
        assertThat(login()).as("the places are free again").isNull();
    }

    /** Null if it had its turn. */
    private Problem login() {
        ProblemException refused = catchThrowableOfType(ProblemException.class, () -> queue.run(this::check));
        return refused == null ? null : refused.problem();
    }

    private boolean check() {
        running.incrementAndGet();
        try {
            return open.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
