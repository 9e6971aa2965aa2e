package org.exportrelay.ledger.database;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * Commits the changes of many threads in one transaction: a thread that arrives while a transaction runs waits, and the
 * first of the waiting threads then commits the changes of all of them. A single thread never waits. Thread-safe.
 *
 * @param <T> a change
 * @param <R> what came of it
 */
public final class GroupCommit<T, R> {

    private final Function<List<T>, List<R>> transaction;
    private final Queue<Change<T, R>> waiting = new ConcurrentLinkedQueue<>();
    private final ReentrantLock busy = new ReentrantLock();

    /**
     * @param transaction commits all of some changes or, if it fails, none; returns the result of each
     */
    public GroupCommit(Function<List<T>, List<R>> transaction) {
        this.transaction = transaction;
    }

    /** Returns when the change is committed, or throws the reason why it was not. */
    public R commit(T what) {
        Change<T, R> change = new Change<>(what, new CompletableFuture<>());
        waiting.add(change);
        busy.lock();
        try {
            if (!change.outcome.isDone()) {
                commitAll(takeAll());
            }
        } finally {
            busy.unlock();
        }
        try {
            return change.outcome.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException failure ? failure : e;
        }
    }

    /** Changes that no transaction has taken up yet. */
    int waiting() {
        return waiting.size();
    }

    private List<Change<T, R>> takeAll() {
        List<Change<T, R>> group = new ArrayList<>();
        for (Change<T, R> next = waiting.poll(); next != null; next = waiting.poll()) {
            group.add(next);
        }
        return group;
    }

    /** A change that fails must not keep the others from being committed. */
    private void commitAll(List<Change<T, R>> group) {
        try {
            List<R> outcomes =
                    transaction.apply(group.stream().map(Change::what).toList());
            for (int i = 0; i < group.size(); i++) {
                group.get(i).outcome.complete(outcomes.get(i));
            }
        } catch (RuntimeException e) {
            if (group.size() == 1) {
                group.get(0).outcome.completeExceptionally(e);
            } else {
                group.forEach(change -> commitAll(List.of(change)));
            }
        } finally {
            // After an Error too, no thread may wait for ever.
            group.forEach(change -> change.outcome.completeExceptionally(
                    new IllegalStateException("the ledger's transaction ended without an outcome")));
        }
    }

    private record Change<T, R>(T what, CompletableFuture<R> outcome) {}
}
