package org.exportrelay.component;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** How many deliveries a destination receives at the same time after it was down or paused. */
class RampTest {

    @Test
    void beginsWithAllThatTheRouteAllows() {
        assertThat(new Ramp(8).limit()).isEqualTo(8);
    }

    @Test
    void afterAnOutageOrAPauseBeginsWithOneAndDoublesWithEachEnd() {
        Ramp ramp = new Ramp(6);
        ramp.restart();
        assertThat(ramp.limit()).isEqualTo(1);
        ramp.widen();
        assertThat(ramp.limit()).isEqualTo(2);
        ramp.widen();
        ramp.widen();
        assertThat(ramp.limit()).as("never more than the route allows").isEqualTo(6);
    }
}
