package org.exportrelay.routes;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import org.apache.camel.CamelContext;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.RouteReloadMode;
import org.exportrelay.routes.LoadedRoutes.LoadedFile;

/**
 * The route files that a running relay does not load before an operator has confirmed them, and the confirmation. The
 * instance that confirms need not be the one that loads: the ledger has the confirmation. Thread-safe.
 */
@Singleton
public final class WaitingRoutes {

    private final CamelContext context;
    private final LoadedRoutes loaded;
    private final RouteConfirmation confirmation;
    private final boolean isOn;
    private List<RouteFile> checked = List.of();
    private List<PlannedDestination> destinations = List.of();

    @Inject
    public WaitingRoutes(
            CamelContext context, LoadedRoutes loaded, RouteConfirmation confirmation, RelaySettings settings) {
        this.context = context;
        this.loaded = loaded;
        this.confirmation = confirmation;
        this.isOn = settings.routes().reload() == RouteReloadMode.CONFIRM;
    }

    /**
     * A file that waits.
     *
     * @param name in {@code routes/}
     * @param digest of the version that waits
     * @param reasons one line for each new destination
     */
    public record WaitingFile(String name, String digest, List<String> reasons) {}

    /** By name; none unless {@code relay.routes.reload=confirm}. */
    public List<WaitingFile> files() {
        if (!isOn) {
            return List.of();
        }
        List<String> sound = loaded.files().stream()
                .filter(file -> !file.isLoaded() && file.findings().stream().noneMatch(RouteFault::stops))
                .map(LoadedFile::digest)
                .toList();
        List<RouteFile> read = RouteFiles.inWorkingDirectory().read();
        return read.stream()
                .filter(file -> sound.contains(RouteHistory.digest(file)))
                .map(file -> waiting(file, read))
                .filter(file -> !file.reasons().isEmpty())
                .toList();
    }

    private WaitingFile waiting(RouteFile file, List<RouteFile> read) {
        return new WaitingFile(
                file.name(),
                RouteHistory.digest(file),
                confirmation.held(file, destinations(read)).stream()
                        .map(RouteFault::message)
                        .toList());
    }

    /** To load the files takes a second, so the result is kept until a file changes. */
    private synchronized List<PlannedDestination> destinations(List<RouteFile> read) {
        if (!read.equals(checked)) {
            destinations = new RouteCheck(context).destinations(read);
            checked = read;
        }
        return destinations;
    }

    /**
     * Confirms a file as the operator has seen it.
     *
     * @param digest of that version
     * @return false if no such version waits; nothing is confirmed then
     */
    public boolean confirm(String name, String digest, String actor) {
        boolean waits = files().stream()
                .anyMatch(file -> file.name().equals(name) && file.digest().equals(digest));
        Optional<RouteFile> version = RouteFiles.inWorkingDirectory().read().stream()
                .filter(file -> waits
                        && file.name().equals(name)
                        && RouteHistory.digest(file).equals(digest))
                .findFirst();
        version.ifPresent(file -> confirmation.confirm(List.of(file), actor));
        return version.isPresent();
    }
}
