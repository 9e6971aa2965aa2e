package org.exportrelay.poll;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.exportrelay.api.DownloadUrl;
import org.exportrelay.api.Export;
import org.exportrelay.api.ExportPage;
import org.exportrelay.api.Pagination;

/** The API's list in memory, moved by the test between any two requests; counts requests. */
final class SimulatedList {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private static final List<DownloadUrl> FILES = List.of(new DownloadUrl("a.csv.gz", "https://store/a", 1L));

    private final List<Export> entries = new ArrayList<>();
    private final boolean newestFirst;
    private int created;
    int requests;
    int largestPage = 100;
    boolean givesTotal = true;
    boolean givesHasMore = true;
    long totalError;
    boolean shuffles;
    boolean ignoresOffset;

    SimulatedList(int size, boolean newestFirst) {
        this.newestFirst = newestFirst;
        IntStream.range(0, size).forEach(i -> arrive());
    }

    /** Returns the id of the new export. */
    String arrive() {
        Export export = export(created++, "completed");
        entries.add(newestFirst ? 0 : entries.size(), export);
        return export.exportId();
    }

    /** An old export completes late, somewhere in the list. */
    void completeLate(Random random) {
        entries.add(random.nextInt(entries.size() + 1), export(created++, "completed"));
    }

    void addUnfinished() {
        entries.add(newestFirst ? 0 : entries.size(), export(created++, "processing"));
    }

    void finishAll() {
        entries.replaceAll(entry -> entry.isCompleted()
                ? entry
                : new Export(
                        entry.exportId(), "completed", "n", null, null, 1L, 1L, FILES, entry.createdAt(), null, null));
    }

    void vanish(Random random) {
        if (!entries.isEmpty()) {
            entries.remove(random.nextInt(entries.size()));
        }
    }

    Set<String> completed() {
        Set<String> ids = new HashSet<>();
        entries.stream().filter(Export::isCompleted).forEach(entry -> ids.add(entry.exportId()));
        return ids;
    }

    ExportPage page(int offset, int limit) {
        requests++;
        if (shuffles) {
            Collections.shuffle(entries, new Random(requests));
        }
        int from = ignoresOffset ? 0 : Math.min(offset, entries.size());
        int to = Math.min(entries.size(), from + Math.min(limit, largestPage));
        List<Export> data = List.copyOf(entries.subList(from, to));
        Pagination pagination = new Pagination(
                givesTotal ? entries.size() + totalError : null, givesHasMore ? (Boolean) (to < entries.size()) : null);
        return new ExportPage(data.stream().map(Export::exportId).toList(), data, List.of(), pagination);
    }

    private static Export export(int number, String status) {
        return new Export("e" + number, status, "n", null, null, 1L, 1L, FILES, START.plusSeconds(number), null, null);
    }
}
