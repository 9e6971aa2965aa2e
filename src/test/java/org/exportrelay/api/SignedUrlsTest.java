package org.exportrelay.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import org.apache.hc.core5.http.message.BasicHttpResponse;
import org.exportrelay.config.TestSettings;
import org.exportrelay.testing.LocalServer;
import org.exportrelay.testing.SettableClock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SignedUrlsTest {

    private static final Instant NOW = Instant.parse("2026-02-17T16:00:00Z");

    /** Nobody has said so but one answer of the API. */
    @ParameterizedTest
    @CsvSource({"PT12H, PT1H, true", "PT-12H, PT1H, true", "P30D, PT1H, true", "PT0S, PT1H, true", "PT12H, PT-1H, false"
    })
    void keepsAUrlThatEndsByOneDateOnly(Duration stated, Duration valid, boolean isUsable) throws Exception {
        ApiClock clock = new ApiClock(new SettableClock(NOW), () -> 0);
        BasicHttpResponse answer = new BasicHttpResponse(200);
        answer.setHeader(
                "Date",
                DateTimeFormatter.RFC_1123_DATE_TIME.format(NOW.plus(stated).atOffset(ZoneOffset.UTC)));
        clock.observe(answer);
        try (LocalServer server = new LocalServer();
                RelayApi api = new RelayApi(
                        TestSettings.of("relay.api.url", server.url("").toString(), "relay.api.key", "dm_sk_live_x"),
                        clock)) {
            server.answer(
                    "/v1/exports/e1",
                    LocalServer.body(
                            200, "application/json", "{\"data\": {\"export_id\": \"e1\", \"status\": \"completed\"}}"));
            DownloadUrl file = new DownloadUrl("a.csv.gz", "https://store.example/a", 1L);
            api.signedUrls()
                    .remember(new Export(
                            "e1", "completed", null, null, null, 1L, 1L, List.of(file), NOW, NOW, NOW.plus(valid)));
            assertThat(api.signedUrls().find("e1", "a.csv.gz", 1, Duration.ZERO).isPresent())
                    .isEqualTo(isUsable);
        }
    }
}
