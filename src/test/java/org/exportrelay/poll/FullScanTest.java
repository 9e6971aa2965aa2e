package org.exportrelay.poll;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.exportrelay.api.ExportPage;
import org.exportrelay.api.Pagination;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
            FullScan scan = new FullScan(2 + random.nextInt(20));
            Set<String> seen = new HashSet<>();
            int arrivals = 0;
            for (int page = 0; !scan.isDone(); page++) {
                assertThat(page).isLessThan(TOO_MANY_PAGES);
                ExportPage answer = page(list, scan.offset(), 2 + random.nextInt(20), random.nextBoolean());
                seen.addAll(answer.ids());
                scan.read(answer);
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
        FullScan scan = new FullScan(10);
        Set<String> seen = new HashSet<>();
        int pages = 0;
        for (; !scan.isDone() && pages < TOO_MANY_PAGES; pages++) {
            ExportPage page = page(list, scan.offset(), 10, true);
            scan.read(new ExportPage(page.ids(), List.of(), List.of(), new Pagination(null, true)));
            seen.addAll(page.ids());
        }
        assertThat(pages).isLessThan(10);
        assertThat(seen).containsAll(list);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 10, 100})
    void noticesAServerThatRepeatsItsFirstPageForEverAfterThreeRequests(int pageSize) {
        ExportPage first = page(IntStream.range(0, 300).mapToObj(i -> "e" + i).toList(), 0, pageSize, true);
        FullScan scan = new FullScan(pageSize);
        int requests = 0;
        for (; !scan.isDone(); requests++) {
            scan.read(first);
        }
        assertThat(requests).isEqualTo(3);
        assertThat(scan.isRepeated()).isTrue();
        assertThat(scan.seen()).hasSize(pageSize);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 10, 100})
    void noticesAServerThatRepeatsItsFirstPageInAnotherOrderEachTimeAfterThreeRequests(int pageSize) {
        List<String> first = new ArrayList<>(
                IntStream.range(0, pageSize).mapToObj(i -> "e" + i).toList());
        FullScan scan = new FullScan(pageSize);
        int requests = 0;
        for (; !scan.isDone(); requests++) {
            Collections.shuffle(first, new Random(requests));
            scan.read(new ExportPage(List.copyOf(first), List.of(), List.of(), new Pagination(1000L, true)));
        }
        assertThat(requests).isEqualTo(3);
        assertThat(scan.isRepeated()).isTrue();
        assertThat(scan.seen()).hasSize(pageSize);
    }

    @ParameterizedTest
    @CsvSource({"2, 100, 4", "2, 10, 4", "2, 1, 5", "3, 100, 40", "5, 100, 60"})
    void noticesAServerThatAlternatesBetweenAFewPages(int pages, int pageSize, int mostRequests) {
        List<String> list =
                IntStream.range(0, pages * pageSize).mapToObj(i -> "e" + i).toList();
        FullScan scan = new FullScan(pageSize);
        int requests = 0;
        for (; !scan.isDone() && requests < TOO_MANY_PAGES; requests++) {
            int from = requests % pages * pageSize;
            scan.read(new ExportPage(
                    list.subList(from, from + pageSize), List.of(), List.of(), new Pagination(1000L, true)));
        }
        assertThat(requests).isLessThanOrEqualTo(mostRequests);
        assertThat(scan.isRepeated()).isTrue();
        assertThat(scan.isIncomplete()).isTrue();
        assertThat(scan.seen()).containsExactlyInAnyOrderElementsOf(list);
    }

    @ParameterizedTest
    @CsvSource({"1000, true, true", ", true, true", "1000, false, true", "1000,, true", "0, false, false", ",, false"})
    void isIncompleteWhereTheApiPromisesExportsAndListsNone(Long total, Boolean hasMore, boolean isIncomplete) {
        FullScan scan = new FullScan(100);
        scan.read(new ExportPage(List.of(), List.of(), List.of(), new Pagination(total, hasMore)));
        assertThat(scan.isDone()).isTrue();
        assertThat(scan.isIncomplete()).isEqualTo(isIncomplete);
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 100})
    void noticesAServerThatRepeatsItsLastPageForEver(int pageSize) {
        List<String> list = IntStream.range(0, 250).mapToObj(i -> "e" + i).toList();
        FullScan scan = new FullScan(pageSize);
        int requests = 0;
        for (; !scan.isDone(); requests++) {
            int offset = Math.min(scan.offset(), list.size() - pageSize);
            scan.read(new ExportPage(
                    list.subList(offset, offset + pageSize), List.of(), List.of(), new Pagination(null, true)));
        }
        assertThat(requests).isLessThanOrEqualTo(250 / (pageSize - 1) + 4);
        assertThat(scan.seen()).containsExactlyElementsOf(list);
    }

    /** As many arrivals between two requests as the offset grows: the page is the same, the server is not at fault. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void readsOnWhereArrivalsPushTheSamePageToTheNextOffset(int pageSize) {
        List<String> list =
                new ArrayList<>(IntStream.range(0, 60).mapToObj(i -> "e" + i).toList());
        Set<String> always = new HashSet<>(list);
        FullScan scan = new FullScan(pageSize);
        for (int page = 0; !scan.isDone(); page++) {
            int offset = scan.offset();
            scan.read(page(list, offset, pageSize, true));
            for (int arrived = 0; page < 8 && arrived < Math.max(1, pageSize - 1); arrived++) {
                list.add(0, "new" + page + "-" + arrived);
            }
        }
        assertThat(scan.isRepeated()).isFalse();
        assertThat(scan.seen()).containsAll(always);
    }

    @Test
    void goesOnWhereTheServerSaysThereIsNoMoreButItsTotalSaysThereIs() {
        List<String> list = IntStream.range(0, 30).mapToObj(i -> "e" + i).toList();
        FullScan scan = new FullScan(10);
        Set<String> seen = new HashSet<>();
        while (!scan.isDone()) {
            ExportPage page = page(list, scan.offset(), 10, true);
            scan.read(new ExportPage(page.ids(), List.of(), List.of(), new Pagination(30L, false)));
            seen.addAll(page.ids());
        }
        assertThat(seen).containsAll(list);
    }

    private static int pagesFor(int entries, int pageSize) {
        List<String> list = IntStream.range(0, entries).mapToObj(i -> "e" + i).toList();
        FullScan scan = new FullScan(pageSize);
        int pages = 0;
        for (; !scan.isDone(); pages++) {
            assertThat(pages).isLessThan(TOO_MANY_PAGES);
            scan.read(page(list, scan.offset(), pageSize, true));
        }
        assertThat(scan.seen()).hasSize(entries);
        return pages;
    }

    private static ExportPage page(List<String> list, int offset, int limit, boolean withTotal) {
        int from = Math.min(offset, list.size());
        int to = Math.min(list.size(), from + limit);
        Pagination pagination = new Pagination(withTotal ? (long) list.size() : null, to < list.size());
        return new ExportPage(List.copyOf(list.subList(from, to)), List.of(), List.of(), pagination);
    }
}
