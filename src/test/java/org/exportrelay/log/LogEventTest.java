package org.exportrelay.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The names of lines in the log: documented, distinct, and at each line above DEBUG. */
class LogEventTest {

    private static final Pattern ROW = Pattern.compile("^\\| `([a-z]+\\.[a-z-]+)` \\|", Pattern.MULTILINE);
    private static final Pattern WITHOUT_EVENT = Pattern.compile("\\bLOG(\\.|::)(info|warn|error|fatal|log)f?\\b");
    private static final Path SOURCES = Path.of("src/main/java/org/exportrelay");

    @Test
    void theDocumentedEventsAreThoseOfTheCode() throws IOException {
        String page = Files.readString(Path.of("docs/operating.md"));
        String table = page.substring(page.indexOf("## Collect the log"), page.indexOf("## Protect secrets"));
        List<String> documented =
                ROW.matcher(table).results().map(row -> row.group(1)).toList();
        assertThat(documented)
                .doesNotHaveDuplicates()
                .containsExactlyInAnyOrderElementsOf(
                        Stream.of(LogEvent.values()).map(LogEvent::text).toList());
        assertThat(Stream.of(LogField.values()).map(LogField::text))
                .allSatisfy(field -> assertThat(table).contains("| `" + field + "` |"));
    }

    @Test
    void eachLineAboveDebugHasAnEvent() throws IOException {
        try (Stream<Path> files = Files.walk(SOURCES)) {
            assertThat(files.filter(Files::isRegularFile)
                            // The simulated API is no part of the relay.
                            .filter(file -> !file.startsWith(SOURCES.resolve("sandbox")))
                            .flatMap(file -> WITHOUT_EVENT
                                    .matcher(read(file))
                                    .results()
                                    .map(match -> file + ": " + match.group())))
                    .isEmpty();
        }
    }

    @Test
    void eachEventIsUsed() throws IOException {
        try (Stream<Path> files = Files.walk(SOURCES)) {
            String code =
                    files.filter(Files::isRegularFile).map(LogEventTest::read).reduce("", String::concat);
            assertThat(LogEvent.values()).allSatisfy(event -> assertThat(code).contains("LogEvent." + event.name()));
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
