package org.exportrelay.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Instant;
import org.exportrelay.testing.LogLines;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** No field that deliveries do not need blocks one: the table in docs/polling.md. */
class LenientFieldsTest {

    private static final String URL = "https://storage.googleapis.com/a?X-Goog-Signature=s3cret";

    private final ObjectMapper json = ExportsJson.exportsJson();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "ignored",
            textBlock =
                    """
                    15432                           | 15432
                    0                               | 0
                    9223372036854775807             | 9223372036854775807
                    "15432"                         | 15432
                    " 3 "                           | 3
                    "3.0"                           | 3
                    3.0                             | 3
                    1.5432e4                        | 15432
                    15.5                            | ignored
                    "15.5"                          | ignored
                    -1                              | ignored
                    "-1"                            | ignored
                    9223372036854775808             | ignored
                    1000000000000000000000000000000 | ignored
                    "1000000000000000000000000000000" | ignored
                    1e30                            | ignored
                    1e400                           | ignored
                    -1e400                          | ignored
                    "1e3"                           | ignored
                    "many"                          | ignored
                    ""                              | ignored
                    true                            | ignored
                    {}                              | ignored
                    [7]                             | ignored
                    null                            | ignored
                    """)
    void readsACount(String value, Long read) throws Exception {
        assertThat(export("record_count", value).recordCount()).isEqualTo(read);
        assertThat(export("file_size", value).fileSize()).isEqualTo(read);
        assertThat(file("size", value).size()).isEqualTo(read);
        assertThat(pagination("total", value).total()).isEqualTo(read);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "ignored",
            textBlock =
                    """
                    0      | 0
                    100    | 100
                    99.5   | 99
                    "99.5" | 99
                    "100"  | 100
                    1e2    | 100
                    101    | ignored
                    100.5  | ignored
                    -1     | ignored
                    1e400  | ignored
                    ""     | ignored
                    "done" | ignored
                    false  | ignored
                    {}     | ignored
                    """)
    void readsAProgress(String value, Integer read) throws Exception {
        assertThat(export("progress", value).progress()).isEqualTo(read);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "ignored",
            textBlock =
                    """
                    "2026-02-17T15:30:00.000Z"      | 2026-02-17T15:30:00Z
                    "2026-02-17T15:30:00Z"          | 2026-02-17T15:30:00Z
                    "2026-02-17T15:30:00.123456Z"   | 2026-02-17T15:30:00.123456Z
                    "2026-02-17 15:30:00.000Z"      | 2026-02-17T15:30:00Z
                    "2026-02-17 15:30:00"           | 2026-02-17T15:30:00Z
                    "2026-02-17T15:30:00.000"       | 2026-02-17T15:30:00Z
                    "2026-02-17T15:30"              | 2026-02-17T15:30:00Z
                    "2026-02-17t15:30:00z"          | 2026-02-17T15:30:00Z
                    " 2026-02-17T15:30:00Z "        | 2026-02-17T15:30:00Z
                    "2026-02-17T16:30:00+01:00"     | 2026-02-17T15:30:00Z
                    "2026-02-17T16:30:00+0100"      | 2026-02-17T15:30:00Z
                    "2026-02-17 16:30:00 +01"       | 2026-02-17T15:30:00Z
                    "2026-02-17 15:30:00 UTC"       | 2026-02-17T15:30:00Z
                    1771342200                      | 2026-02-17T15:30:00Z
                    1771342200000                   | 2026-02-17T15:30:00Z
                    ""                              | ignored
                    "tomorrow"                      | ignored
                    "2026-02-30T00:00:00Z"          | ignored
                    "2026-02-17"                    | ignored
                    "1969-12-31T23:59:59Z"          | ignored
                    "+10000-01-01T00:00:00Z"        | ignored
                    "+999999999-12-31T23:59:59Z"    | ignored
                    7                               | ignored
                    -1                              | ignored
                    1e9                             | ignored
                    9223372036854775807             | ignored
                    true                            | ignored
                    {}                              | ignored
                    """)
    void readsATime(String value, Instant read) throws Exception {
        assertThat(export("created_at", value).createdAt()).isEqualTo(read);
        assertThat(export("updated_at", value).updatedAt()).isEqualTo(read);
        assertThat(export("expires_at", value).expiresAt()).isEqualTo(read);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "ignored",
            textBlock =
                    """
                    "properties_export" | properties_export
                    7                   | 7
                    false               | false
                    "a\\u0000b"         | a_b
                    "a\\ud800b"         | a?b
                    ["a"]               | ignored
                    {}                  | ignored
                    """)
    void readsAText(String value, String read) throws Exception {
        assertThat(export("name", value).name()).isEqualTo(read);
        assertThat(export("progress_stage", value).progressStage()).isEqualTo(read);
        assertThat(file("filename", value).filename()).isEqualTo(read == null ? "" : read);
    }

    @Test
    void shortensNamesThatAreTooLong() throws Exception {
        assertThat(export("name", "\"properties_" + "x".repeat(2000) + '"').name())
                .hasSize(1000)
                .startsWith("properties_");
        assertThat(file("filename", '"' + "x".repeat(2000) + ".csv.gz\"").filename())
                .hasSize(500)
                .endsWith(".csv.gz");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "ignored",
            textBlock =
                    """
                    true    | true
                    "true"  | true
                    "False" | false
                    1       | true
                    0       | false
                    "yes"   | ignored
                    {}      | ignored
                    """)
    void readsWhetherThereIsMore(String value, Boolean read) throws Exception {
        assertThat(pagination("has_more", value).hasMore()).isEqualTo(read);
    }

    @Test
    void logsEachKindOfFaultOfAFieldOnceHoweverOftenItIsListed() throws Exception {
        try (LogLines log = LogLines.of(LenientFields.class)) {
            for (int poll = 0; poll < 3; poll++) {
                export("file_size", "1000000000000000000000000000000");
                export("file_size", "-7");
                export("file_size", "3.0");
                export("updated_at", "\"\"");
                pagination("total", "\"1\"");
            }
            assertThat(log.all())
                    .containsExactly(
                            "WARN export e1: its field file_size is 1000000000000000000000000000000, not a whole"
                                    + " number, 0 or more; ignored, since deliveries do not need it (logged once;"
                                    + " report it to the vendor)",
                            "WARN export e1: its field file_size is 3.0, not a whole number, 0 or more; read as 3"
                                    + " (logged once; report it to the vendor)",
                            "WARN export e1: its field updated_at is \"\", not an ISO 8601 date and time in UTC;"
                                    + " ignored, since deliveries do not need it (logged once; report it to the"
                                    + " vendor)",
                            "WARN the list of exports: its field pagination.total is \"1\", not a whole number, 0 or"
                                    + " more; read as 1 (logged once; report it to the vendor)");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    "a\\ud800b" | a text of 3 characters with an unpaired surrogate
                    "a\\u0000b" | a text of 3 characters with NUL
                    "\\udc00\\u0000" | a text of 2 characters with NUL with an unpaired surrogate
                    """)
    void logsWhatIsOddInATextWithoutQuotingIt(String value, String shown) throws Exception {
        try (LogLines log = LogLines.of(LenientFields.class)) {
            export("name", value);
            file("filename", value);
            assertThat(log.all()).hasSize(2).allSatisfy(line -> assertThat(line)
                    .contains(" is " + shown + ", not a text of at most ")
                    .contains(" characters without NUL and unpaired surrogates; read as ")
                    .doesNotContain("JSON string"));
        }
    }

    @Test
    void logsNothingWhereAllIsAsDocumentedOrMissing() throws Exception {
        try (LogLines log = LogLines.of(LenientFields.class)) {
            export("created_at", "\"2026-02-17T15:30:00.000Z\"");
            export("record_count", "null");
            export("progress", "100");
            pagination("total", "1");
            assertThat(log.all()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"file_size", "expires_at", "progress", "name"})
    void quotesNoUrlInTheLog(String field) throws Exception {
        try (LogLines log = LogLines.of(LenientFields.class)) {
            export(field, "[\"" + URL + "\"]");
            export(field, '"' + URL + '"');
            export(field, "\"dm_sk_live_s3cret\"");
            file("size", '"' + URL + '"');
            assertThat(log.all()).isNotEmpty().allSatisfy(line -> assertThat(line)
                    .doesNotContain("s3cret")
                    .doesNotContain("https:"));
        }
    }

    private Export export(String field, String value) throws JsonProcessingException {
        return read("""
                        {"data": [{"export_id": "e1", "status": "completed", "%s": %s}]}"""
                        .formatted(field, value))
                .data()
                .get(0);
    }

    private DownloadUrl file(String field, String value) throws JsonProcessingException {
        return read("""
                        {"data": [{"export_id": "e1", "status": "completed",
                         "download_urls": [{"url": "%s", "%s": %s}]}]}"""
                        .formatted(URL, field, value))
                .data()
                .get(0)
                .files()
                .get(0);
    }

    private Pagination pagination(String field, String value) throws JsonProcessingException {
        return read("{\"data\": [], \"pagination\": {\"%s\": %s}}".formatted(field, value))
                .pagination();
    }

    private ExportPage read(String answer) throws JsonProcessingException {
        ExportPage page = json.readValue(answer, ExportPage.class);
        assertThat(page.rejected()).isEmpty();
        return page;
    }
}
