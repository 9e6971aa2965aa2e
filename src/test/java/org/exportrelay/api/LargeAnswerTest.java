package org.exportrelay.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.exportrelay.config.TestSettings;
import org.exportrelay.testing.LocalServer;
import org.exportrelay.testing.LogLines;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Pages of the list that are larger than the relay reads. */
class LargeAnswerTest {

    private static final Pattern LIMIT = Pattern.compile("limit=(\\d+)");
    private static final Pattern OFFSET = Pattern.compile("offset=(\\d+)");

    private final LocalServer server = new LocalServer();
    private final List<Integer> limits = new ArrayList<>();
    /** Of each export. */
    private int files = 500;

    private RelayApi api;

    @BeforeEach
    void start() {
        server.answer("/v1/exports", this::answer);
        api = new RelayApi(
                TestSettings.of("relay.api.url", server.url("").toString(), "relay.api.key", "dm_sk_live_x"));
    }

    @AfterEach
    void stop() throws IOException {
        api.close();
        server.close();
    }

    @Test
    void areRequestedInSmallerPagesUntilTheyAreSmallAgain() throws Exception {
        try (LogLines log = LogLines.of(ApiClient.class)) {
            ExportPage page = api.exports().page(0, 100);
            assertThat(page.data()).hasSize(25);
            assertThat(page.data().get(24).files()).hasSize(500);
            assertThat(limits).containsExactly(100, 50, 25);
            assertThat(log.all())
                    .first()
                    .asString()
                    .isEqualTo("WARN the API's answer with a page of 100 exports is larger than 16,777,216 bytes, the"
                            + " limit of the relay; requesting pages of 50 exports until answers are smaller");
            assertThat(log.all()).hasSize(2);
        }
        assertThat(api.exports().page(25, 100).data()).hasSize(25);
        assertThat(limits).containsExactly(100, 50, 25, 25);
        files = 1;
        api.exports().page(0, 100);
        api.exports().page(0, 100);
        assertThat(api.exports().page(0, 100).data()).hasSize(100);
        assertThat(api.exports().page(0, 10).data()).hasSize(10);
    }

    @Test
    void ofASingleExportRejectItAndContinueBehindIt() throws Exception {
        files = 25_000;
        ExportPage page = api.exports().page(7, 2);
        assertThat(limits).containsExactly(2, 1);
        assertThat(page.ids()).containsExactly("e7");
        assertThat(page.data()).isEmpty();
        assertThat(page.rejected())
                .containsExactly(new RejectedEntry(
                        "e7", "its entry with 25000 files is larger than 16777216 bytes, the limit of the relay"));
        assertThat(page.pagination()).isEqualTo(new Pagination(1_000L, true));
        files = 1;
        assertThat(api.exports().page(8, 2).ids()).containsExactly("e8", "e9");
    }

    private void answer(HttpExchange exchange) throws IOException {
        String query = exchange.getRequestURI().getQuery();
        int limit = number(LIMIT, query);
        int offset = number(OFFSET, query);
        limits.add(limit);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream body = exchange.getResponseBody()) {
            body.write("{\"data\": [".getBytes(StandardCharsets.UTF_8));
            for (int i = 0; i < limit; i++) {
                body.write(((i == 0 ? "" : ",") + "{\"export_id\": \"e" + (offset + i)
                                + "\", \"status\": \"completed\", \"download_urls\": [")
                        .getBytes(StandardCharsets.UTF_8));
                String file =
                        "{\"filename\": \"a.csv.gz\", \"url\": \"https://store.example/" + "s".repeat(650) + "\"}";
                body.write(((file + ",").repeat(files - 1) + file + "]}").getBytes(StandardCharsets.UTF_8));
            }
            body.write("], \"pagination\": {\"total\": 1000, \"has_more\": true}}".getBytes(StandardCharsets.UTF_8));
        } catch (IOException clientHasReadEnough) {
            exchange.close();
        }
    }

    private static int number(Pattern pattern, String query) {
        Matcher matcher = pattern.matcher(query);
        return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
    }
}
