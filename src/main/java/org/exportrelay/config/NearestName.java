package org.exportrelay.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import org.jline.utils.Levenshtein;

/** Finds the name that a misspelt one was probably meant to be. */
public final class NearestName {

    /** Letters that are missing, superfluous, wrong or swapped. */
    private static final int MOST_TYPOS = 2;

    private NearestName() {}

    /**
     * The name that differs by at most two letters, the nearest first; empty if there is none. Names that differ in a
     * number only, such as queue1 and queue2, are different on purpose.
     */
    public static Optional<String> of(String name, Collection<String> names) {
        return names.stream()
                .filter(candidate -> isNear(name, candidate))
                .min(Comparator.<String>comparingInt(candidate -> Levenshtein.distance(name, candidate))
                        .thenComparing(Comparator.naturalOrder()));
    }

    private static boolean isNear(String name, String candidate) {
        return !name.equals(candidate)
                && Levenshtein.distance(name, candidate) <= MOST_TYPOS
                && !name.replaceAll("\\d", "").equals(candidate.replaceAll("\\d", ""));
    }
}
