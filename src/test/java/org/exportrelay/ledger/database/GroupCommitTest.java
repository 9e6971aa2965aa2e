package org.exportrelay.ledger.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class GroupCommitTest {

    private final List<List<Integer>> transactions = Collections.synchronizedList(new ArrayList<>());
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);
    private final GroupCommit<Integer, String> commits = new GroupCommit<>(this::commit);

    private List<String> commit(List<Integer> group) {
        begun.countDown();
        awaitQuietly(goOn);
        transactions.add(group);
        if (group.contains(13)) {
            throw new IllegalArgumentException("13");
        }
        return group.stream().map(number -> "made " + number).toList();
    }

    @Test
    void makesTogetherWhatCameWhileOneWasUnderWay() {
        CompletableFuture<String> first = start(1);
        awaitQuietly(begun);
        List<CompletableFuture<String>> others = List.of(start(2), start(3), start(4));
        await().until(() -> commits.waiting() == 3);
        goOn.countDown();
        assertThat(first.join()).isEqualTo("made 1");
        assertThat(others).extracting(CompletableFuture::join).containsExactly("made 2", "made 3", "made 4");
        assertThat(transactions).hasSize(2);
    }

    @Test
    void makesTheOthersAloneWhereOneCannotBeMade() {
        CompletableFuture<String> first = start(1);
        awaitQuietly(begun);
        CompletableFuture<String> impossible = start(13);
        CompletableFuture<String> possible = start(2);
        await().until(() -> commits.waiting() == 2);
        goOn.countDown();
        assertThat(first.join()).isEqualTo("made 1");
        assertThat(possible.join()).isEqualTo("made 2");
        assertThatThrownBy(impossible::join).hasRootCauseInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void nobodyWaitsForEverWhereATransactionDies() {
        GroupCommit<Integer, String> dying = new GroupCommit<>(group -> {
            throw new StackOverflowError();
        });
        assertThatThrownBy(() -> dying.commit(1)).isInstanceOf(StackOverflowError.class);
        assertThatThrownBy(() -> dying.commit(2)).isInstanceOf(StackOverflowError.class);
    }

    private CompletableFuture<String> start(int number) {
        CompletableFuture<String> outcome = new CompletableFuture<>();
        new Thread(() -> {
                    try {
                        outcome.complete(commits.commit(number));
                    } catch (RuntimeException e) {
                        outcome.completeExceptionally(e);
                    }
                })
                .start();
        return outcome;
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
