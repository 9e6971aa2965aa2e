package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Running;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Edits of route files while the packaged jar runs. */
class ReloadIT {

    private static final Duration IN_TIME = Duration.ofSeconds(5);

    @TempDir
    private Path directory;

    @Test
    void takesInEditsInTimeAndKeepsWhatRunsThroughAFault() throws Exception {
        try (Sandbox sandbox = Sandbox.start(quiet(0))) {
            sandbox.addFinished("properties_export", new SandboxFile("early.csv.gz", 10));
            RelayChild relay = RelayChild.in(directory).at(sandbox).with("relay.poll.period", "1s");
            Path file = directory.resolve("routes/crm.camel.yaml");
            Running running = relay.start("run");
            try {
                awaitOutput(running, "delivering to archive", Duration.ofSeconds(30));
                Files.writeString(file, crm("exports:crm", "crm"));
                awaitOutput(running, "routes: crm.camel.yaml added", IN_TIME);
                awaitOutput(running, "exports:crm: delivered", IN_TIME);

                Files.writeString(file, crm("exports:crm", "crm").replace("file:", "flie:"));
                awaitOutput(running, "routes/crm.camel.yaml:8: there is no component flie", IN_TIME);
                Files.writeString(file, crm("exports:crm", "crm").replace("file:", "google-storage:"));
                awaitOutput(running, "routes/crm.camel.yaml:8: this program does not have the component", IN_TIME);
                awaitOutput(running, "add camel-quarkus-google-storage and build it again", IN_TIME);
                sandbox.addFinished("properties_export", new SandboxFile("late.csv.gz", 10));
                await().atMost(Duration.ofSeconds(10)).until(() -> count(running, "exports:crm: delivered") == 2);

                Files.writeString(file, crm("exports:crm", "{{crm.directory}}"));
                awaitOutput(running, "set crm.directory in application.properties, which is read at start", IN_TIME);
                Files.writeString(file, crm("exports:crm2", "crm"));
                awaitOutput(running, "routes: crm.camel.yaml reloaded", IN_TIME);
                awaitOutput(running, "exports:crm: no route delivers there any more", IN_TIME);
                awaitOutput(running, "exports:crm2: delivered", IN_TIME);
                Files.delete(file);
                awaitOutput(running, "routes: crm.camel.yaml removed", IN_TIME);
                assertThat(running.output())
                        .containsOnlyOnce("there is no component flie")
                        .containsOnlyOnce("set crm.directory")
                        .doesNotContain("\tat ")
                        .doesNotContain("poll: reading the API's answer failed");
            } finally {
                assertThat(running.stop().exitCode()).isZero();
            }
        }
    }

    @Test
    void warnsOnceOfFilesThatAreNotLoadedAndOfRepeatedKeysAtStartAndAtReload() throws Exception {
        try (Sandbox sandbox = Sandbox.start(quiet(0))) {
            RelayChild relay = RelayChild.in(directory).at(sandbox);
            Path routes = directory.resolve("routes");
            Files.writeString(
                    routes.resolve("early.yml"), crm("exports:early", "early").replace("id: crm", "id: early"));
            String twice = "    description: x\n".repeat(2);
            Files.writeString(routes.resolve("twice.camel.yaml"), crm("exports:twice", "twice") + twice);
            Running running = relay.start("run");
            try {
                awaitOutput(running, "delivering to archive, twice", Duration.ofSeconds(30));
                Files.writeString(
                        routes.resolve("late.camel.yml"),
                        crm("exports:late", "late").replace("id: crm", "id: late"));
                awaitOutput(running, "routes/late.camel.yml:1: warning: not loaded", IN_TIME);
                Files.writeString(
                        routes.resolve("again.camel.yaml"),
                        crm("exports:again", "again").replace("id: crm", "id: again") + twice);
                awaitOutput(running, "routes/again.camel.yaml:", IN_TIME);
                Files.move(routes.resolve("late.camel.yml"), routes.resolve("late.camel.yaml"));
                awaitOutput(running, "routes: late.camel.yaml added", IN_TIME);
            } finally {
                assertThat(running.stop().exitCode()).isZero();
            }
            assertThat(running.output())
                    .containsOnlyOnce("routes/early.yml:1: warning: not loaded")
                    .containsOnlyOnce("routes/late.camel.yml:1: warning: not loaded")
                    .containsOnlyOnce("routes/twice.camel.yaml:")
                    .containsOnlyOnce("routes/again.camel.yaml:");
        }
    }

