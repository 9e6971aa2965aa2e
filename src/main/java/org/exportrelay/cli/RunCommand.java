package org.exportrelay.cli;

import io.quarkus.runtime.Quarkus;
import java.util.concurrent.Callable;
import org.exportrelay.config.Durations;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.Settings;
import org.jboss.logging.Logger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/** {@code run}. */
@Command(name = "run", description = "Polls and delivers until stopped.", mixinStandardHelpOptions = true)
public final class RunCommand implements Callable<Integer> {

    private static final Logger LOG = Logger.getLogger("org.exportrelay");

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
            LOG.infof(
                    "SIG%s: stopping; deliveries in flight have %s to finish (relay.shutdown-timeout=%s)",
                    signal.getName(),
                    Durations.text(StopDeadline.forDeliveries(settings.shutdownTimeout())),
                    Durations.text(settings.shutdownTimeout()));
            StopDeadline.begin(settings.shutdownTimeout(), RelayProcess.DELIVERED);
            Quarkus.asyncExit(RelayProcess.DELIVERED);
        };
        Signal.handle(new Signal("TERM"), stop);
        Signal.handle(new Signal("INT"), stop);
        int exitCode = RelayProcess.run(RunApplication.class, false);
        LOG.infof("Export Relay stopped with exit code %d", exitCode);
        return exitCode;
    }
}
