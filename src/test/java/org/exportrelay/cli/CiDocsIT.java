package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.exportrelay.testing.Installation;
import org.exportrelay.testing.InstalledCopy;
import org.exportrelay.testing.InstalledCopy.Result;
import org.exportrelay.testing.RelayChild;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The CI snippets of docs/test-routes.md: the shell commands that they contain, as they are, with the archive of this build. */
class CiDocsIT {

    private static final String GITLAB = ".gitlab-ci.yml";
    private static final String GITHUB = ".github/workflows/routes.yaml";
    private static final String LAUNCHER = "export-relay-0.2.0/bin/export-relay";

    /** A repository with routes. */
    @TempDir
    private Path directory;

    @Test
    void theCommandsOfBothSnippetsValidateAndTestTheRoutes() throws IOException {
        assumeThat(Path.of("/usr/bin/curl")).as("curl is installed").exists();
        RelayChild.in(directory);
        Path archive = Installation.directory().resolveSibling("export-relay-0.2.0.tar.gz");
        List<String> gitlab = commands(at(snippet(GITLAB), "routes", "script"));
        Map<String, String> variables = Map.of("ARCHIVE", archive.toUri().toString());
        assertThat(variables.keySet()).isEqualTo(((Map<?, ?>) at(snippet(GITLAB), "routes", "variables")).keySet());
        passes(gitlab, variables);
        assertThat(directory.resolve("routes.xml")).content().contains("<testsuites>");

        List<String> github = commands(at(snippet(GITHUB), "jobs", "test", "steps"));
        // The image runs the same program.
        Map<String, String> env = Map.of("RELAY", directory.resolve(LAUNCHER).toString());
        assertThat(env.keySet()).isEqualTo(((Map<?, ?>) at(snippet(GITHUB), "jobs", "test", "env")).keySet());
        passes(github, env);
        assertThat(directory.resolve("routes-tests.xml")).content().contains("<testsuites>");

        Path test = directory.resolve("routes/deliver-to-file.test.yaml");
        Files.writeString(test, Files.readString(test).replace("outcome: delivered", "outcome: parked"));
        assertThat(run(gitlab.get(gitlab.size() - 1), variables).exitCode()).isEqualTo(1);
        Files.writeString(directory.resolve("routes/faulty.camel.yaml"), "- rout:\n");
        assertThat(run(github.get(github.size() - 2), env).exitCode()).isEqualTo(2);
    }

    private void passes(List<String> commands, Map<String, String> environment) {
        assertThat(commands).hasSize(3);
        for (String command : commands) {
            Result result = run(command, environment);
            assertThat(result.exitCode())
                    .as(command + "\n" + result.out() + result.err())
                    .isZero();
        }
    }

    /** As runners do: a shell that ends with the first command that fails. */
    private Result run(String command, Map<String, String> environment) {
        Map<String, String> all = new HashMap<>(environment);
        all.put("JAVA_HOME", System.getProperty("java.home"));
        return InstalledCopy.run(directory, all, "bash", "-eo", "pipefail", "-c", command);
    }

    /** Steps without a command, such as those of an action, are left out. */
    private static List<String> commands(Object steps) {
        return ((List<?>) steps)
                .stream()
                        .map(step -> step instanceof Map<?, ?> map ? map.get("run") : step)
                        .flatMap(Stream::ofNullable)
                        .map(String::valueOf)
                        .toList();
    }

    private static Object at(Object snippet, String... keys) {
        Object value = snippet;
        for (String key : keys) {
            value = ((Map<?, ?>) value).get(key);
        }
        return value;
    }

    private static Object snippet(String file) throws IOException {
        Matcher block = Pattern.compile("(?ms)^```yaml\n(# " + Pattern.quote(file) + "\n.*?)^```$")
                .matcher(Files.readString(Path.of("docs/test-routes.md")));
        assertThat(block.find()).as(file).isTrue();
        return new Load(LoadSettings.builder().build()).loadFromString(block.group(1));
    }
}