    @Test
    void neitherLosesNorRepeatsADeliveryHoweverOftenItsFileIsEdited() throws Exception {
        try (Sandbox sandbox = Sandbox.start(quiet(100))) {
            RelayChild relay = RelayChild.in(directory).at(sandbox);
            Path file = directory.resolve("routes/deliver-to-file.camel.yaml");
            String shipped = Files.readString(file);
            String slow = slow(shipped, "250");
            Files.writeString(file, slow);
            Running running = relay.start("run");
            try {
                awaitOutput(running, "exports:archive: delivered", Duration.ofSeconds(30));
                for (int edit = 0; edit < 4; edit++) {
                    int reloads = edit;
                    Files.writeString(file, slow + "# edit " + edit + "\n");
                    await().atMost(IN_TIME)
                            .until(() -> count(running, "deliver-to-file.camel.yaml reloaded") > reloads);
                }
                Files.move(file, directory.resolve("routes/renamed.camel.yaml"));
                awaitOutput(running, "routes: renamed.camel.yaml added", IN_TIME);
                Files.writeString(directory.resolve("routes/renamed.camel.yaml"), shipped);
                long files = sandbox.exports().stream()
                        .filter(export -> !export.failed())
                        .mapToLong(export -> export.files().size())
                        .sum();
                await().atMost(Duration.ofSeconds(90))
                        .until(() -> relay.archived().size() == files);
                await().atMost(IN_TIME).until(() -> count(running, "exports:archive: delivered") == files);
                assertThat(relay.ledger()
                                .number("SELECT count(*) FROM delivery WHERE state = 'delivered' AND attempts = 1"))
                        .as("%s", running.output())
                        .isEqualTo(files);
                assertThat(relay.ledger().number("SELECT count(*) FROM delivery"))
                        .isEqualTo(files);
                assertThat(sandbox.downloads()).isEqualTo(files);
            } finally {
                assertThat(running.stop().exitCode()).isZero();
            }
        }
    }

    @Test
    void handsBackWhatAnEditedRouteDoesNotFinishAndLeavesFilesAloneWhereReloadIsOff() throws Exception {
        try (Sandbox sandbox = Sandbox.start(quiet(0))) {
            sandbox.addFinished("properties_export", new SandboxFile("a.csv.gz", 10), new SandboxFile("b.csv.gz", 10));
            RelayChild relay = RelayChild.in(directory).at(sandbox).with("relay.shutdown-timeout", "2s");
            Path file = directory.resolve("routes/deliver-to-file.camel.yaml");
            String shipped = Files.readString(file);
            Files.writeString(file, slow(shipped, "600000"));
            Running running = relay.start("run");
            try {
                awaitInProgress(relay);
                Files.writeString(file, shipped);
                awaitOutput(
                        running, "they are interrupted, and retried unless they still succeed", Duration.ofSeconds(10));
                await().atMost(Duration.ofSeconds(15))
                        .until(() ->
                                relay.ledger().number("SELECT count(*) FROM delivery WHERE state <> 'delivered'") == 0);
                assertThat(relay.ledger().number("SELECT max(attempts) FROM delivery"))
                        .isEqualTo(1);
            } finally {
                assertThat(running.stop().exitCode()).isZero();
            }
            Running off = relay.with("relay.routes.reload", "false").start("run");
            try {
                awaitOutput(off, "delivering to archive", Duration.ofSeconds(30));
                Files.delete(file);
                await().during(IN_TIME).atMost(IN_TIME.multipliedBy(2)).until(() -> !off.output()
                        .contains("routes: "));
            } finally {
                assertThat(off.stop().exitCode()).isZero();
            }
        }
    }

    private void awaitInProgress(RelayChild relay) {
        await().atMost(Duration.ofSeconds(30))
                .ignoreExceptions()
                .until(() -> relay.ledger().number("SELECT count(*) FROM delivery WHERE state = 'in_progress'") == 2);
    }

    private static void awaitOutput(Running running, String text, Duration atMost) {
        await(text).atMost(atMost).until(() -> running.output().contains(text));
    }

    private static long count(Running running, String text) {
        return running.output().lines().filter(line -> line.contains(text)).count();
    }

    private static String slow(String route, String millis) {
        return route.replace(
                "      steps:\n",
                """
                      steps:
                        - delay:
                            expression:
                              constant:
                                expression: "%s"
                """
                        .formatted(millis));
    }

    private static String crm(String uri, String to) {
        return """
                - route:
                    id: crm
                    from:
                      uri: %s
                      parameters:
                        payload: file
                      steps:
                        - to:
                            uri: "file:%s"
                            parameters:
                              tempFileName: ".${header.ExportDeliveryId}.${header.ExportAttempt}.part"
                              fileExist: TryRename
                """
                .formatted(uri, to);
    }

    private static SandboxOptions quiet(int exports) {
        return SandboxOptions.defaults()
                .withArrivalPeriod(Duration.ZERO)
                .withSeed(21)
                .withExports(exports)
                .withMaxRecords(200);
    }
}
