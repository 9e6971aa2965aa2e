package org.exportrelay.routes;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The edits that can be loaded although some files wait. A destination or route that a file drops and a waiting one takes
 * over is moving there, and must not stop meanwhile: the running version of the file that drops it stays. For one thread.
 */
final class LoadableEdits {

    /** What a faulty file waits for. */
    static final String FIXED = "is fixed";
    /** What a file with many deliveries of the past waits for. */
    static final String CONFIRMED = "is confirmed";

    private final RunningRoutes running;
    private final Function<List<RouteFile>, RouteFindings> check;
    private final ReloadLog log;

    /**
     * @param check finds the faults of files
     */
    LoadableEdits(RunningRoutes running, Function<List<RouteFile>, RouteFindings> check, ReloadLog log) {
        this.running = running;
        this.check = check;
        this.log = log;
    }

    /**
     * The files that can run. A file that does not fit to those that wait, such as one with a destination that the running
     * version of a waiting file still has, is reported and waits, too.
     *
     * @param wanted as they are on disk
     * @param found in them
     * @param waiting those that must not be loaded, with {@link #FIXED} or {@link #CONFIRMED}
     */
    List<RouteFile> without(List<RouteFile> wanted, RouteFindings found, Map<Path, String> waiting) {
        Map<Path, String> all = new TreeMap<>(waiting);
        while (true) {
            addPredecessors(wanted, found, all);
            List<RouteFile> combined = combined(wanted, all.keySet());
            List<RouteFault> faults = check.apply(combined).stopping();
            if (faults.isEmpty()) {
                return combined;
            }
            faults.forEach(log::log);
            Set<Path> faulty = faults.stream().map(RouteFault::file).collect(Collectors.toSet());
            List<Path> more = edited(wanted)
                    .filter(path -> faulty.contains(path) && !all.containsKey(path))
                    .toList();
            if (more.isEmpty()) {
                return running.files();
            }
            more.forEach(path -> all.put(path, FIXED));
        }
    }

    /** Until there is none left: the file that takes over from one that now waits must wait, too. */
    private void addPredecessors(List<RouteFile> wanted, RouteFindings found, Map<Path, String> waiting) {
        boolean isComplete = false;
        while (!isComplete) {
            isComplete = true;
            for (Path path :
                    edited(wanted).filter(each -> !waiting.containsKey(each)).toList()) {
                Optional<Path> heir = heir(path, wanted, found, waiting.keySet());
                if (heir.isPresent()) {
                    String until = waiting.get(heir.get());
                    log.log(new RouteFault(path, 0, "waits until " + heir.get() + " " + until, false));
                    waiting.put(path, until);
                    isComplete = false;
                }
            }
        }
    }

    private Stream<Path> edited(List<RouteFile> wanted) {
        return Stream.concat(
                        RunningRoutes.without(running.files(), wanted).stream(),
                        RunningRoutes.without(wanted, running.files()).stream())
                .map(RouteFile::path)
                .distinct();
    }

    private List<RouteFile> combined(List<RouteFile> wanted, Set<Path> waiting) {
        Map<Path, RouteFile> files = new TreeMap<>();
        wanted.stream().filter(file -> !waiting.contains(file.path())).forEach(file -> files.put(file.path(), file));
        running.files().stream()
                .filter(file -> waiting.contains(file.path()))
                .forEach(file -> files.put(file.path(), file));
        return new ArrayList<>(files.values());
    }

    /** The waiting file that takes over a destination or a route of another one. */
    private Optional<Path> heir(Path path, List<RouteFile> wanted, RouteFindings found, Set<Path> waiting) {
        List<RouteFile> before = running.version(path).stream().toList();
        List<RouteFile> after =
                wanted.stream().filter(file -> file.path().equals(path)).toList();
        Set<String> destinations = running.destinations(before);
        destinations.removeAll(found.destinations(path));
        Set<String> ids = ids(before);
        ids.removeAll(ids(after));
        return wanted.stream()
                .filter(file -> waiting.contains(file.path()) && !file.path().equals(path))
                .filter(file -> destinations.stream().anyMatch(name -> names(file, found, name))
                        || ids(List.of(file)).stream().anyMatch(ids::contains))
                .map(RouteFile::path)
                .findFirst();
    }

    /** A faulty file may be readable as text only. */
    private static boolean names(RouteFile file, RouteFindings found, String destination) {
        return found.destinations(file.path()).contains(destination)
                || Pattern.compile("exports:(//)?" + Pattern.quote(destination) + "(?![\\w.-])")
                        .matcher(file.text())
                        .find();
    }

    private static Set<String> ids(List<RouteFile> files) {
        return files.stream().flatMap(RouteIds::in).collect(Collectors.toCollection(TreeSet::new));
    }
}
