package org.exportrelay.console;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import jakarta.inject.Inject;
import jakarta.inject.Provider;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.exportrelay.config.ConsoleAuth;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.Settings;
import org.exportrelay.config.SettingsException;
import org.exportrelay.ledger.EventLog;
import org.exportrelay.log.LogEvent;
import org.exportrelay.runtime.HttpRouter;
import org.jboss.logging.Logger;

/**
 * Serves the pages and the REST API beside the metrics and the health checks. Only {@code run} starts it, and nothing of it exists before.
 */
@Singleton
public final class ConsoleServer {

    private static final Set<String> PROXY_HEADERS =
            Set.of("forwarded", "via", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip");

    private static final Logger LOG = Logger.getLogger("org.exportrelay");
    private static final int LARGEST_BODY = 64 * 1024;

    /** For browsers: nothing of another site is loaded, and nothing is framed, kept or passed on. */
    private static final Map<String, String> HEADERS = Map.of(
            "Content-Security-Policy",
            "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self';"
                    + " form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
            "X-Frame-Options",
            "DENY",
            "X-Content-Type-Options",
            "nosniff",
            // With no-referrer, browsers would send no Origin with forms.
            "Referrer-Policy",
            "same-origin",
            "Cross-Origin-Resource-Policy",
            "same-origin",
            "Cache-Control",
            "no-store");

    private final RelaySettings.Console settings;
    private final Vertx vertx;
    private final HttpRouter http;
    private final EventLog events;
    private final Provider<RestApi> api;
    private final Provider<PageServer> pages;
    private final FormToken localToken = FormToken.ofProcess();
    private Optional<Logins> logins = Optional.empty();

    @Inject
    ConsoleServer(
            RelaySettings settings,
            Vertx vertx,
            HttpRouter http,
            EventLog events,
            Provider<RestApi> api,
            Provider<PageServer> pages) {
        this.settings = settings.console();
        this.vertx = vertx;
        this.http = http;
        this.events = events;
        this.api = api;
        this.pages = pages;
    }

    /**
     * Reads the users, before anything else starts.
     *
     * @throws SettingsException if the file of users cannot be used
     */
    public void prepare() {
        if (settings.enabled() && settings.auth() == ConsoleAuth.BASIC) {
            logins = Optional.of(
                    new Logins(new UsersFile(settings.usersFile().orElseThrow()), failedLogins(), Clock.systemUTC()));
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
        BodyHandler body = BodyHandler.create(false).setBodyLimit(LARGEST_BODY);
        router.route().handler(context -> readBody(body, context));
        if (settings.auth() == ConsoleAuth.OIDC) {
            router.route().handler(new OidcLogins(failedLogins(), forms()));
        } else {
            router.route().blockingHandler(this::logIn, false);
        }
        api.get().addTo(router);
        OpenApi.addTo(router);
        PageServer pageServer = pages.get();
        pageServer.addTo(router);
        router.route().failureHandler(context -> fail(pageServer, context));
        http.mount(path -> isOfApi(path) || pageServer.serves(path), router);
        LogEvent.CONSOLE_STARTED.on(LOG).infof("console at %s/, for %s", http.address(), audience());
    }

    private String audience() {
        return switch (settings.auth()) {
            case NONE -> "clients on this machine only";
            case BASIC -> "the users of relay.console.users-file";
            case OIDC -> "the users of quarkus.oidc.auth-server-url";
        };
    }

    private FailedLogins failedLogins() {
        return new FailedLogins(events, Clock.systemUTC());
    }

    /** The instances that share a session share the secret of the client, too. */
    private FormToken forms() {
        return Settings.value("quarkus.oidc.credentials.secret")
                .map(FormToken::ofHash)
                .orElse(localToken);
    }

    /** By the headers that proxies add, and by HTTP/1.0, which nginx speaks by default and browsers do not. */
    private static boolean isForwarded(HttpServerRequest request) {
        return request.version() == HttpVersion.HTTP_1_0
                || request.headers().names().stream()
                        .map(name -> name.toLowerCase(Locale.ROOT))
                        .anyMatch(name -> name.startsWith("x-forwarded") || PROXY_HEADERS.contains(name));
    }

    private static void admit(Access access, RoutingContext context) {
        HttpServerRequest request = context.request();
        HEADERS.forEach(context.response()::putHeader);
        String host = request.authority() == null ? null : request.authority().toString();
        Access.checkSite(request.getHeader("Sec-Fetch-Site"), request.getHeader("Sec-Fetch-Mode"))
                .or(() -> access.check(
                        request.connection().remoteAddress().hostAddress(),
                        host,
                        request.getHeader("Origin"),
                        isForwarded(request)))
                .ifPresentOrElse(problem -> Answer.send(context, problem), context::next);
    }

    /** Clients that follow the redirect of a form may send its Content-Type again, without a form. */
    private static void readBody(BodyHandler body, RoutingContext context) {
        if (context.request().method().equals(HttpMethod.GET)) {
            context.next();
        } else {
            body.handle(context);
        }
    }

    private void logIn(RoutingContext context) {
        logins.map(checked -> checked.entry(
                        context.request().getHeader("Authorization"),
                        context.request().connection().remoteAddress().hostAddress()))
                .ifPresentOrElse(
                        entry -> Users.set(context, entry.user(), FormToken.ofHash(entry.hash())),
                        () -> Users.set(context, User.LOCAL, localToken));
        context.next();
    }

    private static boolean isOfApi(String path) {
        return path.startsWith("/api/") || path.equals("/api") || path.equals(OpenApi.PATH);
    }

    private static void fail(PageServer pages, RoutingContext context) {
        Problem problem = context.failure() == null
                ? new Problem(
                        context.statusCode(),
                        context.statusCode() == 413
                                ? "the body is larger than " + LARGEST_BODY + " bytes"
                                : "the request cannot be understood")
                : Answer.problem(context.failure());
        if (isOfApi(context.normalizedPath())) {
            Answer.send(context, problem);
        } else {
            pages.show(problem, context);
        }
    }
}
