package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.exportrelay.testing.InstalledCopy;
import org.exportrelay.testing.InstalledCopy.Result;
import org.exportrelay.testing.InstalledCopy.Running;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code bin/export-relay}, in a directory whose name contains spaces. */
class LauncherIT {

    private static final String JAVA = System.getProperty("java.home");
    private static final Path JVMS = Path.of("/usr/lib/jvm");

    @TempDir
    private static Path shared;

    private static InstalledCopy installation;

    @TempDir
    private Path directory;

    @BeforeAll
    static void install() {
        installation = InstalledCopy.in(shared.resolve("export relay $HOME 'x'"));
    }

    @Test
    void startsFromAnyDirectoryAndThroughSymbolicLinks() throws IOException {
        Path relative = directory.resolve("relative");
        Files.createSymbolicLink(relative, directory.relativize(installation.launcher()));
        Path absolute = directory.resolve("a link");
        Files.createSymbolicLink(absolute, relative.toAbsolutePath());
        for (String command : List.of(installation.launcher().toString(), "./relative", absolute.toString())) {
            assertVersion(run(Map.of(), command, "--version"));
        }
        assertVersion(
                run(Map.of("PATH", directory + ":" + System.getenv("PATH")), "sh", "-c", "cd / && relative --version"));
        Path bin = installation.launcher().getParent();
        assertVersion(InstalledCopy.run(bin, java(Map.of()), "sh", "export-relay", "--version"));
    }

    @Test
    void usesTheCurrentDirectoryIfItIsAWorkingDirectory() throws IOException {
        Files.writeString(directory.resolve("application.properties"), "relay.poll.period=never\n");
        Result result = run(Map.of(), installation.launcher().toString(), "validate");
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains("relay.poll.period");
    }

