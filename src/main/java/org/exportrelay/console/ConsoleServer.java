package org.exportrelay.console;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import jakarta.inject.Inject;
import jakarta.inject.Provider;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import org.exportrelay.config.ConsoleAuth;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.SettingsException;
import org.exportrelay.ledger.EventLog;
import org.exportrelay.log.LogEvent;
import org.exportrelay.runtime.HttpRouter;
import org.jboss.logging.Logger;

/**
 * Serves the REST API beside the metrics and the health checks. Only {@code run} starts it, and nothing of it exists before.
 */
@Singleton
public final class ConsoleServer {

    private static final Logger LOG = Logger.getLogger("org.exportrelay");
    private static final int LARGEST_BODY = 64 * 1024;

    /** For a client that is a browser: nothing is loaded, framed, kept or passed on. */
    private static final Map<String, String> HEADERS = Map.of(
            "Content-Security-Policy",
                    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
            "X-Frame-Options", "DENY",
            "X-Content-Type-Options", "nosniff",
            "Referrer-Policy", "no-referrer",
            "Cross-Origin-Resource-Policy", "same-origin",
            "Cache-Control", "no-store");

    private final RelaySettings.Console settings;
    private final Vertx vertx;
    private final HttpRouter http;
    private final EventLog events;
    private final Provider<RestApi> api;
    private Optional<Logins> logins = Optional.empty();

    @Inject
    ConsoleServer(RelaySettings settings, Vertx vertx, HttpRouter http, EventLog events, Provider<RestApi> api) {
        this.settings = settings.console();
        this.vertx = vertx;
        this.http = http;
        this.events = events;
        this.api = api;
    }

    /**
     * Reads the users, before anything else starts.
     *
     * @throws SettingsException if the file of users cannot be used
     */
    public void prepare() {
        if (settings.enabled() && settings.auth() == ConsoleAuth.BASIC) {
            logins = Optional.of(new Logins(
                    new UsersFile(settings.usersFile().orElseThrow()),
                    new FailedLogins(events, Clock.systemUTC()),
                    Clock.systemUTC()));
        }
    }

    /** The routes run: from now on requests are answered. */
    public void start() {
        if (!settings.enabled()) {
            return;
        }
        Access access = new Access(settings);
        Router router = Router.router(vertx);
        router.route().handler(context -> admit(access, context));
        router.route().handler(BodyHandler.create(false).setBodyLimit(LARGEST_BODY));
        router.route().blockingHandler(this::logIn, false);
        api.get().addTo(router);
        OpenApi.addTo(router);
        router.route().failureHandler(ConsoleServer::fail);
        http.mount(path -> path.startsWith("/api/") || path.equals("/api") || path.equals(OpenApi.PATH), router);
        LogEvent.CONSOLE_STARTED
                .on(LOG)
                .infof(
                        "REST API at %s%s, for %s",
                        http.address(),
                        RestApi.ROOT,
                        logins.isPresent() ? "the users of relay.console.users-file" : "clients on this machine only");
    }

    private static void admit(Access access, RoutingContext context) {
        HttpServerRequest request = context.request();
        HEADERS.forEach(context.response()::putHeader);
        String host = request.authority() == null ? null : request.authority().toString();
        access.check(
                        request.connection().remoteAddress().hostAddress(),
                        host,
                        request.getHeader("Origin"),
                        request.headers().contains("Forwarded")
                                || request.headers().contains("X-Forwarded-For"))
                .ifPresentOrElse(problem -> Answer.send(context, problem), context::next);
    }

    private void logIn(RoutingContext context) {
        Users.set(
                context,
                logins.map(checked -> checked.user(
                                context.request().getHeader("Authorization"),
                                context.request().connection().remoteAddress().hostAddress()))
                        .orElse(User.LOCAL));
        context.next();
    }

    private static void fail(RoutingContext context) {
        Answer.send(
                context,
                context.failure() == null
                        ? new Problem(
                                context.statusCode(),
                                context.statusCode() == 413
                                        ? "the body is larger than " + LARGEST_BODY + " bytes"
                                        : "the request cannot be understood")
                        : Answer.problem(context.failure()));
    }
}
