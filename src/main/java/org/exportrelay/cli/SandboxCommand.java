package org.exportrelay.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.exportrelay.config.Settings;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sun.misc.Signal;

/** {@code sandbox}. */
@Command(
        name = "sandbox",
        description = {
            "Serves the simulated API alone, on 127.0.0.1, until stopped; prints the settings that connect to it.",
            "The same --port and --seed give the same key, store port and exports at every start."
        },
        mixinStandardHelpOptions = true)
public final class SandboxCommand implements Callable<Integer> {

    @Option(
            names = "--port",
            defaultValue = "0",
            description = "Port of the API; the store takes the next one. 0, the default: two free ports.")
    private int port;

    @Option(
            names = "--seed",
            description = "Any whole number; determines the key and the exports. Default: relay.sandbox.seed,"
                    + " otherwise a new one at every start.")
    private Long seed;

    @Option(
            names = "--exports",
            defaultValue = "12",
            description = "Finished exports at start (default: ${DEFAULT-VALUE}).")
    private int exports;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        SandboxOptions options = options();
        CountDownLatch ended = new CountDownLatch(1);
        Signal.handle(new Signal("TERM"), signal -> ended.countDown());
        Signal.handle(new Signal("INT"), signal -> ended.countDown());
        try (Sandbox sandbox = SandboxHost.start(options)) {
            PrintWriter out = spec.commandLine().getOut();
            out.println("relay.api.url=" + sandbox.apiUrl());
            out.println("relay.api.key=" + sandbox.key());
            out.println("relay.download.allowed-hosts=" + sandbox.storeUrl().getAuthority());
            out.println("# An OAuth token is accepted as well: " + sandbox.oauthToken());
            out.println("# The same key and exports again: sandbox --port "
                    + sandbox.apiUrl().getPort() + " --seed " + options.seed());
            out.flush();
            ended.await();
        }
        return RelayProcess.DELIVERED;
    }

    /**
     * @throws ParameterException if an option is outside its range
     */
    private SandboxOptions options() {
        SandboxOptions configured = SandboxHost.options(Settings.load().sandbox());
        try {
            return configured.withPort(port).withExports(exports).withSeed(seed == null ? configured.seed() : seed);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }
}