    @Test
    void usesExportRelayHomeIfSetAndTheInstallationOtherwise() throws IOException {
        Path home = Files.createDirectory(directory.resolve("working directory"));
        Files.writeString(home.resolve("application.properties"), "relay.poll.period=never\n");
        String launcher = installation.launcher().toString();
        for (String value : List.of(home.toString(), "working directory")) {
            assertThat(run(Map.of("EXPORT_RELAY_HOME", value), launcher, "validate")
                            .err())
                    .contains("relay.poll.period");
        }
        assertThat(run(Map.of("DM_API_KEY", "dm_sk_live_x"), launcher, "validate")
                        .exitCode())
                .isZero();
        Result missing = run(Map.of("EXPORT_RELAY_HOME", "/not/there"), launcher, "validate");
        assertThat(missing.exitCode()).isEqualTo(2);
        assertThat(missing.err())
                .isEqualTo("export-relay: EXPORT_RELAY_HOME=/not/there is not a directory; set it to the working"
                        + " directory\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.8.0_402", "11.0.22", "16.0.2", "9-ea"})
    void refusesAnOlderJavaInOneLine(String version) throws IOException {
        Path java = fakeJava("#!/bin/sh\nexit 99\n");
        Files.writeString(java.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
        assertRefused(
                run(
                        Map.of("JAVA_HOME", java.toString()),
                        installation.launcher().toString(),
                        "--version"),
                java.resolve("bin/java") + " is Java " + version
                        + "; install Java 17 or newer, or set JAVA_HOME to it");
    }

    @Test
    void asksAJavaWithoutAReleaseFileForItsVersion() throws IOException {
        Path java = fakeJava("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n");
        String launcher = installation.launcher().toString();
        assertRefused(
                run(Map.of("PATH", java.resolve("bin") + ":/usr/bin:/bin", "JAVA_HOME", ""), launcher),
                "bin/java is Java 11.0.2; install");
        Path silent = fakeJava("#!/bin/sh\n");
        assertRefused(run(Map.of("JAVA_HOME", silent.toString()), launcher), "bin/java does not report its version");
        assertRefused(
                run(Map.of("JAVA_HOME", "/not/there"), launcher), "JAVA_HOME=/not/there contains no bin/java; set");
    }

    @Test
    void acceptsARelativeJavaHome() throws IOException {
        Files.createSymbolicLink(directory.resolve("jdk"), Path.of(JAVA));
        assertVersion(run(Map.of("JAVA_HOME", "jdk"), installation.launcher().toString(), "--version"));
    }

    @Test
    void passesJavaOptsOnAndLetsThemOverrideItsOwn() throws IOException {
        Path print = Files.writeString(directory.resolve("options"), "-XX:+PrintFlagsFinal \"-Dsome.key=a b\"\n");
        Files.createFile(directory.resolve("-Dx=matches"));
        String launcher = installation.launcher().toString();
        assertThat(run(Map.of("JAVA_OPTS", "@" + print), launcher, "--version").out())
                .containsPattern("MaxHeapSize += 268435456 ")
                .containsPattern("UseSerialGC += true ")
                .containsPattern("TieredStopAtLevel += 1 ");
        assertThat(run(Map.of("JAVA_OPTS", "-Dx=* -Xmx64m -XX:+UseG1GC @" + print), launcher, "--version")
                        .out())
                .containsPattern("MaxHeapSize += 67108864 ")
                .containsPattern("UseG1GC += true ");
        assertThat(run(Map.of("JAVA_OPTS", "  -XX:MaxRAMPercentage=1   @" + print), launcher, "--version")
                        .out())
                .doesNotContainPattern("MaxHeapSize += 268435456 ");
        assertThat(run(Map.of("JAVA_OPTS", "-XX:+PrintFlagsFinal"), launcher, "--version")
                        .out())
                .containsPattern("InitialHeapSize += 50331648 ");
        assertThat(run(Map.of("JAVA_OPTS", "-XX:+PrintFlagsFinal -Xmx32m"), launcher, "--version")
                        .out())
                .containsPattern("MaxHeapSize += 33554432 ");
    }

    @Test
    void isTheProgramForSignalsAndExitCodes() throws Exception {
        Running relay = InstalledCopy.start(
                directory,
                java(Map.of("EXPORT_RELAY_HOME", home().toString(), "RELAY_HTTP_PORT", "0")),
                installation.launcher().toString(),
                "run",
                "--sandbox");
        try {
            await().atMost(Duration.ofSeconds(120))
                    .until(() -> Files.readString(relay.out()).contains("delivered"));
            relay.process().destroy();
            assertThat(relay.process().waitFor(30, TimeUnit.SECONDS)).isTrue();
        } finally {
            relay.process().destroyForcibly();
        }
        assertThat(relay.result().exitCode()).isZero();
        assertThat(relay.result().err()).isEmpty();
        assertThat(run(Map.of(), installation.launcher().toString(), "unknown").exitCode())
                .isEqualTo(2);
    }

    @Test
    void printsNoWarningsOnJava25() throws Exception {
        List<Path> found = java25();
        assumeThat(found).as("a Java 25 below " + JVMS).isNotEmpty();
        Map<String, String> java = Map.of(
                "JAVA_HOME", found.get(0).toString(), "EXPORT_RELAY_HOME", home().toString(), "RELAY_HTTP_PORT", "0");
        Running relay = InstalledCopy.start(
                directory, java(java), installation.launcher().toString(), "run", "--sandbox");
        try {
            await().atMost(Duration.ofSeconds(120))
                    .until(() -> Files.readString(relay.out()).contains("delivered"));
        } finally {
            relay.process().destroy();
        }
        assertThat(relay.process().waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(relay.result().err()).isEmpty();
        assertThat(relay.result().out()).doesNotContain("WARNING").doesNotContain("[warning]");
    }

    private Path home() throws IOException {
        Path home = Files.createDirectories(directory.resolve("home"));
        Path routes = Files.createDirectories(home.resolve("routes"));
        try (Stream<Path> shipped = Files.list(installation.directory().resolve("routes"))) {
            for (Path route : (Iterable<Path>) shipped.filter(Files::isRegularFile)::iterator) {
                Files.copy(route, routes.resolve(route.getFileName()));
            }
        }
        return home;
    }

    private static List<Path> java25() throws IOException {
        if (!Files.isDirectory(JVMS)) {
            return List.of();
        }
        try (Stream<Path> homes = Files.list(JVMS)) {
            return homes.filter(home -> Files.isExecutable(home.resolve("bin/java")))
                    .filter(home -> release(home).contains("JAVA_VERSION=\"25"))
                    .toList();
        }
    }

    private static String release(Path home) {
        try {
            return Files.readString(home.resolve("release"));
        } catch (IOException e) {
            return "";
        }
    }

    private Path fakeJava(String script) throws IOException {
        Path home = Files.createTempDirectory(directory, "java");
        Files.createDirectory(home.resolve("bin"));
        Path java = Files.writeString(home.resolve("bin/java"), script);
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
        return home;
    }

    private Result run(Map<String, String> environment, String... command) {
        return InstalledCopy.run(directory, java(environment), command);
    }

    private static Map<String, String> java(Map<String, String> environment) {
        Map<String, String> all = new HashMap<>(Map.of("JAVA_HOME", JAVA));
        all.putAll(environment);
        return all;
    }

    private static void assertVersion(Result result) {
        assertThat(result.err()).isEmpty();
        assertThat(result.out()).startsWith("Export Relay ");
        assertThat(result.exitCode()).isZero();
    }

    private static void assertRefused(Result result, String message) {
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.out()).isEmpty();
        assertThat(result.err().lines())
                .singleElement()
                .asString()
                .startsWith("export-relay: ")
                .contains(message);
    }
}
