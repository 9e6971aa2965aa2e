package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.exportrelay.ledger.database.Dialect;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.Test;

/** How far routes have read the events: nothing is missed, and one instance at a time reads. */
class EventCursorsTest extends LedgerTest {

    private static final String NAME = "mail";

    @Test
    void aNewNameBeginsBehindWhatHasHappenedUnlessItBackfills() {
        append("before");
        EventCursors here = cursors("here");
        here.start(NAME, false);
        assertThat(here.isBehind(NAME)).isFalse();
        append("after");
        assertThat(here.isBehind(NAME)).isTrue();
        assertThat(read(here, NAME)).containsExactly("after");
        here.start("all", true);
        assertThat(read(here, "all")).containsExactly("before", "after");
    }

    @Test
    void aNameContinuesAfterARestartWhereItWas() {
        EventCursors first = cursors("first");
        first.start(NAME, false);
        append("one");
        append("two");
        long one = first.claim(NAME).orElseThrow() + 1;
        first.advance(NAME, one);
        // Killed: neither stopped nor released.
        EventCursors second = cursors("second");
        second.start(NAME, false);
        clock.advance(database.isExclusive() ? Duration.ZERO : LEASE);
        assertThat(read(second, NAME)).containsExactly("two");
    }

    @Test
    void twoRoutesOfOneProcessCannotHaveTheSameName() {
        EventCursors here = cursors("here");
        here.start(NAME, false);
        assertThatThrownBy(() -> here.start(NAME, false)).hasMessageContaining("export-events:mail: two routes");
        here.stop(NAME);
        here.start(NAME, false);
    }

    @Test
    void oneInstanceAtATimeReads() throws Exception {
        cursors("any").start(NAME, false);
        append("one");
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<OptionalLong>> claims = threads.invokeAll(Collections.nCopies(
                    24, () -> cursors(UUID.randomUUID().toString()).claim(NAME)));
            int claimed = 0;
            for (Future<OptionalLong> claim : claims) {
                claimed += claim.get().isPresent() ? 1 : 0;
            }
            assertThat(claimed).isEqualTo(1);
            assertThat(cursors("another").claim(NAME)).isEmpty();
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void anInstanceThatDiedIsSucceededAfterItsLease() {
        EventCursors dead = cursors("dead");
        dead.start(NAME, false);
        append("one");
        assertThat(dead.claim(NAME)).isPresent();
        EventCursors alive = cursors("alive");
        clock.advance(LEASE.minusSeconds(1));
        assertThat(alive.claim(NAME)).isEmpty();
        clock.advance(Duration.ofSeconds(1));
        assertThat(read(alive, NAME)).containsExactly("one");
    }

    /** Otherwise two instances whose routes are slower than the lease would send the same events for ever. */
    @Test
    void whatWasHandledAfterTheClaimHadEndedIsNotReadAgain() {
        EventCursors slow = cursors("slow");
        slow.start(NAME, false);
        append("one");
        append("two");
        long one = slow.claim(NAME).orElseThrow() + 1;
        clock.advance(LEASE);
        EventCursors other = cursors("other");
        assertThat(other.claim(NAME)).hasValue(one - 1);
        assertThat(slow.advance(NAME, one)).isFalse();
        other.release(NAME);
        assertThat(read(other, NAME)).containsExactly("two");
        assertThat(slow.advance(NAME, one)).as("a cursor never goes back").isFalse();
        assertThat(other.isBehind(NAME)).isFalse();
    }

    /** Ids are assigned before transactions commit: the second event here is visible before the first. */
    @Test
    void anEventThatIsCommittedAfterALaterOneIsNotMissed() throws Exception {
        assumeThat(database.dialect()).isEqualTo(Dialect.POSTGRESQL);
        EventCursors here = cursors("here");
        here.start(NAME, false);
        Events events = new Events(database);
        try (Handle late = database.jdbi().open()) {
            late.begin();
            EventLog.append(late, event("first"));
            append("second");
            assertThat(here.isBehind(NAME)).isTrue();
            assertThat(events.settled()).isEmpty();
            late.commit();
        }
        await().until(() -> events.settled().isPresent());
        assertThat(read(here, NAME)).containsExactly("first", "second");
    }

    @Test
    void aTransactionThatAppendsAndFailsHoldsNothingUp() {
        EventCursors here = cursors("here");
        here.start(NAME, false);
        assertThatThrownBy(() -> database.jdbi().useTransaction(handle -> {
                    EventLog.append(handle, event("never"));
                    throw new IllegalStateException("refused");
                }))
                .hasMessage("refused");
        append("after");
        assertThat(read(here, NAME)).containsExactly("after");
    }

    /** The reader waits for writers for a moment at most, and writers for the reader no longer. */
    @Test
    void writersAreNotHeldUpByAReaderThatWaitsForOneOfThem() {
        assumeThat(database.dialect()).isEqualTo(Dialect.POSTGRESQL);
        try (Handle late = database.jdbi().open()) {
            late.begin();
            EventLog.append(late, event("open"));
            long start = System.nanoTime();
            assertThat(new Events(database).settled()).isEmpty();
            append("another");
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
            late.rollback();
        }
    }

    private void append(String message) {
        new EventLog(database, clock).append(EventKind.API_REFUSED, message, Map.of());
    }

    private Event event(String message) {
        return Event.of(EventKind.API_REFUSED, clock.instant(), message);
    }

    private EventCursors cursors(String owner) {
        return new EventCursors(database, owner, LEASE, clock);
    }

    /** All messages behind the cursor, which is moved to the end. */
    private List<String> read(EventCursors cursors, String name) {
        long position = cursors.claim(name).orElseThrow();
        Events events = new Events(database);
        List<Event> found = events.next(position, events.settled().orElseThrow(), 100);
        found.forEach(event -> assertThat(cursors.advance(name, event.id())).isTrue());
        cursors.release(name);
        return found.stream().map(Event::message).toList();
    }
}
