package org.exportrelay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.camel.spi.UriParam;
import org.exportrelay.component.EventHeaders;
import org.exportrelay.component.ExportEventsEndpoint;
import org.exportrelay.component.ExportHeaders;
import org.exportrelay.component.ExportsEndpoint;
import org.junit.jupiter.api.Test;

/** What README and docs name is there. */
class ReadmeTest {

    private static final Pattern LINK = Pattern.compile("]\\(([^)#:]+)\\)");

    @Test
    void everyLinkLeadsToAFile() throws IOException {
        for (Path document : documents()) {
            Matcher link = LINK.matcher(Files.readString(document));
            while (link.find()) {
                Path target = Path.of("")
                        .resolve(document)
                        .toAbsolutePath()
                        .getParent()
                        .resolve(link.group(1));
                assertThat(target).as("%s links to %s", document, link.group(1)).exists();
            }
        }
    }

    @Test
    void theRoutesGuideListsEveryOptionAndHeader() throws Exception {
        String guide = Files.readString(Path.of("docs/routes.md"));
        Stream.of(ExportsEndpoint.class.getDeclaredFields())
                .filter(field -> field.isAnnotationPresent(UriParam.class))
                .forEach(field -> assertThat(guide).contains("| `" + field.getName() + "` |"));
        for (var field : ExportHeaders.class.getFields()) {
            assertThat(guide).contains("`" + field.get(null) + "`");
        }
    }

    @Test
    void theRoutesGuideListsEveryOptionAndHeaderOfRoutesThatNotify() throws Exception {
        String guide = Files.readString(Path.of("docs/routes.md"))
                .replaceFirst("(?s).*\n## Routes that notify\n", "")
                .replaceFirst("(?s)\n## .*", "");
        Stream.of(ExportEventsEndpoint.class.getDeclaredFields())
                .filter(field -> field.isAnnotationPresent(UriParam.class))
                .forEach(field -> assertThat(guide).contains("| `" + field.getName() + "` |"));
        for (var field : EventHeaders.class.getFields()) {
            assertThat(guide).contains("`" + field.get(null) + "`");
        }
    }

    @Test
    void theDocumentsListEveryExampleRoute() throws IOException {
        StringBuilder text = new StringBuilder();
        for (Path document : documents()) {
            text.append(Files.readString(document));
        }
        try (Stream<Path> examples = Files.list(Path.of("routes/examples"))) {
            examples.forEach(example -> assertThat(text).contains("`" + example.getFileName() + "`"));
        }
    }

    @Test
    void everyTestThatTheGuaranteesNameExists() throws IOException {
        Map<String, Path> tests = new HashMap<>();
        try (Stream<Path> sources = Files.walk(Path.of("src/test/java"))) {
            sources.filter(file -> file.toString().endsWith(".java"))
                    .forEach(file -> tests.put(file.getFileName().toString().replace(".java", ""), file));
        }
        Matcher named = Pattern.compile("`([A-Z]\\w+(?:IT|Test))(?:\\.(\\w+))?`")
                .matcher(Files.readString(Path.of("docs/guarantees.md")));
        while (named.find()) {
            assertThat(tests).containsKey(named.group(1));
            if (named.group(2) != null) {
                assertThat(Files.readString(tests.get(named.group(1)))).contains("void " + named.group(2) + "(");
            }
        }
    }

    @Test
    void everyCommandOfTheDocumentsExists() throws IOException {
        for (Path document : documents()) {
            Matcher command = Pattern.compile("(?:^|[`/ ])export-relay (?!export-relay)([a-z]+)", Pattern.MULTILINE)
                    .matcher(Files.readString(document));
            while (command.find()) {
                assertThat(ExportRelay.commandLine().getSubcommands()).containsKey(command.group(1));
            }
        }
    }

    private static List<Path> documents() throws IOException {
        try (Stream<Path> docs = Files.walk(Path.of("docs"))) {
            return Stream.concat(Stream.of(Path.of("README.md")), docs.filter(file -> file.toString()
                            .endsWith(".md")))
                    .toList();
        }
    }
}
