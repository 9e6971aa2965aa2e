package org.exportrelay.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers made to exhaust, to confuse or to be believed. */
class HostileAnswerTest {

    private static final ObjectMapper JSON = ExportsJson.exportsJson();

    @ParameterizedTest
    @ValueSource(strings = {"[", "{\"a\":"})
    void refusesJsonThatIsNestedWithoutEnd(String opening) {
        assertRefused(opening.repeat(1_000_000));
        assertRefused("{\"data\":[{\"export_id\":\"e1\",\"status\":\"completed\",\"x\":" + opening.repeat(1_000_000));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{},", "[],", "0,", "\"\","})
    void refusesMoreValuesThanAnyPageHasBeforeTheyTakeMemory(String value) {
        assertRefused("{\"data\":[" + value.repeat(15_000_000 / value.length()) + "0]}");
    }

    @Test
    void refusesTextsAndNumbersWithoutEnd() {
        assertRefused("{\"data\":[{\"export_id\":\"" + "x".repeat(5_000_000) + "\"}]}");
        assertRefused("{\"data\":[{\"export_id\":\"e1\",\"file_size\":1" + "0".repeat(1_000_000) + "}]}");
    }

    @ParameterizedTest
    @ValueSource(strings = {".", "..", "a\\nb", "a\\u001b[2Jb", "a\\u202eb", "a\\u0085b", "a\\ud800b", "a\\u0000b"})
    void rejectsAnIdThatIsNoNameOfAnything(String id) throws JsonProcessingException {
        assertRejected(
                "{\"export_id\":\"" + id + "\",\"status\":\"completed\"}",
                "its export_id holds control characters or is nothing but dots");
    }

    @Test
    void rejectsAnEntryWithMoreFilesOrALongerStatusThanAnyExportHas() throws JsonProcessingException {
        String file = "{\"filename\":\"a.csv.gz\",\"url\":\"https://x/\"}";
        assertRejected(
                "{\"export_id\":\"e1\",\"status\":\"completed\",\"download_urls\":["
                        + IntStream.range(0, 10_001).mapToObj(i -> file).collect(Collectors.joining(","))
                        + "]}",
                "it has more than 10000 files, the limit of the relay");
        assertRejected(
                "{\"export_id\":\"e1\",\"status\":\"" + "x".repeat(1001) + "\"}",
                "one of its texts is longer than 1000 characters");
    }

    @Test
    void takesAFilenameOfHalfACharacterInAFormThatDatabasesHave() {
        assertThat(new DownloadUrl("a\ud800\0b.csv", "https://x/", null).filename())
                .isEqualTo("a?_b.csv");
    }

    private static void assertRejected(String entry, String reason) throws JsonProcessingException {
        ExportPage page = JSON.readValue("{\"data\":[" + entry + "]}", ExportPage.class);
        assertThat(page.data()).isEmpty();
        assertThat(page.rejected()).singleElement().satisfies(rejected -> {
            assertThat(rejected.reason()).isEqualTo(reason);
            assertThat(rejected.exportId()).matches("\\P{Cntrl}+");
        });
    }

    @ParameterizedTest
    @MethodSource("beyondLimits")
    void namesTheLimitThatAnAnswerExceeds(String field, String limit) {
        String text = "{\"data\":[{\"export_id\":\"e1\",\"x\":" + field + "}]}";
        Throwable refused = catchThrowable(() -> JSON.readValue(text, ExportPage.class));
        assertThat(ApiFailures.of(refused, text))
                .hasMessageStartingWith("the API's answer is beyond a limit of the relay (" + limit)
                .hasMessageEndingWith("); report it to the vendor")
                .message()
                .doesNotContain("relay.api.url")
                .doesNotContain("StreamReadConstraints");
    }

    static Stream<Arguments> beyondLimits() {
        return Stream.of(
                Arguments.of(Named.of("deep", "[".repeat(20_000)), "Document nesting depth (10001) exceeds"),
                Arguments.of(Named.of("digits", "1".repeat(20_000)), "Number value length (20000) exceeds"),
                Arguments.of(Named.of("text", "\"" + "x".repeat(5_000_000) + "\""), "String value length ("),
                Arguments.of(Named.of("values", "[" + "0,".repeat(2_000_000) + "0]"), "Token count ("));
    }

    private static void assertRefused(String text) {
        assertThatThrownBy(() -> JSON.readValue(text, ExportPage.class)).isInstanceOf(JacksonException.class);
    }
}
