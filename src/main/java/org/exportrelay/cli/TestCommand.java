package org.exportrelay.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.Settings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code test}. */
@Command(
        name = "test",
        description = {
            "Runs the tests of routes: all routes/*.test.yaml, or those that you name.",
            "Needs no API key and no server: a simulated API in this process lists the exports of each test, recorders"
                    + " take the place of the endpoints, and a temporary ledger that of the real one."
        },
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Exit codes: 0 all passed, or the guarantees are kept; 1 some failed, or they are not; 2 wrong usage, or a test file or"
                    + " a route has a fault."
        })
public final class TestCommand implements Callable<Integer> {

    private static final String SCHEMA = "/META-INF/export-relay/route-test.schema.json";

    @Mixin
    private TestOptions options;

    @Option(names = "--schema", description = "Print the JSON schema of test files, for editors, and end.")
    private boolean schema;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        if (schema) {
            PrintWriter out = spec.commandLine().getOut();
            out.print(schema());
            out.flush();
            return RelayProcess.DELIVERED;
        }
        options.check(spec.commandLine());
        RelaySettings settings = Settings.load();
        TemporaryDirectory.check(settings.ledger());
        if (!options.hasLog()) {
            System.setProperty("quarkus.log.console.enabled", "false");
        }
        if (options.round().isPresent()) {
            return RelayProcess.run(GuaranteesApplication.class, true, options.arguments());
        }
        try (TestSandbox sandbox = TestSandbox.startAndPointTo()) {
            return RelayProcess.run(
                    options.guarantees().isPresent() ? GuaranteesApplication.class : TestApplication.class,
                    true,
                    options.arguments());
        }
    }

    static String schema() throws IOException {
        try (InputStream in = TestCommand.class.getResourceAsStream(SCHEMA)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
