package org.exportrelay.routetest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.exportrelay.routetest.Observation.Kind;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The schema that {@code test --schema} prints describes what the reader reads. */
class RouteTestSchemaTest {

    private static final YAMLMapper YAML = new YAMLMapper();

    private static JsonNode text;
    private static JsonSchema schema;

    @BeforeAll
    static void read() throws IOException {
        try (InputStream in =
                RouteTestSchemaTest.class.getResourceAsStream("/META-INF/export-relay/route-test.schema.json")) {
            text = new ObjectMapper().readTree(in);
        }
        schema = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(text);
    }

    @ParameterizedTest
    @MethodSource("shipped")
    void acceptsEveryShippedTestFile(Path file) throws IOException {
        assertThat(schema.validate(YAML.readTree(file.toFile()))).isEmpty();
        assertThat(new RouteTestReader(Catalogs.all()).read(file).faults()).isEmpty();
    }

    static List<Path> shipped() throws IOException {
        List<Path> files = new ArrayList<>();
        for (Path folder : List.of(Path.of("routes"), Path.of("routes/examples"))) {
            try (Stream<Path> inside = Files.list(folder)) {
                inside.filter(file -> file.toString().endsWith(RouteTestFile.SUFFIX))
                        .forEach(files::add);
            }
        }
        assertThat(files).hasSizeGreaterThan(10);
        return files;
    }

    @Test
    void acceptsTheExampleOfThePage() throws IOException {
        Matcher example = Pattern.compile("(?s)```yaml\n(# routes/deliver-to-sftp.test.yaml\n.*?)```")
                .matcher(Files.readString(Path.of("docs/test-routes.md")));
        assertThat(example.find()).isTrue();
        assertThat(schema.validate(YAML.readTree(example.group(1)))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tests: []",
                "setings: {}\ntests: [{name: a, expect: [{log: x}]}]",
                "tests: [{name: a}]",
                "tests: [{name: a, expect: []}]",
                "tests: [{expect: [{log: x}]}]",
                "tests: [{name: a, expect: [{attempts: 1}]}]",
                "tests: [{name: a, expect: [{outcome: delivred}]}]",
                "tests: [{name: a, expect: [{outcome: delivered, log: x}]}]",
                "tests: [{name: a, expect: [{endpoint: x, heade.X: 1}]}]",
                "tests: [{name: a, expect: [{endpoint: x, times: two}]}]",
                "tests: [{name: a, fail: [{endpoint: x}], expect: [{log: x}]}]",
                "tests: [{name: a, exports: [{files: [{cvs: x}]}], expect: [{log: x}]}]",
                "tests: [{name: a, events: [{destination: x}], expect: [{log: x}]}]"
            })
    void rejectsWhatTheReaderRejects(String file) throws IOException {
        assertThat(schema.validate(YAML.readTree(file))).isNotEmpty();
        Path path = Files.createTempFile("poll-exports", RouteTestFile.SUFFIX);
        try {
            Files.writeString(path, "route: poll-exports\n" + file + "\n");
            assertThat(new RouteTestReader(Catalogs.all()).read(path).faults()).isNotEmpty();
        } finally {
            Files.delete(path);
        }
    }

    @Test
    void hasTheKeysOfTheReader() {
        assertThat(keys("/properties")).isEqualTo(RouteTestReader.FILE_KEYS);
        assertThat(keys("/$defs/test/properties")).isEqualTo(RouteTestReader.TEST_KEYS);
        assertThat(keys("/$defs/export/properties")).isEqualTo(GivenExport.KEYS);
        assertThat(keys("/$defs/file/properties")).isEqualTo(GivenExport.GivenFile.KEYS);
        assertThat(keys("/$defs/givenEvent/properties")).isEqualTo(GivenEvent.KEYS);
        assertThat(keys("/$defs/fault/properties")).isEqualTo(GivenFault.KEYS);
        for (Kind kind : Kind.values()) {
            assertThat(keys("/$defs/" + kind.name().toLowerCase() + "/properties"))
                    .isEqualTo(Expectation.keys(kind));
        }
        List<String> outcomes = new ArrayList<>();
        text.at("/$defs/outcome/properties/outcome/enum").forEach(word -> outcomes.add(word.asText()));
        assertThat(outcomes).isEqualTo(Expectation.OUTCOMES);
    }

    @Test
    void thePageListsEveryKeyAndVariable() throws IOException {
        String page = Files.readString(Path.of("docs/test-routes.md"));
        Stream.of(
                        RouteTestReader.FILE_KEYS,
                        RouteTestReader.TEST_KEYS,
                        GivenExport.KEYS,
                        GivenExport.GivenFile.KEYS,
                        GivenEvent.KEYS,
                        GivenFault.KEYS,
                        new HashSet<>(Expectation.OUTCOMES))
                .flatMap(Set::stream)
                .forEach(key -> assertThat(page).contains("`" + key + "`"));
        for (Kind kind : Kind.values()) {
            Expectation.keys(kind).forEach(key -> assertThat(page).contains(key));
        }
        Expectation.VARIABLES.forEach(name -> assertThat(page).contains("`${" + name + "}`"));
    }

    private static Set<String> keys(String pointer) {
        Set<String> keys = new HashSet<>();
        text.at(pointer).fieldNames().forEachRemaining(keys::add);
        return keys;
    }
}
