package org.exportrelay.poll;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.exportrelay.api.ExportPage;
import org.exportrelay.api.Pagination;
import org.junit.jupiter.api.Test;

class FailedExportsTest {

    private final FailedExports list = new FailedExports(() -> null);
    private final Exchange exchange = new DefaultExchange(new DefaultCamelContext());

    @Test
    void readsPageAfterPageUntilTheApiSaysThatThereAreNoMore() {
        list.begin(exchange);
        assertThat(list.query(exchange)).isEqualTo("status=failed&limit=100&offset=0");
        list.read(page(0, 100, true), exchange);
        assertThat(list.hasNextPage(exchange)).isTrue();
        assertThat(list.query(exchange)).endsWith("offset=100");
        list.read(page(100, 7, false), exchange);
        assertThat(list.hasNextPage(exchange)).isFalse();
    }

    @Test
    void readsOnAfterAFullPageWhereTheApiDoesNotSay() {
        list.begin(exchange);
        list.read(page(0, 100, null), exchange);
        assertThat(list.hasNextPage(exchange)).isTrue();
        list.read(page(100, 0, null), exchange);
        assertThat(list.hasNextPage(exchange)).isFalse();
    }

    @Test
    void endsAlsoWhereTheApiRepeatsItsFirstPageForEver() {
        list.begin(exchange);
        list.read(page(0, 100, true), exchange);
        list.read(page(0, 100, true), exchange);
        assertThat(list.hasNextPage(exchange)).isFalse();
        list.begin(exchange);
        assertThat(list.hasNextPage(exchange)).isTrue();
        assertThat(list.query(exchange)).endsWith("offset=0");
    }

    @Test
    void aScanThatBeginsWhileAnotherRunsChangesNothingForIt() {
        Exchange other = new DefaultExchange(exchange.getContext());
        list.begin(exchange);
        list.read(page(0, 100, true), exchange);
        list.begin(other);
        assertThat(list.query(exchange)).endsWith("offset=100");
        list.read(page(0, 7, false), other);
        assertThat(list.hasNextPage(other)).isFalse();
        assertThat(list.hasNextPage(exchange)).isTrue();
    }

    private static ExportPage page(int from, int count, Boolean hasMore) {
        List<String> ids = IntStream.range(from, from + count)
                .mapToObj(number -> "export-" + number)
                .toList();
        return new ExportPage(ids, List.of(), List.of(), new Pagination(null, hasMore));
    }
}
