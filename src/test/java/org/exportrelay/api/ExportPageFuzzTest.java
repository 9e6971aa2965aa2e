package org.exportrelay.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Whatever comes as a page is read, entry by entry, or refused as JSON: nothing else is thrown. */
class ExportPageFuzzTest {

    private static final ObjectMapper JSON = ExportsJson.exportsJson();

    @Property(tries = 2000)
    void readsOrRefusesAnyText(@ForAll("nearlyJson") String text) {
        try {
            ExportPage page = JSON.readValue(text, ExportPage.class);
            assertThat(page == null
                            || page.ids().size()
                                    == page.data().size() + page.rejected().size())
                    .isTrue();
        } catch (JacksonException refused) {
            assertThat(ApiFailures.of(refused, text).kind()).isEqualTo(ApiException.Kind.NONSENSE);
        }
    }

    @Property(tries = 2000)
    void oneEntryNeverHidesTheOthers(@ForAll("entry") Map<String, Object> entry) throws JsonProcessingException {
        Map<String, Object> good = Map.of("export_id", "good", "status", "completed");
        String text = JSON.writeValueAsString(Map.of("data", List.of(entry, good)));
        ExportPage page = JSON.readValue(text, ExportPage.class);
        assertThat(page.data()).extracting(Export::exportId).contains("good");
        assertThat(page.ids()).hasSize(2);
        assertThat(page.rejected()).allSatisfy(rejected -> {
            assertThat(rejected.reason()).doesNotContain("s3cret");
            assertThat(rejected.exportId() + rejected.reason()).doesNotMatch("(?s).*[\\p{Cntrl}\u202a-\u202e].*");
        });
    }

    @Provide
    Arbitrary<String> nearlyJson() {
        Arbitrary<String> pieces = Arbitraries.of(
                "{",
                "}",
                "[",
                "]",
                ",",
                ":",
                "\"data\"",
                "\"export_id\"",
                "\"status\"",
                "\"completed\"",
                "\"download_urls\"",
                "\"url\"",
                "\"size\"",
                "\"pagination\"",
                "\"total\"",
                "null",
                "true",
                "-1",
                "1e999999",
                "9223372036854775808",
                "\"\\ud800\"",
                "\"\\u0000\"",
                "\"2026-02-30T00:00:00Z\"",
                "\"+999999999-12-31T23:59:59Z\"",
                " ",
                "\ufeff");
        Arbitrary<String> assembled = pieces.list().ofMaxSize(30).map(list -> String.join("", list));
        return Arbitraries.oneOf(
                Arbitraries.strings().ofMaxLength(100),
                assembled,
                assembled.map(inner -> "{\"data\":[" + inner + "]}"));
    }

    @Provide
    Arbitrary<Map<String, Object>> entry() {
        Arbitrary<Object> value = Arbitraries.oneOf(
                Arbitraries.strings().ofMaxLength(20).map(text -> (Object) text),
                Arbitraries.of(
                        "completed", "\n2026 ERROR forged", "\u202egnp.exe", "..", "\0", "https://x/?sig=s3cret"),
                Arbitraries.bigIntegers().map(number -> (Object) number),
                Arbitraries.doubles().map(number -> (Object) number),
                Arbitraries.of(true, List.of(), Map.of(), List.of(Map.of("url", "https://x/?sig=s3cret", "size", -1))));
        Arbitrary<String> field = Arbitraries.of(
                "export_id",
                "status",
                "name",
                "progress",
                "record_count",
                "file_size",
                "download_urls",
                "created_at",
                "expires_at",
                "unknown");
        return Combinators.combine(field, value)
                .as(Map::entry)
                .list()
                .ofMaxSize(10)
                .map(fields -> {
                    Map<String, Object> entry = new HashMap<>();
                    fields.forEach(pair -> entry.put(pair.getKey(), pair.getValue()));
                    return entry;
                });
    }
}
