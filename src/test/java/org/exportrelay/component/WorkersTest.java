package org.exportrelay.component;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The threads of one consumer among those that all share. */
class WorkersTest {

    private final ExecutorService pool = Executors.newCachedThreadPool();
    private final Workers workers = new Workers(pool);
    private final CountDownLatch end = new CountDownLatch(1);

    @AfterEach
    void stop() {
        end.countDown();
        pool.shutdownNow();
    }

    @Test
    void waitsForItsOwnTasksOnly() throws Exception {
        Workers others = new Workers(pool);
        others.execute(this::awaitEnd);
        workers.execute(() -> {});
        assertThat(workers.await(5000)).isTrue();
        assertThat(others.await(10)).isFalse();
        end.countDown();
        assertThat(others.await(5000)).isTrue();
    }

    @Test
    void interruptsItsOwnTasksOnly() throws Exception {
        AtomicBoolean isOtherInterrupted = new AtomicBoolean();
        AtomicBoolean isInterrupted = new AtomicBoolean();
        new Workers(pool).execute(() -> isOtherInterrupted.set(awaitEnd()));
        workers.execute(() -> isInterrupted.set(awaitEnd()));
        workers.interrupt();
        assertThat(workers.await(5000)).isTrue();
        assertThat(isInterrupted).isTrue();
        assertThat(isOtherInterrupted).isFalse();
    }

    @Test
    void aThreadThatWasInterruptedForOneConsumerServesTheNextUninterrupted() throws Exception {
        workers.execute(this::awaitEnd);
        workers.interrupt();
        assertThat(workers.await(5000)).isTrue();
        Workers next = new Workers(pool);
        AtomicBoolean isInterrupted = new AtomicBoolean(true);
        next.execute(() -> isInterrupted.set(Thread.currentThread().isInterrupted()));
        await().until(() -> !isInterrupted.get());
    }

    @Test
    void rejectsTasksOnceTheRouteStopsAndCountsNoneThatWasRejected() throws Exception {
        workers.close();
        assertThatThrownBy(() -> workers.execute(() -> {})).isInstanceOf(RejectedExecutionException.class);
        pool.shutdown();
        Workers late = new Workers(pool);
        assertThatThrownBy(() -> late.execute(() -> {})).isInstanceOf(RejectedExecutionException.class);
        assertThat(late.await(0)).isTrue();
    }

    /** Returns whether it was interrupted. */
    private boolean awaitEnd() {
        try {
            end.await();
            return false;
        } catch (InterruptedException e) {
            return true;
        }
    }
}
