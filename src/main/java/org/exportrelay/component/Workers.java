package org.exportrelay.component;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * The threads that work for one consumer from its start to its stop. They come from a pool that all destinations share, so
 * that one without deliveries has none; how many there may be is for the consumer to bound. Thread-safe.
 */
final class Workers {

    private final ExecutorService pool;
    private final Set<Thread> working = new HashSet<>();
    private int tasks;
    private boolean isClosed;
    private volatile boolean isInterrupted;

    /**
     * @param pool starts a thread for each task, or rejects it
     */
    Workers(ExecutorService pool) {
        this.pool = pool;
    }

    /**
     * @throws RejectedExecutionException if the consumer stops; other exceptions and errors if the system has no thread or
     *     memory for now
     */
    synchronized void execute(Runnable task) {
        if (isClosed) {
            throw new RejectedExecutionException("the route stops");
        }
        pool.execute(() -> run(task));
        tasks++;
    }

    private void run(Runnable task) {
        begin();
        try {
            task.run();
        } finally {
            end();
        }
    }

    private synchronized void begin() {
        working.add(Thread.currentThread());
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** From here on the thread may work for another consumer, and is not interrupted any more. */
    private synchronized void end() {
        working.remove(Thread.currentThread());
        Thread.interrupted();
        tasks--;
        notifyAll();
    }

    /** Accepts no more tasks. */
    synchronized void close() {
        isClosed = true;
    }

    /** Interrupts all tasks, also those that are about to begin. */
    synchronized void interrupt() {
        isInterrupted = true;
        working.forEach(Thread::interrupt);
    }

    boolean isInterrupted() {
        return isInterrupted;
    }

    /**
     * Waits until all tasks have ended.
     *
     * @return false if some have not when the time is up
     */
    synchronized boolean await(long millis) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (tasks > 0) {
            long left = end - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return true;
    }
}
