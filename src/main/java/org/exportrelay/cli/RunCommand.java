package org.exportrelay.cli;

import io.quarkus.runtime.Quarkus;
import java.util.concurrent.Callable;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.Settings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import sun.misc.Signal;
import sun.misc.SignalHandler;

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
        SignalHandler stop = signal -> {
            StopDeadline.begin(settings.shutdownTimeout(), RelayProcess.DELIVERED);
            Quarkus.asyncExit(RelayProcess.DELIVERED);
        };
        Signal.handle(new Signal("TERM"), stop);
        Signal.handle(new Signal("INT"), stop);
        return RelayProcess.run(RunApplication.class, false);
    }
}
