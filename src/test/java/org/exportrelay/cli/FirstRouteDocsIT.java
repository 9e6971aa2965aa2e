package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.exportrelay.testing.RelayChild.Running;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** docs/first-route.md, step by step: its files are written as they are, and its commands print what it shows. */
class FirstRouteDocsIT {

    private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w*)\n(.*?)^```$");
    private static final Path ROUTE = Path.of("routes/finance.camel.yaml");

    @TempDir
    private Path directory;

    @Test
    void everyStepPrintsWhatThePageShows() throws IOException {
        List<MatchResult> blocks = BLOCK.matcher(Files.readString(Path.of("docs/first-route.md")))
                .results()
                .toList();
        assertThat(blocks).hasSize(8);
        RelayChild relay = RelayChild.in(directory);

        write(blocks.get(0));
        Ended invalid = relay.run("validate");
        assertThat(invalid.exitCode()).isEqualTo(2);
        assertThat(invalid.out()).contains(output(blocks.get(1)));
        Files.writeString(
                directory.resolve("application.properties"),
                "\n" + blocks.get(2).group(2),
                StandardOpenOption.APPEND);
        assertThat(relay.run("validate").exitCode()).isZero();

        write(blocks.get(3));
        printsAsShown(relay.run("test", "routes/finance.test.yaml"), 0, blocks.get(4));
        String route = Files.readString(directory.resolve(ROUTE));
        Files.writeString(directory.resolve(ROUTE), route.replace("fileName: \"finance_", "fileName: \"fin_"));
        printsAsShown(relay.run("test", "routes/finance.test.yaml"), 1, blocks.get(5));
        Files.writeString(directory.resolve(ROUTE), route);

        Pattern.compile("([A-Z_]+)=(\\S+)")
                .matcher(blocks.get(6).group(2))
                .results()
                .forEach(variable -> relay.with(variable.group(1), variable.group(2)));
        Running running = relay.start("run", "--sandbox");
        try {
            Pattern shown = Pattern.compile("(?m)^"
                    + output(blocks.get(7))
                            .replaceAll("[.()]", "\\\\$0")
                            .replaceAll("\\d+", "\\\\d+")
                            .replace("…", ".*")
                    + "$");
            await().atMost(Duration.ofSeconds(60))
                    .untilAsserted(() ->
                            assertThat(relay.run("status", "--sandbox").out()).containsPattern(shown));
            assertThat(directory.resolve("data/sandbox/finance"))
                    .isDirectoryContaining("glob:**/finance_properties*.csv.gz");
        } finally {
            running.stop();
        }
    }

    private static void printsAsShown(Ended ended, int exitCode, MatchResult block) {
        assertThat(ended.exitCode()).as(ended.out() + ended.err()).isEqualTo(exitCode);
        assertThat(comparable(ended.out())).isEqualTo(comparable(output(block)));
    }

    /** Times differ from run to run, and terminals have other signs at the beginning of lines. */
    private static String comparable(String text) {
        return text.replaceAll("\\(\\d+\\.\\d s\\)", "(N s)")
                .replaceAll("(?m)^\\P{Alnum}+", "")
                .strip();
    }

    private static String output(MatchResult block) {
        return block.group(2).replaceFirst("^\\$ export-relay .*\n", "").strip();
    }

    private void write(MatchResult block) throws IOException {
        String name = block.group(2).replaceFirst("(?s)^# (\\S+)\n.*$", "$1");
        Files.writeString(directory.resolve(name), block.group(2));
    }
}
