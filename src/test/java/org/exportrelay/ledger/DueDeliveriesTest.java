package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.NamePattern;
import org.jdbi.v3.core.statement.SqlLogger;
import org.jdbi.v3.core.statement.SqlStatements;
import org.jdbi.v3.core.statement.StatementContext;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which destinations are to claim, and what they hear of without a query. */
class DueDeliveriesTest extends LedgerTest {

    private static final Destination ARCHIVE = files("archive");
    private static final Destination LINKS = links("links");

    private DueDeliveries due;

    @BeforeEach
    void createDue() {
        due = due(Duration.ZERO);
    }

    private DueDeliveries due(Duration maxAge) {
        return new DueDeliveries(database, me.states, "me", maxAge, clock);
    }

    @Test
    void aDestinationThatNeedsFilesIsDueOnceThisSpoolHasOne() {
        me.start(ARCHIVE, LINKS);
        assertThat(due.isAnyDue(LINKS)).isFalse();
        me.record(export("e1", "a.csv.gz"));
        me.createDeliveries();
        assertThat(due.isAnyDue(LINKS)).isTrue();
        assertThat(due.isAnyDue(ARCHIVE)).isFalse();
        me.fetchNext();
        assertThat(due.isAnyDue(ARCHIVE)).isTrue();
        assertThat(new DueDeliveries(database, me.states, "other", Duration.ZERO, clock).isAnyDue(ARCHIVE))
                .as("its file is in another spool")
                .isFalse();
        Delivery delivery = deliveries.claim(ARCHIVE, 1).get(0);
        assertThat(due.isAnyDue(ARCHIVE)).isFalse();
        deliveries.delivered(delivery, Optional.empty());
        assertThat(due.isAnyDue(ARCHIVE)).isFalse();
    }

    @Test
    void aDestinationThatIsDownOrPausedIsNotDueBeforeItsProbeOrItsResumption() {
        me.start(LINKS);
        me.record(export("e1", "a.csv.gz"));
        me.createDeliveries();
        fail(deliveries.claim(LINKS, 1).get(0), FailureAction.OUTAGE, "nothing listens there");
        clock.advance(RETRIES.retryDelay().dividedBy(2));
        assertThat(due.isAnyDue(LINKS)).isFalse();
        clock.advance(RETRIES.retryDelay());
        assertThat(due.isAnyDue(LINKS)).isTrue();
        new DestinationControl(database, clock).pause("links", "test", null);
        assertThat(due.isAnyDue(LINKS)).isFalse();
    }

    @Test
    void oneStatementServesAllDestinationsThatAskWithinAShortTime() {
        Destination[] many = IntStream.range(0, 50)
                .mapToObj(i -> i % 2 == 0 ? files("files-" + i) : links("links-" + i))
                .toArray(Destination[]::new);
        me.start(many);
        DueDeliveries shared = due(Duration.ofMinutes(1));
        AtomicInteger statements = new AtomicInteger();
        database.jdbi().getConfig(SqlStatements.class).setSqlLogger(new SqlLogger() {
            @Override
            public void logBeforeExecution(StatementContext context) {
                statements.addAndGet(context.getRenderedSql().contains("FROM delivery") ? 1 : 0);
            }
        });
        for (Destination destination : many) {
            assertThat(shared.isAnyDue(destination)).isFalse();
        }
        assertThat(statements)
                .as("one for those that need files, one for the others")
                .hasValue(2);
    }

    @Test
    void aDestinationHearsOfEachFileThatThisProcessHasDownloadedForIt() {
        List<String> heard = new ArrayList<>();
        destinations.start(ARCHIVE, () -> heard.add("archive"));
        destinations.start(files("partner"), () -> heard.add("partner"));
        destinations.start(
                new Destination("people", new NamePattern("people_*"), true, true, RETRIES), () -> heard.add("people"));
        me.record(export("e1", "a.csv.gz"));
        me.createDeliveries();
        me.fetchNext();
        assertThat(heard).containsExactlyInAnyOrder("archive", "partner");
        destinations.stop("archive");
        me.record(export("e2", "a.csv.gz"));
        me.createDeliveries();
        me.fetchNext();
        assertThat(heard).as("a stopped one hears no more").containsExactlyInAnyOrder("archive", "partner", "partner");
    }
}
