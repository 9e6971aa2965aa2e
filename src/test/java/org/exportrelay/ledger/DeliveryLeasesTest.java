package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.exportrelay.delivery.Delivery;
import org.junit.jupiter.api.Test;

/** The leases on deliveries in flight. */
class DeliveryLeasesTest extends LedgerTest {

    /** PostgreSQL allows 65,535, SQLite 32,766. */
    private static final int MORE_THAN_PARAMETERS = 70_000;

    @Test
    void renewsTheLeasesOfMoreDeliveriesThanAStatementHasParameters() {
        me.record(export("a", "one.csv.gz"));
        me.start(links("x"));
        Delivery delivery = deliveries.claim(links("x"), 1).get(0);
        InFlightDeliveries inFlight = new InFlightDeliveries();
        inFlight.add(List.of(delivery));
        for (int i = 0; i < MORE_THAN_PARAMETERS; i++) {
            inFlight.add(List.of(new Delivery("other-" + i, "x" + i % 300, 1, 1, 0, "claim", delivery.file())));
        }
        DeliveryLeases leases = new DeliveryLeases(database, inFlight, "me", LEASE, clock);
        DeliveryLeases others = new DeliveryLeases(database, new InFlightDeliveries(), "other", LEASE, clock);
        clock.advance(LEASE.minusSeconds(1));
        leases.renew();
        clock.advance(Duration.ofSeconds(2));
        assertThat(others.releaseEnded()).as("renewed").isZero();
        clock.advance(LEASE);
        assertThat(leases.releaseEnded()).as("in flight here").isZero();
        assertThat(others.releaseEnded()).isOne();
    }
}
