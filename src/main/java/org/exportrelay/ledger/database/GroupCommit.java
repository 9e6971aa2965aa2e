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
 * Lets changes of many threads share a transaction: whoever comes while one is under way waits, and
 * the first of those who waited makes the changes of all of them. Alone, nobody waits. Thread-safe.
 *
 * @param <T> a change
 * @param <R> what came of it
 */
public final class GroupCommit<T, R> {

    private final Function<List<T>, List<R>> transaction;
    private final Queue<Change<T, R>> waiting = new ConcurrentLinkedQueue<>();
    private final ReentrantLock busy = new ReentrantLock();

    /**
     * @param transaction makes all of some changes or, if it fails, none; gives what came of each
     */
    public GroupCommit(Function<List<T>, List<R>> transaction) {
        this.transaction = transaction;
    }

    /** Returns when the change is committed, or throws what has kept it from being made. */
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

    /** Changes that nobody has begun to make. */
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

    /** One change that cannot be made must not keep the others from being made. */
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
            // After an Error too, nobody may wait for ever.
            group.forEach(change -> change.outcome.completeExceptionally(
                    new IllegalStateException("the ledger's transaction ended without an outcome")));
        }
    }

    private record Change<T, R>(T what, CompletableFuture<R> outcome) {}
}
