package org.exportrelay.config;

/** Writes numbers of things the way log lines and commands carry them. */
public final class Counts {

    private Counts() {}

    /** {@code 1 delivery waits}, {@code 3 deliveries wait}. */
    public static String text(long count, String one, String several) {
        return count + " " + (count == 1 ? one : several);
    }

    /** {@code 2,457,600}. */
    public static String grouped(long number) {
        StringBuilder digits = new StringBuilder(Long.toString(number));
        int first = number < 0 ? 1 : 0;
        for (int comma = digits.length() - 3; comma > first; comma -= 3) {
            digits.insert(comma, ',');
        }
        return digits.toString();
    }

    /** {@code 1 delivery}, {@code 3 deliveries}. */
    public static String deliveries(long count) {
        return text(count, "delivery", "deliveries");
    }

    /** {@code 1 delivery waits}, {@code 3 deliveries wait}. */
    public static String waitingDeliveries(long count) {
        return text(count, "delivery waits", "deliveries wait");
    }
}
