package org.exportrelay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.TcpGate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code mvn quarkus:dev}, as a developer of the relay starts it, but with a working directory of its own. */
class DevModeIT {

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir
    private Path directory;

    @Test
    void startsOnTheSandboxAndReloadsAnEditedRoute() throws Exception {
        assumeThat(Stream.of(System.getenv("PATH").split(":"))
                        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "mvn"))))
                .as("Maven is installed")
                .isTrue();
        RelayChild relay = RelayChild.in(directory.resolve("relay"));
        Path out = directory.resolve("out.txt");
        Process maven = maven(relay.directory(), out);
        try {
            await().atMost(PATIENCE)
                    .until(() -> !maven.isAlive() || Files.readString(out).contains("poll: 12 seen, 12 new"));
            String output = Files.readString(out);
            assumeThat(output)
                    .as("the local repository has what quarkus:dev needs")
                    .doesNotContain("in offline mode");
            assertThat(output).contains("delivering to archive");
            Path route = relay.directory().resolve("routes/deliver-to-file.camel.yaml");
            Files.writeString(route, Files.readString(route).replace("exports:archive", "exports:edited"));
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> Files.readString(out).contains("exports:edited: delivered "));
            assertThat(Files.readString(out)).doesNotContain("ERROR").doesNotContain("WARN  Error");
        } finally {
            maven.descendants().forEach(ProcessHandle::destroyForcibly);
            maven.destroyForcibly().waitFor();
        }
    }

    /** Offline, and compiles nothing: the build has done so, and other tests use its classes. */
    private static Process maven(Path workingDirectory, Path out) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                        "mvn",
                        "--batch-mode",
                        "--offline",
                        "quarkus:dev",
                        "-Ddev.directory=" + workingDirectory,
                        "-Dmaven.main.skip=true",
                        "-Dmaven.test.skip=true",
                        "-Dspotless.apply.skip=true",
                        "-Dspotless.check.skip=true",
                        "-Ddebug=false",
                        "-Dquarkus.console.enabled=false",
                        "-Dquarkus.analytics.disabled=true")
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectErrorStream(true)
                .redirectOutput(out.toFile());
        builder.environment().put("RELAY_HTTP_PORT", Integer.toString(TcpGate.freePort()));
        builder.environment().remove("DM_API_KEY");
        return builder.start();
    }
}
