package org.exportrelay.cli;

import io.quarkus.arc.All;
import io.quarkus.runtime.QuarkusApplication;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.apache.camel.CamelContext;
import org.apache.camel.Endpoint;
import org.apache.camel.util.URISupport;
import org.exportrelay.api.ApiException;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.delivery.FailureClassifier;
import org.exportrelay.destinations.Checkable;
import org.exportrelay.destinations.EndpointProbe;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.routes.RouteCheck;
import org.exportrelay.routes.RouteFault;
import org.exportrelay.routes.RouteFiles;

/** Tries everything that the relay needs, a line each. Owns nothing, so that a relay may run beside it. */
@Singleton
public class CheckApplication implements QuarkusApplication, RouteCheck.TargetVisitor {

    private final CamelContext context;
    private final RelaySettings settings;
    private final List<EndpointProbe> probes;
    private final Set<String> tried = new LinkedHashSet<>();
    private boolean apiFailed;
    private boolean anyFailed;

    @Inject
    CheckApplication(CamelContext context, RelaySettings settings, @All List<EndpointProbe> probes) {
        this.context = context;
        this.settings = settings;
        this.probes = probes;
    }

    @Override
    public int run(String... args) {
        RouteFiles files = RouteFiles.inWorkingDirectory();
        RouteCheck check = new RouteCheck(context);
        List<RouteFault> faults =
                check.check(files).faults().stream().filter(RouteFault::stops).toList();
        if (!faults.isEmpty()) {
            faults.forEach(System.out::println);
            return RelayProcess.WRONG;
        }
        attempt("disk", "free space on a disk that this user may write to, or set relay.data-dir", this::disk);
        attempt("ledger", "see that relay.ledger.url, username and password are right", this::ledger);
        check.visitTargets(files, this);
        return apiFailed ? RelayProcess.NO_API : anyFailed ? RelayProcess.NOT_DELIVERED : RelayProcess.DELIVERED;
    }

    @Override
    public void endpoint(String from, Endpoint target) {
        String uri = URISupport.sanitizeUri(target.getEndpointUri())
                .replaceFirst("\\?.*", "")
                // The path of a webhook may be a secret.
                .replaceFirst("^(https?://[^/]*).*", "$1");
        // Where direct: leads to is a route of its own, with targets of its own.
        if (uri.startsWith("direct:") || !tried.add(from + uri)) {
            return;
        }
        Optional<EndpointProbe> probe =
                probes.stream().filter(candidate -> candidate.knows(target)).findFirst();
        if (probe.isPresent()) {
            attempt(from + " -> " + uri, probe.get().remedy(), () -> probe.get().tryOut(target));
        } else {
            System.out.printf("-     %s -> %s: there is nothing to try here%n", from, uri);
        }
    }

    @Override
    public void bean(String from, Object bean) {
        if (bean instanceof Checkable checkable && tried.add(from + checkable.target())) {
            attempt(from + " -> " + checkable.target(), checkable.remedy(), checkable::tryOut);
        }
    }

    private String disk() throws IOException {
        Path directory = settings.dataDir();
        Files.createDirectories(directory);
        Files.delete(Files.createTempFile(directory, ".export-relay-check-", ""));
        FileStore store = Files.getFileStore(directory);
        return String.format(
                Locale.ROOT, "%s can be written, %.1f GB are free", directory, store.getUsableSpace() / 1e9);
    }

    private String ledger() {
        try (LedgerDatabase database = LedgerDatabase.open(settings.ledger())) {
            return settings.ledger().url().replaceFirst("\\?.*", "") + " can be read and has the right tables";
        }
    }

    private void attempt(String what, String remedy, Attempt attempt) {
        try {
            System.out.printf("ok    %s: %s%n", what, attempt.run());
        } catch (Exception e) {
            anyFailed = true;
            apiFailed |= e instanceof ApiException;
            System.out.printf("FAIL  %s: %s; %s%n", what, FailureClassifier.reason(e), remedy);
        }
    }

    @FunctionalInterface
    private interface Attempt {
        String run() throws Exception;
    }
}
