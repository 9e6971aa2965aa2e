package org.exportrelay.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExportPageTest {

    private static final ObjectMapper JSON = ExportsJson.exportsJson();
    private static final String SIGNED = "https://storage.googleapis.com/exports/a.csv.gz?X-Goog-Signature=s3cret";
    private static final String GOOD = "{\"export_id\": \"good\", \"status\": \"completed\"}";
    private static final String DOCUMENTED =
            """
            {
              "data": [
                {
                  "export_id": "a1b2c3d4-e5f6-7890-abcd-ef1234567890",
                  "status": "completed",
                  "name": "properties_export",
                  "progress": 100,
                  "progress_stage": null,
                  "record_count": 15432,
                  "file_size": 2457600,
                  "download_urls": [
                    {
                      "filename": "properties_export_2026-02-17.csv.gz",
                      "url": "%s",
                      "size": 2457600
                    }
                  ],
                  "created_at": "2026-02-17T15:30:00.000Z",
                  "updated_at": "2026-02-17T15:30:34.000Z",
                  "expires_at": "2026-02-24T15:30:00.000Z"
                }
              ],
              "pagination": {"limit": 25, "offset": 0, "total": 1, "has_more": false}
            }"""
                    .formatted(SIGNED);

    @Test
    void readsTheDocumentedExample() throws Exception {
        ExportPage page = read(DOCUMENTED);
        assertThat(page.rejected()).isEmpty();
        assertThat(page.ids()).containsExactly("a1b2c3d4-e5f6-7890-abcd-ef1234567890");
        assertThat(page.pagination()).isEqualTo(new Pagination(1L, false));
        Export export = page.data().get(0);
        assertThat(export.isCompleted()).isTrue();
        assertThat(export.name()).isEqualTo("properties_export");
        assertThat(export.progress()).isEqualTo(100);
        assertThat(export.progressStage()).isNull();
        assertThat(export.recordCount()).isEqualTo(15_432);
        assertThat(export.fileSize()).isEqualTo(2_457_600);
        assertThat(export.createdAt()).isEqualTo(Instant.parse("2026-02-17T15:30:00Z"));
        assertThat(export.updatedAt()).isEqualTo(Instant.parse("2026-02-17T15:30:34Z"));
        assertThat(export.expiresAt()).isEqualTo(Instant.parse("2026-02-24T15:30:00Z"));
        assertThat(export.files())
                .containsExactly(new DownloadUrl("properties_export_2026-02-17.csv.gz", SIGNED, 2_457_600L));
    }

    @Test
    void readsAnEmptyPage() throws Exception {
        ExportPage page = read("{\"data\": [], \"pagination\": {\"limit\": 25, \"offset\": 0, \"total\": 0}}");
        assertThat(page.ids()).isEmpty();
        assertThat(page.pagination()).isEqualTo(new Pagination(0L, null));
    }

    @Test
    void keepsNullsOfAnExportThatIsNotComplete() throws Exception {
        Export export = only(
                """
                {"export_id": "e1", "status": "processing", "name": null, "progress": null, "progress_stage": null,
                 "record_count": null, "file_size": null, "download_urls": null,
                 "created_at": null, "updated_at": null, "expires_at": null}""");
        assertThat(export.isCompleted()).isFalse();
        assertThat(export)
                .isEqualTo(new Export("e1", "processing", null, null, null, null, null, null, null, null, null));
        assertThat(export.files()).isEmpty();
    }

    @Test
    void takesMissingFieldsAsNull() throws Exception {
        assertThat(
                        only("{\"export_id\": \"e1\", \"status\": \"completed\", \"download_urls\": [{\"url\": \"https://h/x\"}]}")
                                .files())
                .containsExactly(new DownloadUrl("", "https://h/x", null));
    }

    @Test
    void ignoresFieldsItDoesNotKnow() throws Exception {
        ExportPage page = read(
                """
                {"data": [{"export_id": "e1", "status": "completed", "owner": {"name": "x"}, "tags": [1, 2],
                   "download_urls": [{"url": "https://h/x", "checksum": "abc"}]}],
                 "pagination": {"total": 1, "has_more": false, "cursor": "c"}, "meta": {}}""");
        assertThat(page.rejected()).isEmpty();
        assertThat(page.data()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"COMPLETED", " completed", "Completed\\n", "\\tcompleted "})
    void readsAStatusInAnotherCaseOrBetweenBlanks(String status) throws Exception {
        assertThat(only("{\"export_id\": \"e1\", \"status\": \"%s\"}".formatted(status))
                        .isCompleted())
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            textBlock =
                    """
                    archived     | archived
                    complete     | complete
                    expired      | expired
                    EXPIRED      | EXPIRED
                    ^^           | a text of 0 characters
                    not ready    | a text of 9 characters
                    https://x/?a | a text of 12 characters
                    """)
    void rejectsAStatusThatIsNotDocumented(String status, String named) throws Exception {
        RejectedEntry rejected = rejected("{\"export_id\": \"bad\", \"status\": \"%s\"}".formatted(status));
        assertThat(rejected)
                .isEqualTo(new RejectedEntry(
                        "bad", "its status is " + named + ", not one of pending, processing, completed, failed"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    "download_urls": {}                 | download_urls
                    "download_urls": "URL"              | download_urls
                    "download_urls": ["URL"]            | download_urls
                    "download_urls": [{"url": 7}]       | url
                    """)
    void rejectsAFieldOfAnotherTypeAndNamesIt(String field, String named) throws Exception {
        RejectedEntry rejected =
                rejected("{\"export_id\": \"bad\", \"status\": \"completed\", " + field.replace("URL", SIGNED) + "}");
        assertThat(rejected.exportId()).isEqualTo("bad");
        assertThat(rejected.reason()).contains(named).endsWith("does not have the documented type");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    {"status": "completed"}                                          | unknown | it has no export_id
                    {"export_id": null, "status": "completed"}                       | unknown | it has no export_id
                    {"export_id": " ", "status": "completed"}                        | unknown | it has no export_id
                    {"export_id": "bad"}                                             | bad | it has no status
                    {"export_id": "bad", "status": null}                             | bad | it has no status
                    {"export_id": "bad", "status": "completed", "download_urls": [{"filename": "a"}]} | bad | one of its download_urls has no url
                    {"export_id": "bad", "status": "completed", "download_urls": [{"url": " "}]}      | bad | one of its download_urls has no url
                    7                                                                | unknown | it is not a JSON object
                    true                                                             | unknown | it is not a JSON object
                    "text"                                                           | unknown | it is not a JSON object
                    ""                                                               | unknown | it is not a JSON object
                    []                                                               | unknown | it is not a JSON object
                    [{"export_id": "e1", "status": "completed"}]                     | unknown | it is not a JSON object
                    null                                                             | unknown | it is not a JSON object
                    """)
    void rejectsAnEntryItCannotUseAndSaysWhy(String entry, String id, String reason) throws Exception {
        assertThat(rejected(entry.replace("URL", SIGNED))).isEqualTo(new RejectedEntry(id, reason));
    }

    @Test
    void rejectsAnIdThatIsNotText() throws Exception {
        assertThat(rejected("{\"export_id\": 7, \"status\": \"completed\"}"))
                .isEqualTo(new RejectedEntry("unknown", "its field export_id does not have the documented type"));
    }

    @Test
    void rejectsAFileThatIsNull() throws Exception {
        assertThat(rejected("{\"export_id\": \"bad\", \"status\": \"completed\", \"download_urls\": [null]}")
                        .exportId())
                .isEqualTo("bad");
    }

    @Test
    void cutsAnEndlessId() throws Exception {
        RejectedEntry rejected =
                rejected("{\"export_id\": \"%s\", \"status\": \"completed\"}".formatted("x".repeat(5000)));
        assertThat(rejected.exportId()).hasSize(100);
        assertThat(rejected.reason()).isEqualTo("its export_id is longer than 100 characters");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"error\": {}}",
                "{\"data\": {}}",
                "{\"data\": null}",
                "[]",
                "{}",
                "null",
                "7",
                "\"text\"",
                "{\"data\": [{\"export_id\": \"e1\"",
                "<html>"
            })
    void refusesAnAnswerThatIsNoPage(String answer) {
        assertThatThrownBy(() -> read(answer)).isInstanceOf(JsonProcessingException.class);
    }

    @Test
    void toleratesAPageWithoutPagination() throws Exception {
        assertThat(read("{\"data\": [" + GOOD + "]}").pagination()).isEqualTo(new Pagination(null, null));
        assertThat(read("{\"data\": [], \"pagination\": null}").pagination()).isEqualTo(new Pagination(null, null));
    }

    @Test
    void showsNoUrl() throws Exception {
        ExportPage page = read(DOCUMENTED);
        Export export = page.data().get(0);
        SignedUrl url = SignedUrl.of(export.files().get(0).url(), export.expiresAt());
        assertThat(page + " " + export + " " + export.files() + " " + url)
                .contains("properties_export_2026-02-17.csv.gz")
                .doesNotContain("s3cret")
                .doesNotContain("X-Goog")
                .doesNotContain("https:");
    }

    /** A field that no delivery needs must not hide the other exports, whatever its size or form. */
    @ParameterizedTest
    @MethodSource("oddFields")
    void readsAPageInWhichAFieldIsOdd(String field) throws Exception {
        ExportPage page =
                read("{\"data\": [{\"export_id\": \"odd\", \"status\": \"completed\", " + field + "}, " + GOOD + "]}");
        assertThat(page.data()).extracting(Export::exportId).containsExactly("odd", "good");
    }

    static Stream<Named<String>> oddFields() {
        return Stream.of(
                Named.of("101 digits", "\"file_size\": 1" + "0".repeat(100)),
                Named.of("5,000 digits and a fraction", "\"progress\": 1" + "0".repeat(5000) + ".5"),
                Named.of("3,000 arrays", "\"x\": " + "[".repeat(3000) + "]".repeat(3000)),
                Named.of("3,000 objects", "\"name\": " + "{\"a\":".repeat(3000) + "1" + "}".repeat(3000)),
                Named.of("a field name of 60,000 characters", "\"" + "x".repeat(60_000) + "\": 1"),
                Named.of("a name of 2 MB", "\"name\": \"" + "x".repeat(2_000_000) + "\""),
                Named.of("700,000 values", "\"x\": [" + "0,".repeat(700_000) + "0]"),
                Named.of("NaN", "\"progress\": NaN"),
                Named.of("infinite", "\"record_count\": Infinity, \"file_size\": -Infinity"),
                Named.of("leading zeros", "\"record_count\": 007"),
                Named.of("a plus sign", "\"record_count\": +7"),
                Named.of("no digit before the point", "\"progress\": .5"),
                Named.of("no digit behind the point", "\"progress\": 5."),
                Named.of("an escape that JSON does not have", "\"name\": \"C:\\exports \\' \\x41\""),
                Named.of("a line break in a text", "\"name\": \"a\nb\tc\""));
    }

    private static Export only(String entry) throws JsonProcessingException {
        ExportPage page = read("{\"data\": [" + entry + "]}");
        assertThat(page.rejected()).isEmpty();
        return page.data().get(0);
    }

    /** What is said of an entry that stands between two good ones, which must both be read. */
    private static RejectedEntry rejected(String entry) throws JsonProcessingException {
        ExportPage page = read("{\"data\": [%s, %s, %s]}".formatted(GOOD, entry, GOOD));
        assertThat(page.data()).extracting(Export::exportId).containsExactly("good", "good");
        assertThat(page.rejected()).hasSize(1);
        RejectedEntry rejected = page.rejected().get(0);
        assertThat(page.ids()).containsExactly("good", rejected.exportId(), "good");
        assertThat(rejected.toString()).doesNotContain("s3cret").doesNotContain("https:");
        return rejected;
    }

    private static ExportPage read(String answer) throws JsonProcessingException {
        return JSON.readValue(answer, ExportPage.class);
    }
}
