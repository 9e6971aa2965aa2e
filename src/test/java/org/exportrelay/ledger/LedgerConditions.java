package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.NamePattern;
import org.exportrelay.delivery.RetryPolicy;
import org.exportrelay.ledger.database.LedgerDatabase;

/** A ledger with a destination in each condition: {@code archive} works, the others are named after theirs. */
public final class LedgerConditions {

    private static final RetryPolicy RETRIES = new RetryPolicy(3, Duration.ofMinutes(1), Duration.ofMinutes(1));

    private LedgerConditions() {}

    /** Fills an empty ledger: one delivery waits for each destination. */
    public static void create(LedgerDatabase database) {
        Clock clock = Clock.systemUTC();
        LedgerInstance instance = new LedgerInstance(database, "me", Duration.ofMinutes(2), clock);
        instance.recorder.record(
                List.of(LedgerTest.expiring("e", clock.instant().plus(Duration.ofDays(7)))), Optional.empty());
        instance.start(links("archive"), links("down"), links("paused"));
        instance.destinations.registerUnstarted(links("routeless"));
        instance.createDeliveries();
        Delivery delivery = instance.deliveries.claim(links("down"), 1).get(0);
        instance.deliveries.failed(
                delivery, new DeliveryException(FailureAction.OUTAGE, "nothing listens there"), RETRIES);
        DestinationControl control = new DestinationControl(database, clock);
        control.pause("paused", "ops", "ticket 7");
        new Instances(database, "me", "host", "1", clock).report(instance.destinations.running());
    }

    private static Destination links(String name) {
        return new Destination(name, new NamePattern("*"), false, true, RETRIES);
    }
}
