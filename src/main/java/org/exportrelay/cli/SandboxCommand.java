package org.exportrelay.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.exportrelay.config.Settings;
import org.exportrelay.sandbox.Sandbox;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import sun.misc.Signal;

/** {@code sandbox}. */
@Command(
        name = "sandbox",
        description = "Serves the simulated API alone, on 127.0.0.1, until stopped; prints its URL and key.",
        mixinStandardHelpOptions = true)
public final class SandboxCommand implements Callable<Integer> {

    @Option(names = "--port", defaultValue = "0", description = "Port of the API; 0, the default, takes a free one.")
    private int port;

    @Option(
            names = "--exports",
            defaultValue = "12",
            description = "Finished exports to begin with (default: ${DEFAULT-VALUE}).")
    private int exports;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(1);
        Signal.handle(new Signal("TERM"), signal -> ended.countDown());
        Signal.handle(new Signal("INT"), signal -> ended.countDown());
        try (Sandbox sandbox = SandboxHost.start(
                SandboxHost.options(Settings.load().sandbox()).withPort(port).withExports(exports))) {
            PrintWriter out = spec.commandLine().getOut();
            out.println("relay.api.url=" + sandbox.apiUrl());
            out.println("relay.api.key=" + sandbox.key());
            out.println("relay.download.allowed-hosts=" + sandbox.storeUrl().getAuthority());
            out.flush();
            ended.await();
        }
        return RelayProcess.DELIVERED;
    }
}
