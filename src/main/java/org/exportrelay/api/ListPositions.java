package org.exportrelay.api;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Where each export was in the list when a page last showed it, so that its page can be requested again. Arrivals in
 * front shift all later entries by the same number: what the last page showed of it is applied to all. Thread-safe.
 */
final class ListPositions {

    /** Positions minus the shift at that time. */
    private final Map<String, Integer> positions = new HashMap<>();

    private int shift;

    /** A page was read. */
    synchronized void read(int offset, List<String> ids) {
        for (int i = ids.size() - 1; i >= 0; i--) {
            Integer before = positions.get(ids.get(i));
            if (before != null) {
                shift = offset + i - before;
                break;
            }
        }
        for (int i = 0; i < ids.size(); i++) {
            positions.put(ids.get(i), offset + i - shift);
        }
    }

    /** The whole list was read; what it no longer has is forgotten. */
    synchronized void retain(Collection<String> ids) {
        positions.keySet().retainAll(ids);
    }

    /** Where an export is expected now; empty if no page has shown it. */
    synchronized OptionalInt of(String exportId) {
        Integer position = positions.get(exportId);
        return position == null ? OptionalInt.empty() : OptionalInt.of(Math.max(0, position + shift));
    }
}
