package org.exportrelay.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.FreePort;
import org.exportrelay.testing.Installation;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Running;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The examples of docs/rest-api.md work word for word. */
class RestDocsIT {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Pattern EXAMPLE = Pattern.compile("(?ms)^```bash\n(.*?)^```");
    private static final String PASSWORD = "correct horse";

    private final int port = FreePort.find();

    @TempDir
    private Path directory;

    @Test
    void everyExampleWorks() throws Exception {
        String[] sections = Files.readString(Path.of("docs/rest-api.md")).split("(?m)^## Access$");
        try (Sandbox sandbox =
                Sandbox.start(SandboxOptions.defaults().withExports(0).withArrivalPeriod(Duration.ZERO))) {
            sandbox.addFinished("properties_export", new SandboxFile("one.csv.gz", 50));
            sandbox.addFinished("properties_export", new SandboxFile("two.csv.gz", 50));
            RelayChild relay = RelayChild.in(directory).at(sandbox).with("relay.http.port", port);
            Running open = relay.start("run");
            try {
                await().atMost(SOON)
                        .until(() -> open.output().contains("console at")
                                && relay.archived().size() == 2);
                for (String example : examples(sections[0])) {
                    run(example);
                }
                assertThat(relay.ledger().column("SELECT kind FROM event WHERE actor = 'console' ORDER BY id"))
                        .containsExactly("paused", "resumed", "replayed", "replayed");
            } finally {
                assertThat(open.stop().exitCode()).isZero();
            }
            List<String> ofAccess = examples(sections[1]);
            assertThat(ofAccess).hasSize(2);
            Files.writeString(directory.resolve("users"), run(ofAccess.get(0)));
            Running withLogin = relay.with("relay.console.auth", "basic")
                    .with("relay.console.users-file", "users")
                    .start("run");
            try {
                await().atMost(SOON).until(() -> withLogin.output().contains("console at"));
                run(ofAccess.get(1));
            } finally {
                assertThat(withLogin.stop().exitCode()).isZero();
            }
        }
    }

    private static List<String> examples(String text) {
        return EXAMPLE.matcher(text)
                .results()
                .map((MatchResult example) -> example.group(1))
                .toList();
    }

    /** Returns its standard output. */
    private String run(String example) throws IOException, InterruptedException {
        Path out = Files.createTempFile(directory, "example", ".txt");
        Path err = Files.createTempFile(directory, "example", ".err");
        Path in = Files.writeString(directory.resolve("password"), PASSWORD + "\n");
        ProcessBuilder builder = new ProcessBuilder("bash", "-e", "-o", "pipefail", "-c", example)
                .directory(directory.toFile())
                .redirectInput(in.toFile())
                .redirectError(err.toFile())
                .redirectOutput(out.toFile());
        builder.environment().put("RELAY", "http://127.0.0.1:" + port);
        builder.environment().put("PASSWORD", PASSWORD);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().merge("PATH", Installation.launcher().getParent() + ":", (path, bin) -> bin + path);
        int exitCode = builder.start().waitFor();
        String output = Files.readString(out);
        assertThat(exitCode)
                .as("%s%n%s%s", example, output, Files.readString(err))
                .isZero();
        return output;
    }
}
