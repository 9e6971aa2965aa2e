package org.exportrelay.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.exportrelay.config.TestSettings;
import org.exportrelay.testing.LocalServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many URLs are missing at the same time, as after a start with a long backlog. */
class UrlPagesTest {

    private static final Pattern OFFSET = Pattern.compile("offset=(\\d+)");

    private final LocalServer server = new LocalServer();
    private final List<String> list =
            new ArrayList<>(IntStream.range(0, 1_000).mapToObj(i -> "e" + i).toList());
    private RelayApi api;

    @BeforeEach
    void start() {
        server.answer("/v1/exports", this::answer);
        api = new RelayApi(
                TestSettings.of("relay.api.url", server.url("").toString(), "relay.api.key", "dm_sk_live_x"));
        for (int offset = 0; offset < list.size(); offset += 100) {
            api.signedUrls().listed(offset, list.subList(offset, offset + 100));
        }
    }

    @AfterEach
    void stop() throws IOException {
        api.close();
        server.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 40, 130})
    void areRequestedWithTheirPagesAlsoWhereTheListHasGrownSince(int arrivals) throws Exception {
        IntStream.range(0, arrivals).forEach(i -> list.add(0, "new" + i));
        // As the next poll reads them.
        for (int offset = 0; offset < arrivals; offset += 99) {
            api.signedUrls().listed(offset, list.subList(offset, offset + 100));
        }
        for (int i = 0; i < 1_000; i++) {
            assertThat(find("e" + i)).isPresent();
        }
        assertThat(byId()).isLessThanOrEqualTo(4);
        assertThat(server.requests().size()).isLessThanOrEqualTo(18);
    }

    @Test
    void areRequestedWithTheirPagesAlsoWhereNoPollHasSeenThatTheListHasGrown() throws Exception {
        IntStream.range(0, 40).forEach(i -> list.add(0, "new" + i));
        for (int i = 0; i < 1_000; i++) {
            assertThat(find("e" + i)).isPresent();
        }
        assertThat(byId()).isLessThanOrEqualTo(4);
    }

    @Test
    void areRequestedOnceForAllThreads() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<Boolean>> found = new ArrayList<>();
            for (int i = 0; i < 1_000; i++) {
                String id = "e" + i;
                found.add(threads.submit(() -> find(id).isPresent()));
            }
            for (Future<Boolean> each : found) {
                assertThat(each.get()).isTrue();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(server.requests().size()).isLessThanOrEqualTo(14);
    }

    @Test
    void areRequestedByIdWhereTheyAreFewOrTheListDoesNotHaveThem() throws Exception {
        find("e1");
        find("e500");
        assertThat(byId()).isEqualTo(2);
        find("e800");
        list.removeIf(id -> id.equals("e300"));
        assertThat(find("e300")).isPresent();
        assertThat(byId()).isEqualTo(4);
    }

    private Optional<SignedUrl> find(String id) throws ApiException {
        return api.signedUrls().find(id, "a.csv.gz", 1, Duration.ofMinutes(15));
    }

    private long byId() {
        return server.requests().stream()
                .filter(request -> request.target().startsWith("/v1/exports/"))
                .count();
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        if (path.length() > "/v1/exports/".length()) {
            String id = path.substring("/v1/exports/".length());
            LocalServer.body(200, "application/json", "{\"data\": " + entry(id) + "}")
                    .handle(exchange);
            return;
        }
        Matcher offset = OFFSET.matcher(exchange.getRequestURI().getQuery());
        int from = offset.find() ? Math.min(list.size(), Integer.parseInt(offset.group(1))) : 0;
        String data = list.subList(from, Math.min(list.size(), from + 100)).stream()
                .map(UrlPagesTest::entry)
                .collect(Collectors.joining(","));
        LocalServer.body(200, "application/json", "{\"data\": [" + data + "], \"pagination\": {\"total\": 1000}}")
                .handle(exchange);
    }

    private static String entry(String id) {
        return "{\"export_id\": \"" + id + "\", \"status\": \"completed\", \"download_urls\": [{\"filename\":"
                + " \"a.csv.gz\", \"url\": \"https://store.example/" + id + "\"}]}";
    }
}
