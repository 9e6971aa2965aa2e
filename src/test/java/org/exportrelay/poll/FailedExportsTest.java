package org.exportrelay.poll;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.exportrelay.api.ExportPage;
import org.exportrelay.api.Pagination;
import org.junit.jupiter.api.Test;

class FailedExportsTest {

    private final FailedExports list = new FailedExports();

    @Test
    void readsPageAfterPageUntilTheApiSaysThatThereAreNoMore() {
        list.begin();
        assertThat(list.query()).isEqualTo("status=failed&limit=100&offset=0");
        list.read(page(0, 100, true));
        assertThat(list.hasNextPage()).isTrue();
        assertThat(list.query()).endsWith("offset=100");
        list.read(page(100, 7, false));
        assertThat(list.hasNextPage()).isFalse();
    }

    @Test
    void readsOnAfterAFullPageWhereTheApiDoesNotSay() {
        list.begin();
        list.read(page(0, 100, null));
        assertThat(list.hasNextPage()).isTrue();
        list.read(page(100, 0, null));
        assertThat(list.hasNextPage()).isFalse();
    }

    @Test
    void endsAlsoWhereTheApiRepeatsItsFirstPageForEver() {
        list.begin();
        list.read(page(0, 100, true));
        list.read(page(0, 100, true));
        assertThat(list.hasNextPage()).isFalse();
        list.begin();
        assertThat(list.hasNextPage()).isTrue();
        assertThat(list.query()).endsWith("offset=0");
    }

    private static ExportPage page(int from, int count, Boolean hasMore) {
        List<String> ids = IntStream.range(from, from + count)
                .mapToObj(number -> "export-" + number)
                .toList();
        return new ExportPage(ids, List.of(), List.of(), new Pagination(null, hasMore));
    }
}
