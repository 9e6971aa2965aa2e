package org.exportrelay.cli;

import io.quarkus.runtime.Quarkus;
import java.util.concurrent.Callable;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.Settings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import sun.misc.Signal;

/** {@code run}. */
@Command(name = "run", description = "Polls and delivers until stopped.", mixinStandardHelpOptions = true)
public final class RunCommand implements Callable<Integer> {

    @Option(
            names = "--sandbox",
            description = "Run against a simulated API in this process: no key, no network. Keeps its"
                    + " own ledger and archive in data/sandbox.")
    private boolean sandbox;

    @Override
    public Integer call() {
        RelaySettings settings = Settings.load();
        if (sandbox) {
            SandboxHost.startAndPointTo(settings);
        } else {
            Settings.requireKey(settings);
        }
        Signal.handle(new Signal("TERM"), signal -> Quarkus.asyncExit(RelayProcess.DELIVERED));
        Signal.handle(new Signal("INT"), signal -> Quarkus.asyncExit(RelayProcess.DELIVERED));
        return RelayProcess.run(RunApplication.class, false);
    }
}
