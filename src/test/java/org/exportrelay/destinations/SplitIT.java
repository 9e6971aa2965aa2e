package org.exportrelay.destinations;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.zip.GZIPOutputStream;
import org.exportrelay.testing.LocalServer;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Routes that split the records of a file, in the packaged jar: a failure is one line of the log. */
class SplitIT {

    private static final String GOOD = "1,one\n".repeat(2_500);

    @TempDir
    private Path directory;

    private LocalServer api;

    @BeforeEach
    void start() {
        api = new LocalServer();
        api.answer("/refusing", LocalServer.body(503, "text/plain", "busy"));
        api.answer("/accepting", LocalServer.body(200, "text/plain", "thanks"));
    }

    @AfterEach
    void stop() {
        api.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"streaming: true", "streaming: false", "parallelProcessing: true"})
    void badRowsAreOneLine(String option) throws Exception {
        Ended ended = once("/accepting", option, GOOD + "2\n" + GOOD + "3\n" + GOOD);
        assertOneLine(ended, "record 2,501 has 1 fields, its header 2 (id, name); parked after attempt 1");
    }

    @Test
    void bytesThatAreNotUtf8AfterABadRowAreOneLine() throws Exception {
        Ended ended = once("/accepting", "streaming: true", GOOD + "2\n" + GOOD.repeat(10) + "3,\u00fc\n");
        assertOneLine(ended, "record 2,501 has 1 fields, its header 2 (id, name); parked after attempt 1");
    }

    /** Camel reads the remaining rows even so, and meets the bad one. */
    @Test
    void aBadRowBehindTheBatchThatADestinationRefusedIsNotLogged() throws Exception {
        Ended ended = once("/refusing", "streaming: true", GOOD + GOOD + "2\n");
        assertOneLine(ended, "answered 503; 1 delivery waits, no attempt is counted; next probe in 5s");
    }

    private static void assertOneLine(Ended ended, String reason) {
        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.err()).doesNotContain("\tat ").doesNotContain("This exception is ignored");
        assertThat(ended.err()
                        .lines()
                        .filter(line -> line.contains("exports:split:") && !line.contains("not delivered:")))
                .singleElement()
                .asString()
                .endsWith(reason);
    }

    private Ended once(String path, String option, String rows) throws IOException {
        serve(("id,name\n" + rows).getBytes(ISO_8859_1), rows.lines().count());
        RelayChild relay = RelayChild.in(directory)
                .without("deliver-to-file")
                .with("relay.api.url", api.url(""))
                .with("relay.api.key", "dm_sk_live_x")
                .with("relay.download.allowed-hosts", api.authority())
                .with("relay.delivery.max-attempts", 1);
        Files.writeString(
                relay.directory().resolve("routes/split.camel.yaml"),
                """
                - route:
                    id: split
                    from:
                      uri: exports:split
                      parameters:
                        payload: records
                      steps:
                        - split:
                            expression:
                              simple:
                                expression: "${body}"
                            %s
                            stopOnException: true
                            steps:
                              - marshal:
                                  json:
                                    library: Jackson
                              - to:
                                  uri: "%s"
                """
                        .formatted(option, api.url(path)));
        return relay.run("once", "--wait", "2s");
    }

    private void serve(byte[] csv, long records) throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(file)) {
            gzip.write(csv);
        }
        Instant now = Instant.now();
        api.answer("/file", LocalServer.body(200, "application/gzip", file.toByteArray()));
        api.answer(
                "/v1/exports",
                LocalServer.body(
                        200,
                        "application/json",
                        """
                        {"data": [{"export_id": "one", "status": "completed", "name": "properties_export",
                            "record_count": %d, "file_size": %2$d,
                            "download_urls": [{"filename": "rows.csv.gz", "url": "%3$s", "size": %2$d}],
                            "created_at": "%4$s", "updated_at": "%4$s", "expires_at": "%5$s"}],
                         "pagination": {"limit": 100, "offset": 0, "total": 1, "has_more": false}}"""
                                .formatted(records, file.size(), api.url("/file"), now, now.plusSeconds(86_400))));
    }
}
