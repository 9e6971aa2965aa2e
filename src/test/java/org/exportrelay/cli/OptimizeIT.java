package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.exportrelay.testing.InstalledCopy;
import org.exportrelay.testing.InstalledCopy.Result;
import org.exportrelay.testing.InstalledCopy.Running;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code optimize}, with the Java that runs the tests. */
class OptimizeIT {

    /** Logged by Java from the archive, or not. */
    private static final String SHOW = "-Xlog:class+load:stderr";

    private static final String FROM_ARCHIVE = "org.exportrelay.ExportRelay source: shared objects file";

    @TempDir
    private Path directory;

    private InstalledCopy installation;

    @BeforeEach
    void install() {
        installation = InstalledCopy.in(directory.resolve("export-relay"));
    }

    @Test
    void createsAnArchiveThatTheNextStartUsesAndIgnoresItSilentlyWhenItDoesNotFit() throws IOException {
        Map<String, String> hostile = Map.of(
                "RELAY_DATA_DIR", directory.resolve("operator").toString(),
                "RELAY_TLS_TRUSTSTORE", "/not/there.p12",
                "JAVA_OPTS", "-Drelay.download.parallel=none");
        assertThat(run(Map.of("JAVA_OPTS", SHOW), "--version").err()).doesNotContain(FROM_ARCHIVE);

        Result created = run(hostile, "optimize", "--training", "5s");
        assertThat(created.exitCode()).as(created.err()).isZero();
        assertThat(created.out()).startsWith("optimize: created " + libraries());
        assertThat(directory.resolve("operator")).doesNotExist();
        assertThat(archives()).singleElement();

        assertThat(run(Map.of("JAVA_OPTS", SHOW), "--version").err()).contains(FROM_ARCHIVE);
        assertSilent(run(Map.of(), "--version"));

        Path jar = installation.directory().resolve("export-relay.jar");
        FileTime build = Files.getLastModifiedTime(jar);
        Files.setLastModifiedTime(jar, FileTime.fromMillis(build.toMillis() - 86_400_000));
        assertThat(run(Map.of("JAVA_OPTS", SHOW), "--version").err()).doesNotContain(FROM_ARCHIVE);
        assertSilent(run(Map.of(), "--version"));
        Files.setLastModifiedTime(jar, build);

        Path archive = archives().get(0);
        Files.delete(archive);
        Files.writeString(archive, "not an archive");
        assertSilent(run(Map.of(), "--version"));
    }

    @Test
    void leavesNoArchiveBehindWhenTheTrainingFails() throws IOException {
        Files.writeString(installation.directory().resolve("routes/poll-exports.camel.yaml"), "- route: [");
        Result result = run(Map.of(), "optimize", "--training", "5s");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err())
                .contains("optimize: Java created no archive that it can use; its output:")
                .contains("poll-exports");
        assertThat(archives()).isEmpty();
    }

    @Test
    void endsItsTrainingRunWhenItIsEnded() throws Exception {
        Path temporary = Files.createDirectory(directory.resolve("temporary"));
        Running optimize = InstalledCopy.start(
                directory,
                environment(Map.of("JAVA_OPTS", "-Djava.io.tmpdir=" + temporary)),
                installation.launcher().toString(),
                "optimize");
        await().atMost(Duration.ofSeconds(60))
                .during(Duration.ofSeconds(1))
                .until(() -> optimize.process().children().count() > 0);
        List<ProcessHandle> children = optimize.process().children().toList();
        optimize.process().destroy();
        await().atMost(Duration.ofSeconds(60)).until(() -> children.stream().noneMatch(ProcessHandle::isAlive));
        await().atMost(Duration.ofSeconds(60)).until(() -> !optimize.process().isAlive());
        assertThat(archives()).isEmpty();
        assertThat(temporary).isDirectoryNotContaining("glob:**/export-relay-*");
    }

    @Test
    void refusesADirectoryThatItMayNotWriteInOneLine() throws IOException {
        List<String> command = new ArrayList<>();
        if ("root".equals(System.getProperty("user.name"))) {
            assumeThat(Path.of("/usr/bin/setpriv"))
                    .as("setpriv, to run as a user without rights")
                    .exists();
            command.addAll(List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"));
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        Files.setPosixFilePermissions(libraries(), PosixFilePermissions.fromString("r-xr-xr-x"));
        command.addAll(List.of(installation.launcher().toString(), "optimize"));
        Result result = InstalledCopy.run(directory, environment(Map.of()), command.toArray(String[]::new));
        Files.setPosixFilePermissions(libraries(), PosixFilePermissions.fromString("rwxr-xr-x"));
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err())
                .isEqualTo("optimize: " + libraries() + " cannot be written; run optimize as a user that may write"
                        + " there\n");
    }

    private Path libraries() {
        return installation.directory().resolve("lib");
    }

    private List<Path> archives() throws IOException {
        try (Stream<Path> files = Files.list(libraries())) {
            return files.filter(file -> file.toString().matches(".*\\.(jsa|aot|part)"))
                    .toList();
        }
    }

    private Result run(Map<String, String> environment, String... arguments) {
        List<String> command = new ArrayList<>(List.of(installation.launcher().toString()));
        command.addAll(List.of(arguments));
        return InstalledCopy.run(directory, environment(environment), command.toArray(String[]::new));
    }

    private static Map<String, String> environment(Map<String, String> more) {
        Map<String, String> all = new HashMap<>(Map.of("JAVA_HOME", System.getProperty("java.home")));
        all.putAll(more);
        return all;
    }

    private static void assertSilent(Result result) {
        assertThat(result.exitCode()).isZero();
        assertThat(result.err()).isEmpty();
        assertThat(result.out()).startsWith("Export Relay ").hasLineCount(1);
    }
}
