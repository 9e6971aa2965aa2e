package org.exportrelay.routes;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.apache.camel.model.ModelCamelContext;
import org.apache.camel.util.function.ThrowingConsumer;
import org.exportrelay.routes.RunningRoutes.RestoreException;

/** Route files that run in a context for a while. For one thread. */
public final class RouteSession implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final CamelContext context;
    private final RunningRoutes running;

    /**
     * @param context started, with no route of these files
     */
    public RouteSession(CamelContext context) {
        this.context = context;
        this.running = new RunningRoutes((ModelCamelContext) context, PATIENCE, List.of());
    }

    /**
     * Loads and starts the routes, file by file.
     *
     * @return what keeps them from running; none of them runs then
     */
    public List<RouteFault> open(List<Path> paths) {
        List<RouteFile> files = paths.stream().map(RouteFile::read).toList();
        List<RouteFault> structure =
                files.stream().flatMap(file -> RouteStructure.in(file).stream()).toList();
        if (!structure.isEmpty()) {
            return structure;
        }
        try {
            return running.replaceBy(files)
                    .map(fault -> explained(files, fault))
                    .orElse(List.of());
        } catch (RestoreException e) {
            throw new IllegalStateException("no version of the routes ran before", e);
        }
    }

    /** Stops the routes, which stay loaded. */
    public void pause() {
        control(route -> context.getRouteController().stopRoute(route, PATIENCE.toSeconds(), TimeUnit.SECONDS));
    }

    /** Starts the routes that {@link #pause} has stopped. */
    public void resume() {
        control(route -> context.getRouteController().startRoute(route));
    }

    private void control(ThrowingConsumer<String, Exception> action) {
        try {
            for (String route : running.routeIds()) {
                action.accept(route);
            }
        } catch (Exception e) {
            throw new IllegalStateException("the routes cannot be stopped or started", e);
        }
    }

    /** Warnings about the routes that run, as far as their files alone are the cause. */
    public List<RouteFault> warnings() {
        return new RouteCheck(context).warningsInside(running.files());
    }

    /** The check finds all faults, with their lines; a start that succeeds does not wait for it. */
    private List<RouteFault> explained(List<RouteFile> files, RouteFault fault) {
        List<RouteFault> found = new RouteCheck(context).check(files).stopping();
        return found.isEmpty() ? List.of(fault) : found;
    }

    @Override
    public void close() {
        try {
            running.replaceBy(List.of());
        } catch (RestoreException e) {
            throw new IllegalStateException("the routes cannot be stopped", e);
        }
    }
}
