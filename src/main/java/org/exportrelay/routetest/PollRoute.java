package org.exportrelay.routetest;

import java.util.List;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.exportrelay.routes.RouteFault;
import org.exportrelay.routes.RouteFile;
import org.exportrelay.routes.RouteSession;

/**
 * The operator's route that polls, for tests that name none. It is the same in all tests, so it is loaded once, and started
 * and stopped for each of them. For one thread.
 */
final class PollRoute implements AutoCloseable {

    private final CamelContext context;
    private final RouteFile file;
    private RouteSession session;

    /**
     * @param context started
     * @param file with the route
     */
    PollRoute(CamelContext context, RouteFile file) {
        this.context = context;
        this.file = file;
    }

    /** Whether it is the same in each test: it has no beans, which may have a state, and no setting of the test. */
    boolean isSharedWith(Map<String, String> settings) {
        return !file.text().contains("beans:") && settings.keySet().stream().noneMatch(file.text()::contains);
    }

    /**
     * Loads the route if it is not loaded, and starts it.
     *
     * @return what keeps it from running
     */
    List<RouteFault> start() {
        if (session != null) {
            session.resume();
            return List.of();
        }
        session = new RouteSession(context);
        List<RouteFault> faults = session.open(List.of(file.path()));
        if (!faults.isEmpty()) {
            close();
        }
        return faults;
    }

    /** It stays loaded. */
    void stop() {
        if (session != null) {
            session.pause();
        }
    }

    /** Removes it from the context; it can be started again. */
    @Override
    public void close() {
        if (session != null) {
            session.close();
            session = null;
        }
    }
}
