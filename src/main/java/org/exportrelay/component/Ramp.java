package org.exportrelay.component;

/**
 * How many deliveries may be in flight to a destination: all that its route allows, but only one after it was down or
 * held, and twice as many after each delivery that has ended otherwise than by an outage. So a server that is just back
 * is not met by all that has waited. Thread-safe.
 */
final class Ramp {

    private final int parallel;
    private int limit;

    /**
     * @param parallel deliveries in flight that the route allows, 1 or more
     */
    Ramp(int parallel) {
        this.parallel = parallel;
        this.limit = parallel;
    }

    /** Deliveries that may be in flight now, from 1 to what the route allows. */
    synchronized int limit() {
        return limit;
    }

    /** The destination does not take deliveries now. */
    synchronized void restart() {
        limit = 1;
    }

    /** A delivery has ended, accepted or not, and the destination was there. */
    synchronized void widen() {
        limit = Math.min(parallel, 2 * limit);
    }
}
