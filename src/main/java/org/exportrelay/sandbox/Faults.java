package org.exportrelay.sandbox;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Decides which answers fail, and how. Thread-safe.
 *
 * <p>One fault in {@value #ONE_IN_STALLS} is a stall, since each costs its client a full timeout;
 * the others are equally frequent.
 */
final class Faults {

    private static final int ONE_IN_STALLS = 20;
    private static final int LONGEST_SHIFT = 3;

    private static final List<ApiFault> OF_ANY_ANSWER =
            List.of(ApiFault.RATE_LIMITED, ApiFault.INTERNAL_ERROR, ApiFault.CUT_BODY);
    private static final List<ApiFault> OF_A_PAGE =
            List.of(ApiFault.RATE_LIMITED, ApiFault.INTERNAL_ERROR, ApiFault.CUT_BODY, ApiFault.SHIFTED_PAGE);
    private static final List<StoreFault> OF_A_DOWNLOAD = List.of(
            StoreFault.INTERNAL_ERROR,
            StoreFault.UNAVAILABLE,
            StoreFault.EXPIRED_URL,
            StoreFault.CUT_BODY,
            StoreFault.CORRUPT_GZIP);

    private final double share;
    private final Seed seed;
    private final SplittableRandom random;
    private final AtomicLong made = new AtomicLong();

    /** Files that were sent corrupt and not yet sent intact again: until then they are not sent corrupt. */
    private final Set<FileKey> owedIntact = new HashSet<>();

    /** Exports whose first file is corrupt by request. */
    private final Set<String> damaged = ConcurrentHashMap.newKeySet();

    /**
     * @param share of the answers that fail, 0 to 1
     */
    Faults(double share, Seed seed) {
        this.share = share;
        this.seed = seed;
        this.random = seed.random("faults");
    }

    /** The fault of this answer; only a list page can be shifted. */
    synchronized ApiFault ofApi(boolean page) {
        return draw(page ? OF_A_PAGE : OF_ANY_ANSWER, ApiFault.STALL, ApiFault.NONE);
    }

    /** By how many entries the page is shifted, at most {@value #LONGEST_SHIFT}, never 0. */
    synchronized int shift() {
        int distance = random.nextInt(1, LONGEST_SHIFT + 1);
        return random.nextBoolean() ? distance : -distance;
    }

    /**
     * The fault of this download. Between two corrupt answers for a file there is always an intact
     * one, so a client that repeats a corrupt download always receives the file.
     */
    synchronized StoreFault ofStore(FileKey file) {
        StoreFault fault = draw(OF_A_DOWNLOAD, StoreFault.STALL, StoreFault.NONE);
        if (fault == StoreFault.NONE) {
            owedIntact.remove(file);
        }
        if (fault == StoreFault.CORRUPT_GZIP && !owedIntact.add(file)) {
            return StoreFault.NONE;
        }
        return fault;
    }

    /** Whether one of the export's files is corrupt in every download: a tenth of the share of faults. */
    boolean incurable(SandboxExport export) {
        return !export.failed()
                && !export.files().isEmpty()
                && (damaged.contains(export.id())
                        || seed.random("damage " + export.id()).nextDouble() < share / 10);
    }

    /** From now on this export is {@link #incurable}. */
    void damage(String exportId) {
        damaged.add(exportId);
    }

    /** Whether this file is corrupt in every download: the first of an incurable export. */
    boolean damaged(SandboxExport export, int index) {
        return index == 0 && incurable(export);
    }

    /** Answers so far that have failed. */
    long made() {
        return made.get();
    }

    private <F> F draw(List<F> frequent, F rare, F none) {
        if (random.nextDouble() >= share) {
            return none;
        }
        made.incrementAndGet();
        return random.nextInt(ONE_IN_STALLS) == 0 ? rare : frequent.get(random.nextInt(frequent.size()));
    }
}
