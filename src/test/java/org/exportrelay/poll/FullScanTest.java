package org.exportrelay.poll;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.exportrelay.api.ExportPage;
import org.exportrelay.api.Pagination;
import org.junit.jupiter.api.Test;

class FullScanTest {

    private static final int TOO_MANY_PAGES = 2_000;

    @Test
    void readsOnePageWhereThereIsOne() {
        assertThat(pagesFor(60, 100)).isEqualTo(1);
        assertThat(pagesFor(0, 100)).isEqualTo(1);
    }

    @Test
    void readsOverlappingPagesToTheEnd() {
        assertThat(pagesFor(250, 100)).isEqualTo(3);
        assertThat(pagesFor(5, 1)).isEqualTo(5);
    }

    @Test
    void keepsAnExportThatMovedBetweenPages() {
        for (int seed = 0; seed < 500; seed++) {
            Random random = new Random(seed);
            List<String> list = new ArrayList<>(IntStream.range(0, random.nextInt(120))
                    .mapToObj(i -> "e" + i)
                    .toList());
            Set<String> always = new HashSet<>(list);
            FullScan sweep = new FullScan(2 + random.nextInt(20));
            Set<String> seen = new HashSet<>();
            int arrivals = 0;
            for (int page = 0; !sweep.isDone(); page++) {
                assertThat(page).isLessThan(TOO_MANY_PAGES);
                ExportPage answer = page(list, sweep.offset(), 2 + random.nextInt(20), random.nextBoolean());
                seen.addAll(answer.ids());
                sweep.read(answer);
                for (int move = random.nextInt(4); move > 0; move--) {
                    switch (random.nextInt(3)) {
                        case 0 -> list.add(0, "new" + arrivals++);
                        case 1 -> list.add("new" + arrivals++);
                        default -> {
                            if (!list.isEmpty()) {
                                always.remove(list.remove(random.nextInt(list.size())));
                            }
                        }
                    }
                }
            }
            assertThat(seen).as("seed %d", seed).containsAll(always);
        }
    }

    @Test
    void endsWhereTheServerPromisesMoreForEver() {
        List<String> list = IntStream.range(0, 30).mapToObj(i -> "e" + i).toList();
        FullScan sweep = new FullScan(10);
        Set<String> seen = new HashSet<>();
        int pages = 0;
        for (; !sweep.isDone() && pages < TOO_MANY_PAGES; pages++) {
            ExportPage page = page(list, sweep.offset(), 10, true);
            sweep.read(new ExportPage(page.ids(), List.of(), List.of(), new Pagination(null, true)));
            seen.addAll(page.ids());
        }
        assertThat(pages).isLessThan(10);
        assertThat(seen).containsAll(list);
    }

    @Test
    void goesOnWhereTheServerSaysThereIsNoMoreButItsTotalSaysThereIs() {
        List<String> list = IntStream.range(0, 30).mapToObj(i -> "e" + i).toList();
        FullScan sweep = new FullScan(10);
        Set<String> seen = new HashSet<>();
        while (!sweep.isDone()) {
            ExportPage page = page(list, sweep.offset(), 10, true);
            sweep.read(new ExportPage(page.ids(), List.of(), List.of(), new Pagination(30L, false)));
            seen.addAll(page.ids());
        }
        assertThat(seen).containsAll(list);
    }

    private static int pagesFor(int entries, int pageSize) {
        List<String> list = IntStream.range(0, entries).mapToObj(i -> "e" + i).toList();
        FullScan sweep = new FullScan(pageSize);
        int pages = 0;
        for (; !sweep.isDone(); pages++) {
            assertThat(pages).isLessThan(TOO_MANY_PAGES);
            sweep.read(page(list, sweep.offset(), pageSize, true));
        }
        assertThat(sweep.seen()).hasSize(entries);
        return pages;
    }

    private static ExportPage page(List<String> list, int offset, int limit, boolean withTotal) {
        int from = Math.min(offset, list.size());
        int to = Math.min(list.size(), from + limit);
        Pagination pagination = new Pagination(withTotal ? (long) list.size() : null, to < list.size());
        return new ExportPage(List.copyOf(list.subList(from, to)), List.of(), List.of(), pagination);
    }
}
