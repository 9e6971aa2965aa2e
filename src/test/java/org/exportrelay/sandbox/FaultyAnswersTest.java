package org.exportrelay.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FaultyAnswersTest {

    private static final int TRIES = 1_000;
    private static final SandboxOptions FAULTY = SandboxOptions.defaults()
            .withSeed(3)
            .withExports(40)
            .withArrivalPeriod(Duration.ZERO)
            .withMaxRecords(200)
            .withRequestsPerMinute(100_000)
            .withRequestsPerDay(100_000);

    private Sandbox sandbox;
    private Caller caller;

    @AfterEach
    void closesTheSandbox() {
        sandbox.close();
    }

    @Test
    void failInEveryWayOfAnApi() throws Exception {
        start(FAULTY.withFaults(1));
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < TRIES && seen.size() < 5; i++) {
            seen.add(listOutcome());
        }

        assertThat(seen).containsExactlyInAnyOrder("429", "500", "cut", "stalled", "shifted");
    }

    @Test
    void failInEveryWayOfAStore() throws Exception {
        start(FAULTY.withFaults(1));
        Set<String> wanted = Set.of("500", "503", "403", "cut", "stalled", "corrupt");
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < TRIES && !seen.containsAll(wanted); i++) {
            seen.add(downloadOutcome(sandbox.exports().get(i % 40)));
        }

        assertThat(seen).containsAll(wanted);
    }

    @Test
    void areIntactInTheEndForAClientThatRetries() throws Exception {
        start(FAULTY.withFaults(0.3));
        for (SandboxExport export : sandbox.exports()) {
            List<String> outcomes = new ArrayList<>();
            while (outcomes.size() < 40 && !outcomes.contains("right")) {
                outcomes.add(downloadOutcome(export));
            }
            if (sandbox.incurable(export.id())) {
                assertThat(outcomes).contains("corrupt").doesNotContain("right");
            } else {
                assertThat(outcomes).contains("right");
                assertThat(outcomes.stream().filter("corrupt"::equals)).hasSizeLessThan(2);
            }
        }
        assertThat(sandbox.exports()).anyMatch(export -> sandbox.incurable(export.id()));
    }

    @Test
    void areCorruptSoThatDecompressionDetectsIt() throws Exception {
        start(FAULTY.withFaults(1));
        int corrupt = 0;
        for (int i = 0; i < TRIES && corrupt < 20; i++) {
            SandboxExport export = sandbox.exports().get(i % 40);
            byte[] truth = sandbox.content(export.id(), 0);
            byte[] received = received(export);
            if (received.length == truth.length && !Arrays.equals(received, truth)) {
                corrupt++;
                assertThatThrownBy(() -> new GZIPInputStream(new ByteArrayInputStream(received)).readAllBytes())
                        .isInstanceOf(IOException.class);
            }
        }

        assertThat(corrupt).isEqualTo(20);
    }

    @Test
    void doNotDelayAClosingSandbox() throws Exception {
        start(FAULTY.withFaults(1));
        String outcome = "";
        for (int i = 0; i < TRIES && !outcome.equals("stalled"); i++) {
            outcome = listOutcome();
        }
        assertThat(outcome).isEqualTo("stalled");
        Instant before = Instant.now();

        sandbox.close();

        assertThat(Duration.between(before, Instant.now())).isLessThan(Duration.ofSeconds(5));
    }

    private void start(SandboxOptions options) {
        sandbox = Sandbox.start(options);
        caller = new Caller(sandbox, Duration.ofMillis(500));
    }

    private String listOutcome() throws Exception {
        try {
            HttpResponse<String> answer = caller.get("/v1/exports?limit=10&offset=10");
            assertThat(answer.headers().map()).containsKeys("x-ratelimit-remaining", "x-ratelimit-day-remaining");
            switch (answer.statusCode()) {
                case 200 -> {
                    return pageOutcome(Caller.tree(answer));
                }
                case 429 -> {
                    assertThat(answer.headers().firstValue("Retry-After")).hasValue("1");
                    assertThat(Caller.error(answer)
                                    .get("details")
                                    .get("retry_after")
                                    .intValue())
                            .isEqualTo(1);
                }
                default -> assertThat(Caller.error(answer).get("code").asText()).isEqualTo("internal_error");
            }
            return Integer.toString(answer.statusCode());
        } catch (HttpTimeoutException e) {
            return "stalled";
        } catch (IOException e) {
            return "cut";
        }
    }

    private String pageOutcome(JsonNode page) {
        List<String> newestFirst = new ArrayList<>();
        sandbox.exports().forEach(export -> newestFirst.add(0, export.id()));
        List<String> ids = new ArrayList<>();
        page.get("data").forEach(export -> ids.add(export.get("export_id").asText()));
        int from = newestFirst.indexOf(ids.get(0));

        assertThat(ids).isEqualTo(newestFirst.subList(from, from + 10));
        assertThat(page.get("pagination").get("offset").intValue()).isEqualTo(10);
        return from == 10 ? "right" : "shifted";
    }

    private String downloadOutcome(SandboxExport export) throws Exception {
        byte[] truth = sandbox.content(export.id(), 0);
        try {
            HttpResponse<byte[]> answer = caller.download(url(export));
            if (answer.statusCode() == 200) {
                assertThat(answer.body()).hasSameSizeAs(truth);
                return Arrays.equals(answer.body(), truth) ? "right" : "corrupt";
            }
            assertThat(new String(answer.body(), StandardCharsets.UTF_8)).contains("<Error><Code>");
            return Integer.toString(answer.statusCode());
        } catch (HttpTimeoutException e) {
            return "stalled";
        } catch (IOException e) {
            return "cut";
        }
    }

    private byte[] received(SandboxExport export) throws Exception {
        try {
            return caller.download(url(export)).body();
        } catch (IOException e) {
            return new byte[0];
        }
    }

    /** Signed by the test itself, since an API that fails now and then would not always answer. */
    private String url(SandboxExport export) {
        UrlSigner signer = new UrlSigner(new Seed(FAULTY.seed()));
        return new StoreUrls(sandbox.storeUrl(), signer).sign(export, 0, Instant.now());
    }
}
