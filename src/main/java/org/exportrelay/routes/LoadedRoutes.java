package org.exportrelay.routes;

import com.fasterxml.jackson.databind.JsonNode;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.exportrelay.ledger.EventKind;
import org.exportrelay.ledger.EventLog;
import org.exportrelay.ledger.Events;

/**
 * The route files as they are on disk, with what a check finds in them and since when this version of each runs. A check
 * takes a second, so its result is kept until a file changes. Thread-safe.
 */
@Singleton
public final class LoadedRoutes {

    private final CamelContext context;
    private final Events events;
    private List<RouteFile> checked = List.of();
    private RouteFindings findings = new RouteFindings(List.of(), Map.of());

    @Inject
    public LoadedRoutes(CamelContext context, Events events) {
        this.context = context;
        this.events = events;
    }

    /**
     * A route file.
     *
     * @param name in {@code routes/}
     * @param text its content, with secrets masked
     * @param digest SHA-256 of its content
     * @param isLoaded whether this version of it runs
     * @param loadedAt since when; null if it does not
     * @param destinations to which its routes deliver
     * @param findings faults and warnings
     */
    public record LoadedFile(
            String name,
            String text,
            String digest,
            boolean isLoaded,
            Instant loadedAt,
            Set<String> destinations,
            List<RouteFault> findings) {}

    /** By name. */
    public List<LoadedFile> files() {
        RouteFiles files = RouteFiles.inWorkingDirectory();
        List<RouteFile> read = files.read();
        RouteFindings found = check(files, read);
        Map<String, Version> versions = versions();
        List<LoadedFile> loaded = new ArrayList<>(read.stream()
                .map(file -> loaded(file, found, versions.get(file.name())))
                .toList());
        found.faults().stream()
                .map(RouteFault::file)
                .distinct()
                .filter(path -> !path.equals(files.directory())
                        && read.stream().noneMatch(file -> file.path().equals(path)))
                .map(path -> loaded(new RouteFile(path, "", null), found, null))
                .forEach(loaded::add);
        return loaded.stream().sorted(Comparator.comparing(LoadedFile::name)).toList();
    }

    private synchronized RouteFindings check(RouteFiles files, List<RouteFile> read) {
        List<RouteFile> now = Stream.concat(
                        read.stream(), files.notLoaded().stream().map(fault -> new RouteFile(fault.file(), "", "")))
                .toList();
        if (!now.equals(checked)) {
            findings = new RouteCheck(context).check(files);
            checked = now;
        }
        return findings;
    }

    private static LoadedFile loaded(RouteFile file, RouteFindings found, Version version) {
        String digest = RouteHistory.digest(file);
        boolean runs = version != null && version.digest().equals(digest);
        Path path = file.path();
        return new LoadedFile(
                file.name(),
                MaskedRoute.of(file.text()),
                digest,
                runs,
                runs ? version.at() : null,
                new TreeSet<>(found.destinations(path)),
                found.faults().stream()
                        .filter(fault -> fault.file().equals(path))
                        .toList());
    }

    /** The version of each file that was recorded last; these events are few. */
    private Map<String, Version> versions() {
        Map<String, Version> versions = new HashMap<>();
        events.forEach(new Events.Choice(null, null, List.of(EventKind.ROUTE_CHANGED.text()), null, 0), event -> {
            JsonNode detail = EventLog.parse(event.detail());
            versions.putIfAbsent(
                    detail.path("file").asText(),
                    new Version(detail.path("digest").asText(), event.at()));
        });
        return versions;
    }

    private record Version(String digest, Instant at) {}
}
