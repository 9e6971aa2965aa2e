package org.exportrelay.check;

import io.quarkus.arc.All;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.camel.CamelContext;
import org.apache.camel.Endpoint;
import org.apache.camel.util.URISupport;
import org.exportrelay.api.ApiException;
import org.exportrelay.check.CheckResult.Status;
import org.exportrelay.config.Counts;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.SettingsException;
import org.exportrelay.destinations.Checkable;
import org.exportrelay.destinations.EndpointProbe;
import org.exportrelay.destinations.TestFile;
import org.exportrelay.ledger.DestinationState.Hold;
import org.exportrelay.ledger.DestinationSummaries;
import org.exportrelay.ledger.DestinationSummary;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.pgp.Encrypting;
import org.exportrelay.pgp.PgpKey;
import org.exportrelay.pgp.PgpKeys;
import org.exportrelay.routes.RouteCheck;
import org.exportrelay.routes.RouteFiles;

/**
 * Tries everything that the relay needs: disk, ledger, and all endpoints and PGP keys of the routes; reports the destinations that
 * do not work according to the ledger. Owns nothing, so that a relay may run beside it.
 */
@Singleton
public class RelayCheck {

    /** How long before the end of a PGP key: time to get the next one from a recipient. */
    private static final Duration KEY_WARNING = Duration.ofDays(30);

    private static final String KEY_HINT = "write the output of gpg --export into the file";

    private final CamelContext context;
    private final RelaySettings settings;
    private final List<EndpointProbe> probes;

    @Inject
    RelayCheck(CamelContext context, RelaySettings settings, @All List<EndpointProbe> probes) {
        this.context = context;
        this.settings = settings;
        this.probes = probes;
    }

    /**
     * Tries each thing once.
     *
     * @param files whose routes have no fault
     * @param results receives each result as soon as it is there
     */
    public void run(RouteFiles files, Consumer<CheckResult> results) {
        results.accept(
                attempt("disk", "free space on a disk that this user may write to, or set relay.data-dir", this::disk));
        CheckResult ledger = attempt(
                "ledger",
                "check relay.ledger.url, username and password",
                () -> LedgerDatabase.check(settings.ledger()));
        results.accept(ledger);
        if (ledger.status() == Status.OK) {
            remarkableDestinations().forEach(results);
        }
        new RouteCheck(context).visitTargets(files, new Visitor(results));
    }

    /** The destinations that do not work, as a relay has recorded them; none without a ledger of this version. */
    private List<CheckResult> remarkableDestinations() {
        try (LedgerDatabase database = LedgerDatabase.open(settings.ledger())) {
            Instant now = Instant.now();
            return new DestinationSummaries(database, Clock.systemUTC())
                    .all().stream()
                            .filter(DestinationSummary::isRemarkable)
                            .map(destination -> result(destination, now))
                            .toList();
        } catch (SettingsException notCreatedOrUpgradedYet) {
            return List.of();
        }
    }

    private static CheckResult result(DestinationSummary destination, Instant now) {
        String name = destination.name();
        Optional<Hold> hold = destination.state().hold();
        String hint = destination.lacksRoute()
                ? "add or start its route, or run 'retire " + name + "'"
                : hold.map(known -> known.action(name))
                        .orElse("fix the cause; to try it before the next probe, run 'retry " + name + "'");
        return new CheckResult(
                hold.isPresent() ? Status.NOT_TRIED : Status.FAILED,
                "exports:" + name,
                destination.condition(now) + "; " + Counts.waitingDeliveries(destination.waiting()) + "; " + hint);
    }

    private String disk() throws IOException {
        Path directory = settings.dataDir();
        TestFile.writeAndRemove(directory);
        FileStore store = Files.getFileStore(directory);
        return String.format(
                Locale.ROOT, "%s can be written, %.1f GB are free", directory, store.getUsableSpace() / 1e9);
    }

    private static CheckResult attempt(String subject, String hint, Attempt attempt) {
        try {
            return new CheckResult(Status.OK, subject, attempt.run());
        } catch (Exception e) {
            Status status = e instanceof ApiException ? Status.API_FAILED : Status.FAILED;
            return new CheckResult(status, subject, ProbeFailure.describe(e, hint));
        }
    }

    /** Tries what a route leads to; what several routes share is tried for each of them. */
    private final class Visitor implements RouteCheck.TargetVisitor {

        private final Consumer<CheckResult> results;
        private final Set<String> tried = new LinkedHashSet<>();
        private final Map<String, String> failures = new HashMap<>();

        Visitor(Consumer<CheckResult> results) {
            this.results = results;
        }

        @Override
        public void endpoint(String from, Endpoint target) {
            String uri = URISupport.sanitizeUri(target.getEndpointUri())
                    .replaceFirst("\\?.*", "")
                    // The path of a webhook may be a secret.
                    .replaceFirst("^(https?://[^/]*).*", "$1");
            // A route that direct: leads to has targets of its own.
            if (uri.startsWith("direct:") || !tried.add(from + uri)) {
                return;
            }
            String subject = from + " -> " + uri;
            accept(
                    from,
                    uri,
                    probes.stream()
                            .filter(probe -> probe.knows(target))
                            .findFirst()
                            .map(probe -> attempt(subject, probe.hint(), () -> probe.test(target)))
                            .orElse(new CheckResult(Status.NOT_TRIED, subject, "there is nothing to try here")));
        }

        @Override
        public void source(String from, Endpoint source) {
            if (source instanceof Encrypting encrypting) {
                encrypting.encryption().stream()
                        .flatMap(encryption -> encryption.keys().stream())
                        .forEach(keys -> accept(from, keys.file().toString(), tried(from, keys)));
            }
        }

        private static CheckResult tried(String from, PgpKeys keys) {
            Instant now = Instant.now();
            String subject = from + " -> PGP key file " + keys.file();
            CheckResult result = attempt(subject, KEY_HINT, () -> keys.use() + " " + owners(keys.usable(now)));
            CheckResult soon = attempt(subject, KEY_HINT, () -> owners(keys.usable(now.plus(KEY_WARNING))));
            return result.status() == Status.OK && soon.status() != Status.OK
                    ? new CheckResult(Status.WARNING, subject, soon.text())
                    : result;
        }

        private static String owners(List<PgpKey> keys) {
            return keys.stream()
                    .map(key -> key.owner()
                            + key.end()
                                    .map(end -> " until " + LocalDate.ofInstant(end, ZoneOffset.UTC))
                                    .orElse(""))
                    .collect(Collectors.joining(", "));
        }

        @Override
        public void bean(String from, Object bean) {
            if (bean instanceof Checkable checkable && tried.add(from + checkable.target())) {
                accept(
                        from,
                        checkable.target(),
                        attempt(from + " -> " + checkable.target(), checkable.hint(), checkable::test));
            }
        }

        /** The reason why a target failed is given once, however many routes lead there. */
        private void accept(String from, String target, CheckResult result) {
            String first = failures.putIfAbsent(target + " " + result.text(), from);
            boolean isRepeated = first != null && result.status() != Status.OK && result.status() != Status.NOT_TRIED;
            results.accept(
                    isRepeated
                            ? new CheckResult(result.status(), result.subject(), "the same failure as for " + first)
                            : result);
        }
    }

    @FunctionalInterface
    private interface Attempt {
        String run() throws Exception;
    }
}
