package org.exportrelay.routetest;

import java.util.SplittableRandom;

/**
 * A part of a test of the guarantees, in a process of its own.
 *
 * @param seed of everything random
 * @param number 1 or more; 0 for the calm run, in which nothing fails
 * @param killAt before which step of an endpoint the process is killed, 1 or more; 0 for never
 */
public record GuaranteeRound(long seed, int number, int killAt) {

    /** In which nothing fails. */
    public static GuaranteeRound calm(long seed) {
        return new GuaranteeRound(seed, 0, 0);
    }

    /** The same sequence for the same purpose, whatever else happens in the round and in which order. */
    public SplittableRandom random(String purpose) {
        return new SplittableRandom((seed * 31 + number) * 1_000_003 + purpose.hashCode());
    }
}
