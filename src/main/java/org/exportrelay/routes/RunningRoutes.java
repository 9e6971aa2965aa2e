package org.exportrelay.routes;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.model.BeanFactoryDefinition;
import org.apache.camel.model.ModelCamelContext;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.spi.RoutesLoader;
import org.apache.camel.support.PluginHelper;

/** The route files that a running Camel context has its routes from. Used by one thread. */
final class RunningRoutes {

    private final ModelCamelContext context;
    private final Duration patience;
    private List<RouteFile> files;

    /**
     * @param context running, or about to
     * @param patience how long exchanges in flight may take before a stopping route is stopped without them
     * @param files that it reads at start
     */
    RunningRoutes(ModelCamelContext context, Duration patience, List<RouteFile> files) {
        this.context = context;
        this.patience = patience;
        this.files = files;
    }

    /** As they were when they were loaded. */
    List<RouteFile> files() {
        return files;
    }

    List<String> routeIds() {
        return files.stream()
                .flatMap(file -> routes(file).stream())
                .map(RouteDefinition::getRouteId)
                .toList();
    }

    Optional<RouteFile> version(Path path) {
        return files.stream().filter(file -> file.path().equals(path)).findFirst();
    }

    /** Where all routes, or those of one file, deliver to. */
    Set<String> destinations(Collection<RouteFile> of) {
        Set<String> names = new TreeSet<>();
        of.stream()
                .flatMap(file -> routes(file).stream())
                .map(route -> RouteCheck.destination(context, route))
                .flatMap(Optional::stream)
                .forEach(names::add);
        return names;
    }

    /**
     * Stops what is not in the next version, then starts what is new in it: at no time do an old and a
     * new route deliver to the same destination. What is the same in both is not touched, unless it uses
     * a bean of what is not.
     *
     * @return why the new cannot run; then the old runs again
     * @throws RestoreException if not even the old can run now
     */
    Optional<RouteFault> replaceBy(List<RouteFile> next) throws RestoreException {
        List<RouteFile> gone = without(files, next);
        List<RouteFile> users = usersOfBeans(gone, next);
        List<RouteFile> out = Stream.concat(gone.stream(), users.stream()).toList();
        List<RouteFile> in =
                Stream.concat(without(next, files).stream(), users.stream()).toList();
        Optional<RouteFault> fault = remove(out).or(() -> add(in));
        if (fault.isEmpty()) {
            files = next;
            return fault;
        }
        restore(out, in);
        return fault;
    }

    private void restore(List<RouteFile> out, List<RouteFile> in) throws RestoreException {
        Optional<RouteFault> fault =
                remove(Stream.concat(in.stream(), out.stream()).toList()).or(() -> add(out));
        if (fault.isPresent()) {
            files = files.stream()
                    .filter(file -> !out.contains(file) || !routes(file).isEmpty())
                    .toList();
            throw new RestoreException(fault.get());
        }
    }

    private Optional<RouteFault> add(List<RouteFile> added) {
        for (RouteFile file : added) {
            try {
                add(file);
            } catch (Exception e) {
                return Optional.of(FaultText.ofBuilding(file, routes(file), e));
            }
        }
        return Optional.empty();
    }

    private void add(RouteFile file) throws Exception {
        RoutesLoader loader = PluginHelper.getRoutesLoader(context);
        loader.preParseRoute(file.resource(), false);
        for (RoutesBuilder builder : loader.findRoutesBuilders(file.resource())) {
            context.addRoutes(builder);
        }
    }

    private Optional<RouteFault> remove(List<RouteFile> removed) {
        long end = System.nanoTime() + patience.toNanos();
        for (RouteFile file : removed) {
            try {
                remove(file, end);
            } catch (Exception e) {
                return Optional.of(new RouteFault(file.path(), 0, FaultText.of(e), true));
            }
        }
        return Optional.empty();
    }

    /** With the endpoints that no other route uses. */
    private void remove(RouteFile file, long end) throws Exception {
        for (RouteDefinition route : routes(file)) {
            long left = Math.max(1, TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime()));
            context.getRouteController().stopRoute(route.getRouteId(), left, TimeUnit.MILLISECONDS);
            context.removeRoute(route.getRouteId());
            context.removeRouteDefinition(route);
        }
        for (String bean : beans(file)) {
            context.getRegistry().unbind(bean);
            context.getCustomBeans().removeIf(custom -> bean.equals(custom.getName()));
        }
    }

    private List<RouteFile> usersOfBeans(List<RouteFile> gone, List<RouteFile> next) {
        List<Pattern> beans = gone.stream()
                .flatMap(file -> beans(file).stream())
                .map(bean -> Pattern.compile("\\b" + Pattern.quote(bean) + "\\b"))
                .toList();
        return files.stream()
                .filter(next::contains)
                .filter(file -> beans.stream()
                        .anyMatch(bean -> bean.matcher(file.text()).find()))
                .toList();
    }

    private List<RouteDefinition> routes(RouteFile file) {
        return context.getRouteDefinitions().stream()
                .filter(route -> file.isOriginOf(route.getResource()))
                .toList();
    }

    private List<String> beans(RouteFile file) {
        return context.getCustomBeans().stream()
                .filter(bean -> file.isOriginOf(bean.getResource()))
                .map(BeanFactoryDefinition::getName)
                .toList();
    }

    static List<RouteFile> without(Collection<RouteFile> of, Collection<RouteFile> others) {
        return of.stream().filter(file -> !others.contains(file)).toList();
    }

    /** Neither the new nor the old version of some files runs. */
    static final class RestoreException extends Exception {

        private static final long serialVersionUID = 1L;

        RestoreException(RouteFault fault) {
            super(fault.file() + ": the last good version cannot be restored now (" + fault.message()
                    + "); retrying every second");
        }
    }
}
