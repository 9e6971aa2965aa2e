package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.exportrelay.config.FileNameEncoding;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxExport;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.LocalServer;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.exportrelay.testing.SftpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The packaged jar in a locale whose file names have ASCII only, as under cron or in a bare container. */
class LocaleIT {

    private static final String ACTION = "restart with the environment variable LANG=C.UTF-8";

    @TempDir
    private Path directory;

    private Sandbox sandbox;

    @BeforeEach
    void start() {
        assumeTrue(FileNameEncoding.isUnicode(), "the test itself needs a UTF-8 locale");
        sandbox = Sandbox.start(SandboxOptions.defaults().withExports(0).withArrivalPeriod(Duration.ZERO));
    }

    @AfterEach
    void stop() {
        sandbox.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"C", "POSIX", ""})
    void parksANameBeyondAsciiAndDeliversItInAUtf8Locale(String locale) {
        SandboxExport plain = sandbox.addFinished("people_export", new SandboxFile("a.csv.gz", 10));
        SandboxExport umlaut = sandbox.addFinished("people_export", new SandboxFile("Zürich.csv.gz", 10));
        SandboxExport chinese = sandbox.addFinished("people_export", new SandboxFile("世界.csv.gz", 10));
        RelayChild relay = relay().with("lc.all", locale);
        Ended ended = relay.run("once");
        assertThat(ended.exitCode()).as(ended.err()).isEqualTo(1);
        assertThat(ended.err().lines().filter(line -> line.contains("WARN") && line.contains(ACTION)))
                .singleElement()
                .asString()
                .contains("sun.jnu.encoding=ANSI_X3.4-1968 is not UTF-8");
        assertThat(ended.err().lines().filter(line -> line.contains("parked after attempt 1")))
                .hasSize(2)
                .allSatisfy(line -> assertThat(line).contains(ACTION, ", then replay; "));
        assertThat(relay.archived()).containsExactly(relay.archive().resolve("a." + plain.id() + ".csv.gz"));

        relay.with("lc.all", "C.UTF-8").run("replay");
        Ended repeated = relay.run("once");
        assertThat(repeated.exitCode()).as(repeated.err()).isZero();
        assertThat(repeated.err()).doesNotContain("sun.jnu.encoding");
        assertThat(relay.archived()).hasSize(3);
        assertThat(relay.archive().resolve("Zürich." + umlaut.id() + ".csv.gz"))
                .hasBinaryContent(sandbox.content(umlaut.id(), 0));
        assertThat(relay.archive().resolve("世界." + chinese.id() + ".csv.gz"))
                .hasBinaryContent(sandbox.content(chinese.id(), 0));
    }

    @Test
    void parksWhatARouteWithoutTemporaryNamesWouldWriteUnderAnotherName() throws Exception {
        sandbox.addFinished("people_export", new SandboxFile("Zürich.csv.gz", 10));
        RelayChild relay = relay().with("lc.all", "C");
        Path route = relay.directory().resolve("routes/deliver-to-file.camel.yaml");
        Files.writeString(route, Files.readString(route).replaceAll("(?m)^ +tempFileName: .*\n", ""));
        Ended ended = relay.run("once");
        assertThat(ended.exitCode()).as(ended.err()).isEqualTo(1);
        assertThat(ended.err()).contains(ACTION);
        assertThat(relay.archived()).isEmpty();
    }

    @Test
    void sendsCharactersBeyondAsciiToServersUnchanged() throws Exception {
        SandboxExport export = sandbox.addFinished("people_export", new SandboxFile("Zürich 世界.csv.gz", 10));
        try (LocalServer partner = new LocalServer();
                SftpServer sftp = new SftpServer(directory.resolve("server"))) {
            sftp.start();
            partner.answer("/", LocalServer.body(200, "text/plain", "ok"));
            RelayChild relay = relay().with("lc.all", "C")
                    .without("deliver-to-file")
                    .withExample("deliver-to-webhook")
                    .withExample("deliver-to-sftp")
                    .with("webhook.url", partner.url("/links"))
                    .with("webhook.secret", "whsec_czNjcmV0LTAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5")
                    .with("webhook.timeout", "5s")
                    .withSftp(sftp.port(), "inbox");
            Files.writeString(
                    relay.directory().resolve("routes/greet.camel.yaml"),
                    """
                    - route:
                        id: greet
                        from:
                          uri: exports:greet
                          parameters:
                            payload: link
                          steps:
                            - setBody:
                                simple:
                                  expression: "Grüße 世界 😀: ${header.CamelFileName}"
                            - to:
                                uri: %s
                    """
                            .formatted(partner.url("/text")));
            assertThat(relay.run("trust", sftp.url(), "--fingerprint", sftp.fingerprint())
                            .exitCode())
                    .isZero();
            Ended ended = relay.run("once");
            assertThat(ended.exitCode()).as(ended.err()).isZero();
            String name = "Zürich 世界." + export.id() + ".csv.gz";
            assertThat(sftp.names("inbox")).containsExactly(name);
            assertThat(partner.requests())
                    .extracting(request -> new String(request.body(), StandardCharsets.UTF_8))
                    .anyMatch(body -> body.contains("Zürich 世界.csv.gz\""))
                    .contains("Grüße 世界 😀: " + name);
            assertThat(relay.run("status", "--json").out()).contains("Z\\u00FCrich \\u4E16\\u754C.csv.gz");
        }
    }

    @Test
    void createsNoOtherDirectoryThanTheOneOfTheSettings() throws Exception {
        sandbox.addFinished("people_export", new SandboxFile("a.csv.gz", 10));
        RelayChild relay = relay().with("lc.all", "C");
        Files.writeString(relay.directory().resolve("application.properties"), "archive.directory=Prüfung/archiv\n");
        assertThat(relay.run("check").out()).contains("FAIL  exports:archive").contains(ACTION);
        Ended ended = relay.run("once");
        assertThat(ended.exitCode()).as(ended.err()).isEqualTo(1);
        assertThat(ended.err()).contains("Pr?fung").contains(ACTION);
        assertThat(relay.directory().resolve("Pr?fung")).doesNotExist();
    }

    @Test
    void explainsASettingThatNamesAFileBeyondAscii() throws Exception {
        RelayChild relay = relay().with("lc.all", "C");
        Files.writeString(relay.directory().resolve("application.properties"), "relay.data-dir=Prüfung\n");
        assertRefused(relay.run("once"), "relay.data-dir=Pr?fung: cannot be a file name");
    }

    @Test
    void explainsARouteFileThatCannotBeRead() throws Exception {
        RelayChild relay = relay().with("lc.all", "C");
        Path routes = relay.directory().resolve("routes");
        Files.move(routes.resolve("deliver-to-file.camel.yaml"), routes.resolve("für-alle.camel.yaml"));
        Ended validated = relay.run("validate");
        assertThat(validated.exitCode()).isEqualTo(2);
        assertThat(validated.out())
                .contains("r-alle.camel.yaml:1: this name cannot be a file name")
                .contains(ACTION);
        assertRefused(relay.run("run"), "routes/f");
    }

    @Test
    void explainsAWorkingDirectoryThatCannotBeUsed() {
        RelayChild relay =
                RelayChild.in(directory.resolve("Prüfung")).at(sandbox).with("lc.all", "C");
        for (String command : new String[] {"run", "once", "validate", "status"}) {
            assertRefused(relay.run(command), "the working directory ");
        }
    }

    private RelayChild relay() {
        return RelayChild.in(directory.resolve("relay")).at(sandbox).with("lang", "");
    }

    private static void assertRefused(Ended ended, String start) {
        assertThat(ended.exitCode()).as(ended.err()).isEqualTo(2);
        assertThat(ended.err().lines().filter(line -> !line.contains("WARN")))
                .singleElement()
                .asString()
                .startsWith(start)
                .contains(ACTION);
    }
}
