package org.exportrelay.sandbox;

import java.util.SplittableRandom;

/**
 * The source of everything random in a sandbox. Each purpose has its own sequence, so drawing from one
 * never changes another.
 */
record Seed(long value) {

    private static final String ALPHANUMERICS = "abcdefghijklmnopqrstuvwxyz0123456789";
    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    /** A new sequence, the same at every call with the same purpose. */
    SplittableRandom random(String purpose) {
        long hash = FNV_OFFSET ^ value;
        for (int i = 0; i < purpose.length(); i++) {
            hash = (hash ^ purpose.charAt(i)) * FNV_PRIME;
        }
        return new SplittableRandom(hash);
    }

    /** Lower-case letters and digits, the same at every call with the same purpose. */
    String text(String purpose, int length) {
        SplittableRandom random = random(purpose);
        StringBuilder text = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            text.append(ALPHANUMERICS.charAt(random.nextInt(ALPHANUMERICS.length())));
        }
        return text.toString();
    }
}
