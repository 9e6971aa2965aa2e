package org.exportrelay.cli;

import io.quarkus.runtime.Quarkus;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.exportrelay.config.ConsoleAuth;
import org.exportrelay.config.Durations;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.Settings;
import org.exportrelay.log.LogEvent;
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
        TemporaryDirectory.check(settings.ledger());
        if (sandbox) {
            try (SandboxHost host = SandboxHost.startAndPointTo(settings)) {
                return run(settings);
            }
        }
        Settings.requireKey(settings);
        return run(settings);
    }

    private static int run(RelaySettings settings) {
        // In dev mode, Quarkus handles signals.
        if (!Settings.isDevMode()) {
            stopOnSignals(settings);
        }
        // Only then does Quarkus contact the OpenID Connect provider, however it is set.
        boolean hasLogin = settings.console().enabled() && settings.console().auth() == ConsoleAuth.OIDC;
        System.setProperty("quarkus.oidc.tenant-enabled", Boolean.toString(hasLogin));
        return RelayProcess.run(RunApplication.class, false);
    }

    private static void stopOnSignals(RelaySettings settings) {
        AtomicBoolean stopping = new AtomicBoolean();
        SignalHandler stop = signal -> {
            if (!stopping.compareAndSet(false, true)) {
                return;
            }
            LogEvent.RELAY_STOPPING
                    .on(LOG)
                    .infof(
                            "SIG%s: stopping; deliveries in flight that do not finish within relay.shutdown-timeout=%s are"
                                    + " released and retried after the next start",
                            signal.getName(), Durations.text(settings.shutdownTimeout()));
            StopDeadline.begin(settings.shutdownTimeout(), RelayProcess.DELIVERED);
            Quarkus.asyncExit(RelayProcess.DELIVERED);
        };
        Signal.handle(new Signal("TERM"), stop);
        Signal.handle(new Signal("INT"), stop);
    }
}
