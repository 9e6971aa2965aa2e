package org.exportrelay.download;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.exportrelay.delivery.DueExport;

/**
 * The exports that were tried while the store is away. The next probe takes another one, so that a file which always
 * breaks the connection does not keep downloads paused. Thread-safe.
 */
final class StoreProbes {

    /** So many files are remembered, those tried last; of a larger export all. */
    private static final int MOST_FILES = 1000;

    private final Deque<List<Long>> tried = new ArrayDeque<>();
    private int files;

    /** A probe with this export has failed. */
    synchronized void failed(DueExport export) {
        tried.addLast(export.fileIds());
        files += export.fileIds().size();
        while (files > MOST_FILES && tried.size() > 1) {
            files -= tried.removeFirst().size();
        }
    }

    /**
     * Each export has had its turn, or the store is back.
     *
     * @return whether any was remembered
     */
    synchronized boolean startAgain() {
        boolean any = !tried.isEmpty();
        tried.clear();
        files = 0;
        return any;
    }

    /** The files that are not tried next: these, and some others. */
    synchronized Set<Long> and(Set<Long> others) {
        Set<Long> all = new HashSet<>(others);
        tried.forEach(all::addAll);
        return all;
    }
}
