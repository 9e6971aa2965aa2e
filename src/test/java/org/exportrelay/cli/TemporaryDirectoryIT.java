package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.Postgres;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.exportrelay.testing.SmallDisk;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Directories for temporary files that cannot be used, beneath the packaged jar. */
class TemporaryDirectoryIT {

    private static final String JAVA = "java.io.tmpdir";
    private static final String SQLITE = "org.sqlite.tmpdir";

    @TempDir
    private Path directory;

    private Sandbox sandbox;

    @BeforeEach
    void start() {
        sandbox = Sandbox.start(SandboxOptions.defaults().withExports(0).withArrivalPeriod(Duration.ZERO));
        sandbox.addFinished("people_export", new SandboxFile("a.csv.gz", 10));
    }

    @AfterEach
    void stop() {
        sandbox.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"run", "run --sandbox", "once", "check", "validate", "status", "replay --dry-run"})
    void everyCommandRefusesADirectoryThatIsMissing(String command) {
        Path missing = directory.resolve("missing");
        Ended ended = relay(JAVA, missing).run(command.split(" "));
        assertRefused(ended, JAVA, missing, "cannot be written (No such file or directory)");
        assertThat(missing).as("root could create it").doesNotExist();
    }

    @Test
    void refusesAFileInItsPlace() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));
        assertRefused(relay(JAVA, file).run("once"), JAVA, file, "cannot be written (Not a directory)");
    }

    @Test
    void refusesADirectoryThatIsReadOnly() {
        try (SmallDisk disk = SmallDisk.mount(directory.resolve("tmp"), 8)) {
            disk.readOnly();
            Path path = directory.resolve("tmp");
            assertRefused(relay(JAVA, path).run("once"), JAVA, path, "cannot be written (Read-only file system)");
        }
    }

    @Test
    void refusesADirectoryThatIsFull() {
        try (SmallDisk disk = SmallDisk.mount(directory.resolve("tmp"), 2)) {
            disk.fill();
            Path path = directory.resolve("tmp");
            assertRefused(relay(JAVA, path).run("once"), JAVA, path, "has 0 bytes of free space");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {JAVA, SQLITE})
    void refusesADirectoryWithoutExecution(String property) {
        try (SmallDisk disk = SmallDisk.mount(directory.resolve("tmp"), 8)) {
            disk.noExecution();
            Path path = directory.resolve("tmp");
            assertRefused(relay(property, path).run("once"), property, path, "is mounted with noexec");
            assertThat(path).isEmptyDirectory();
        }
    }

    @Test
    void needsNoExecutionWhereSqliteHasADirectoryOfItsOwn() throws Exception {
        Path own = Files.createDirectory(directory.resolve("own"));
        try (SmallDisk disk = SmallDisk.mount(directory.resolve("tmp"), 8)) {
            disk.noExecution();
            Ended ended = relay(JAVA, directory.resolve("tmp"))
                    .withJava("-D" + SQLITE + "=" + own)
                    .run("once");
            assertThat(ended.exitCode()).as(ended.err()).isZero();
        }
    }

    @Test
    void needsNoExecutionWithALedgerOnPostgresql() throws Exception {
        try (EmbeddedPostgres postgres = Postgres.start();
                SmallDisk disk = SmallDisk.mount(directory.resolve("tmp"), 8)) {
            disk.noExecution();
            Ended ended =
                    relay(JAVA, directory.resolve("tmp")).withLedger(postgres).run("once");
            assertThat(ended.exitCode()).as(ended.err()).isZero();
        }
    }

    private RelayChild relay(String property, Path value) {
        return RelayChild.in(directory.resolve("relay")).at(sandbox).withJava("-D" + property + "=" + value);
    }

    private void assertRefused(Ended ended, String property, Path value, String rule) {
        assertThat(ended.exitCode()).as(ended.err()).isEqualTo(2);
        assertThat(ended.out()).isEmpty();
        assertThat(ended.err().lines())
                .singleElement()
                .asString()
                .startsWith(property + "=" + value + ": the directory for temporary files " + rule)
                .contains("set java -D" + property + "=DIRECTORY");
        assertThat(directory.resolve("relay/data")).doesNotExist();
    }
}
