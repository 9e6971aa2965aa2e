package org.exportrelay.runtime;

import io.vertx.core.Handler;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.function.Predicate;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.ConfigProvider;

/** The HTTP server of {@code run}. It serves the metrics at {@code /metrics} too, as version 0.1.0 did. */
@Singleton
public class HttpRouter {

    private Router main;

    /** Quarkus has created its router. */
    public void start(@Observes Router router) {
        main = router;
        router.get("/metrics").handler(request -> request.reroute("/q/metrics"));
    }

    /** Where this machine reaches it, such as {@code http://127.0.0.1:8080}. */
    public String address() {
        Config config = ConfigProvider.getConfig();
        String host = config.getValue("quarkus.http.host", String.class);
        String reachable = host.equals("0.0.0.0") ? "127.0.0.1" : host.equals("::") ? "::1" : host;
        // Quarkus sets it to the port that it has found free.
        return "http://" + (reachable.contains(":") ? "[" + reachable + "]" : reachable) + ":"
                + config.getValue("quarkus.http.port", String.class);
    }

    /**
     * Lets a router answer some requests.
     *
     * @param paths which ones
     */
    public void mount(Predicate<String> paths, Router router) {
        main.route().handler(on(paths, router::handleContext)).failureHandler(on(paths, router::handleFailure));
    }

    private static Handler<RoutingContext> on(Predicate<String> paths, Handler<RoutingContext> handler) {
        return context -> {
            if (paths.test(context.normalizedPath())) {
                handler.handle(context);
            } else {
                context.next();
            }
        };
    }
}
