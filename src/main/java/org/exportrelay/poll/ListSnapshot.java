package org.exportrelay.poll;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The ids of the API's list in their order, as far as the pages read so far show it. Each page corrects
 * it at the page's place. A list that keeps its entries in an order of any kind is copied exactly; one
 * that shuffles them is recognised.
 */
final class ListSnapshot {

    private List<String> ids = new ArrayList<>();
    private Set<String> members = new HashSet<>();
    private boolean shuffled;

    /** Replaces everything by the result of a full scan. */
    void replace(Collection<String> listed) {
        ids = new ArrayList<>(listed);
        members = new HashSet<>(listed);
        shuffled = false;
    }

    int size() {
        return ids.size();
    }

    /** The id at an offset; null behind the end. */
    String at(int offset) {
        return offset < ids.size() ? ids.get(offset) : null;
    }

    boolean contains(String id) {
        return members.contains(id);
    }

    /** Whether a page showed entries in another order than before. */
    boolean isShuffled() {
        return shuffled;
    }

    /**
     * Takes over a page. Within it the list is contiguous, so ids of the snapshot between two of its
     * entries have vanished, and ids that are new have arrived there.
     *
     * @param offset where the page begins
     * @param page its ids
     * @param isLast whether the list ends with it
     */
    void correct(int offset, List<String> page, boolean isLast) {
        Map<String, Integer> positions = new HashMap<>();
        for (int i = 0; i < ids.size(); i++) {
            positions.put(ids.get(i), i);
        }
        List<Integer> known = page.stream()
                .map(positions::get)
                .filter(position -> position != null)
                .toList();
        if (!isAscending(known)) {
            shuffled = true;
        }
        int first = known.isEmpty()
                ? Math.min(offset, ids.size())
                : known.stream().mapToInt(i -> i).min().getAsInt();
        int last =
                known.isEmpty() ? first : known.stream().mapToInt(i -> i).max().getAsInt() + 1;
        List<String> corrected = new ArrayList<>(ids.size() + page.size());
        corrected.addAll(ids.subList(0, offset == 0 ? 0 : first));
        corrected.addAll(page);
        corrected.addAll(ids.subList(isLast ? ids.size() : last, ids.size()));
        ids = corrected;
        members = new HashSet<>(corrected);
    }

    private static boolean isAscending(List<Integer> positions) {
        for (int i = 1; i < positions.size(); i++) {
            if (positions.get(i) <= positions.get(i - 1)) {
                return false;
            }
        }
        return true;
    }
}
